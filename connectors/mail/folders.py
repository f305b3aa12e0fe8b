"""Folder names on the wire: modified UTF-7 (RFC 3501 section 5.1.3), LIST answers, and which folder is Sent."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

# Servers without SPECIAL-USE (RFC 6154) call it one of these, in this order.
_SENT_NAMES = ("sent", "sent items", "sent messages", "sent mail", "inbox.sent", "inbox/sent", "[gmail]/sent mail")
_LIST = re.compile(rb"\((?P<flags>[^)]*)\) (?:\"(?:[^\"\\]|\\.)*\"|NIL) (?P<name>.*)", re.DOTALL)
_SHIFTED = re.compile(r"[^\x20-\x7e]+|&")
_UNSHIFTED = re.compile(r"&([A-Za-z0-9+,]*)-")


class Folder(NamedTuple):
    """A folder as LIST names it: flags in lower case, the name in Unicode."""

    flags: frozenset[str]
    name: str


def encode(name: str) -> str:
    """Write a folder name in modified UTF-7: plain ASCII, no control characters."""
    return _SHIFTED.sub(_shift, name)


def _shift(found: re.Match[str]) -> str:
    if found[0] == "&":
        return "&-"
    coded = base64.b64encode(found[0].encode("utf-16-be", "surrogatepass")).decode("ascii")
    return f"&{coded.rstrip('=').replace('/', ',')}-"


def decode(name: str) -> str:
    """Read modified UTF-7; what is not valid stays as it is written."""
    return _UNSHIFTED.sub(_unshift, name)


def _unshift(found: re.Match[str]) -> str:
    if not found[1]:
        return "&"
    coded = found[1].replace(",", "/")
    try:
        return base64.b64decode(coded + "=" * (-len(coded) % 4)).decode("utf-16-be")
    except ValueError:
        return found[0]


def quote(text: str) -> str:
    """Write a quoted string (RFC 3501 section 4.3); control characters are refused where commands leave."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def wire(name: str) -> str:
    """Write a folder name as a command argument."""
    return quote(encode(name))


def read_list(answers: Iterable[object]) -> list[Folder]:
    """Read what LIST answered, names given as literals included; what is not understood is left out."""
    found: list[Folder] = []
    for answer in answers:
        line, literal = _parts(answer)
        match = _LIST.match(line)
        if match:
            name = literal if literal is not None else _unquote(match["name"])
            flags = match["flags"].decode("ascii", "replace").lower().split()
            found.append(Folder(frozenset(flags), decode(name.decode("utf-8", "replace"))))
    return found


def _parts(answer: object) -> tuple[bytes, bytes | None]:
    if isinstance(answer, tuple) and len(answer) == 2 and isinstance(answer[0], bytes) and isinstance(answer[1], bytes):
        return answer[0], answer[1]
    return (answer, None) if isinstance(answer, bytes) else (b"", None)


def _unquote(name: bytes) -> bytes:
    name = name.strip()
    if len(name) > 1 and name[:1] == name[-1:] == b'"':
        return re.sub(rb"\\(.)", rb"\1", name[1:-1])
    return name


def find_sent(listed: Iterable[Folder]) -> str:
    """Name the Sent folder: by its special use, else by a usual name, else ""."""
    choices = [folder for folder in listed if "\\noselect" not in folder.flags]
    for folder in choices:
        if "\\sent" in folder.flags:
            return folder.name
    by_name = {folder.name.lower(): folder.name for folder in choices}
    return next((by_name[name] for name in _SENT_NAMES if name in by_name), "")
