"""Content-Type and Content-Disposition: a value and its parameters (RFC 2045 section 5.1, RFC 2231).

Understands quoted strings, parameters continued in pieces (`filename*0*=`), percent-encoded text with a charset, and
the encoded words that many clients put there although they may not.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from connectors.mail import charsets, headers

_PARAMETER = re.compile(r';\s*([^\s=;"]{1,80})\s*=\s*(?:"((?:[^"\\]|\\.)*)("?)|([^;]*))', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_PIECE = re.compile(r"([^*]+)\*(?:(\d{1,3})(\*)?)?")
_KNOWN = 200
_MAX_PARAMETERS = 200

Parameters = dict[str, str]


class Value(NamedTuple):
    """A lower-case token such as text/plain or attachment, and its parameters, names in lower case."""

    word: str
    parameters: Parameters


def parse(value: str) -> Value:
    """Read a structured value; never fails, an absent token is ""."""
    return _parse_known(value) if len(value) <= _KNOWN else _parse(value)


@lru_cache(maxsize=512)
def _parse_known(value: str) -> Value:
    return _parse(value)


def _parse(value: str) -> Value:
    token, semicolon, _ = value.partition(";")
    token = token.partition("(")[0].strip().strip("\"'").lower()
    if not semicolon:
        return Value(token, _without_semicolon(value))
    found: Parameters = {}
    for name, quoted, closed, bare in _PARAMETER.findall(value)[:_MAX_PARAMETERS]:
        if quoted:
            text = _ESCAPED.sub(r"\1", quoted) if closed else quoted.partition(";")[0].strip()
        else:
            text = bare.partition(" (")[0].strip().strip('"')
        found.setdefault(name.lower(), text)
    return Value(token, _joined(found) if any("*" in name for name in found) else found)


def _without_semicolon(value: str) -> Parameters:
    """Read `text/plain charset=utf-8`, seen from senders who forgot the semicolon."""
    words = value.split()
    pairs = (word.partition("=") for word in words[1:])
    return {name.lower(): text.strip('"') for name, equals, text in pairs if equals}


def _joined(found: Parameters) -> Parameters:
    """Put continued and percent-encoded parameters together (RFC 2231 sections 3 and 4)."""
    plain: Parameters = {}
    pieces: dict[str, list[tuple[int, bool, str]]] = {}
    for name, text in found.items():
        match = _PIECE.fullmatch(name)
        if match is None:
            plain[name] = text
            continue
        encoded = match[2] is None or match[3] is not None
        pieces.setdefault(match[1], []).append((int(match[2] or 0), encoded, text))
    for name, parts in pieces.items():
        plain[name] = _assemble(sorted(parts))
    return plain


def _assemble(parts: list[tuple[int, bool, str]]) -> str:
    charset = ""
    data = b""
    for index, encoded, text in parts:
        piece = text
        if encoded and index == parts[0][0] and text.count("'") >= 2:
            charset, _, piece = text.split("'", 2)
        octets = piece.encode("utf-8", "surrogateescape")
        data += unquote_to_bytes(octets) if encoded else octets
    return charsets.decode(data, charset or "utf-8")


def text_of(value: Value, name: str, charset: str = "") -> str:
    """Return a parameter decoded for a reader, encoded words and raw 8-bit bytes included."""
    raw = value.parameters.get(name, "")
    if not raw:
        return ""
    return headers.text(raw.replace("?==?", "?= =?"), charset)
