"""Write mail headers: the one place where text becomes a header (RFC 5322, 2047, 2231), and nothing else can.

Names and subjects lose their control characters; in addresses and identifiers they are an error, for there they are no
slip of the keyboard.
"""

from __future__ import annotations

import base64
import re
from email.utils import format_datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from connectors.errors import Permanent

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

# C0, DEL, C1, the line and paragraph separators, and what turns writing around.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")
_ADDRESS = re.compile(r"[^\s@<>\"(),:;\\\[\]]{1,64}@[^\s@<>\"(),:;\\\[\]]{1,253}")
_MESSAGE_ID = re.compile(r"[\x21-\x3b\x3d\x3f-\x7e]{1,900}")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")
_PLAIN = re.compile(r"[\x20-\x7e]*")
_WORD_BYTES = 42
_WIDTH = 76


def clean(text: str) -> str:
    """Make a name or subject one line without control characters."""
    return " ".join(_CONTROL.sub(" ", text).split())


def address(text: str) -> str:
    """Return the address, its domain in ASCII (RFC 5891). Permanent when it is none."""
    text = text.strip()
    if _CONTROL.search(text) or not _ADDRESS.fullmatch(text):
        raise Permanent(f"“{clean(text)[:100]}” is not a mail address; nothing was sent.")
    local, _, domain = text.rpartition("@")
    try:
        return f"{local}@{domain if domain.isascii() else domain.encode('idna').decode('ascii')}"
    except UnicodeError as problem:
        raise Permanent(f"“{clean(domain)[:100]}” is not a domain; nothing was sent.") from problem


def message_id(text: str) -> str:
    """Return the identifier in brackets. Permanent when it is none."""
    if not _MESSAGE_ID.fullmatch(text):
        raise Permanent("The message's identifier cannot stand in a header; nothing was sent.")
    return f"<{text}>"


def references(ids: Iterable[str], limit: int = 20) -> str:
    """Write References, one a line: those that can stand there, and of many the first and the last."""
    usable = [f"<{one}>" for one in dict.fromkeys(ids) if _MESSAGE_ID.fullmatch(one)]
    if len(usable) > limit:
        usable = [usable[0], *usable[1 - limit :]]
    return "\r\n ".join(usable)


def field(name: str, value: str) -> str:
    """Write one header line. Permanent if it were more than one header or a line longer than 998 characters."""
    if re.search(r"\r(?!\n)|(?<!\r)\n|\r\n(?![ \t])|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", value):
        raise Permanent(f"The header {name} would not be one header; nothing was sent.")
    line = f"{name}: {value}\r\n"
    if any(len(part.encode()) > 998 for part in line.split("\r\n")):
        raise Permanent(f"The header {name} is too long; nothing was sent.")
    return line


def text(value: str) -> str:
    """Write unstructured text such as a subject: as it is if it is short ASCII, else as encoded words."""
    value = clean(value)
    if _PLAIN.fullmatch(value) and len(value) <= _WIDTH and "=?" not in value:
        return value
    return words(value)


def words(value: str) -> str:
    """Write encoded words (RFC 2047), each within 75 characters and never cutting a character in two."""
    chunks: list[bytes] = [b""]
    for char in value:
        coded = char.encode()
        if len(chunks[-1]) + len(coded) > _WORD_BYTES:
            chunks.append(b"")
        chunks[-1] += coded
    return "\r\n ".join(f"=?utf-8?b?{base64.b64encode(chunk).decode('ascii')}?=" for chunk in chunks if chunk)


def mailbox(name: str, where: str) -> str:
    """Write a name and its address."""
    name = clean(name)[:200].strip()
    if not name:
        return where
    return f"{_phrase(name)} <{where}>"


def _phrase(name: str) -> str:
    if not _PLAIN.fullmatch(name) or "=?" in name or len(name) > _WIDTH - 10:
        return words(name)
    if _ATOMS.fullmatch(name):
        return name
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def mailboxes(boxes: Iterable[str]) -> str:
    """Write a list of mailboxes, one a line."""
    return ",\r\n ".join(boxes)


def date(when: datetime) -> str:
    """Write a Date (RFC 5322 section 3.3)."""
    return format_datetime(when)


def parameter(name: str, value: str) -> str:
    """Write a file name: quoted where it is ASCII, else by RFC 2231, in numbered parts where it is long."""
    value = clean(value).replace("/", "_").replace("\\", "_") or "file"
    if _PLAIN.fullmatch(value) and '"' not in value and len(value) <= 60:
        return f';\r\n {name}="{value}"'
    coded = quote(value[:200], safe="")
    if len(coded) <= 60:
        return f";\r\n {name}*=utf-8''{coded}"
    pieces = _cut_coded("utf-8''" + coded, 60)
    return "".join(f";\r\n {name}*{number}*={piece}" for number, piece in enumerate(pieces))


def _cut_coded(coded: str, width: int) -> list[str]:
    """Cut, but never within a %XX."""
    return re.findall(rf"(?:%[0-9A-F]{{2}}|[^%]){{1,{width // 3}}}", coded)
