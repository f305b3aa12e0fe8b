"""Header fields as they come: split, unfolded, decoded (RFC 5322 section 2.2, RFC 2047), and message ids (3.6.4).

Nothing here raises: what is broken is read as far as it makes sense, and the rest is left out.
"""

from __future__ import annotations

import binascii
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from connectors.mail import charsets

if TYPE_CHECKING:
    from collections.abc import Iterable

Fields = dict[str, list[str]]
"""Lower-case name to the raw values in order, 8-bit bytes as surrogates (PEP 383)."""

MAX_BLOCK = 256 * 1024
MAX_FIELDS = 2_000
MAX_VALUE = 64 * 1024
MAX_REFERENCES = 100
MAX_ID = 250
_LONGEST_NAME = 200
_ENVELOPE = ("From ", ">From ", " ", "\t")
_MAIN_FIELDS = frozenset(
    {
        *("from", "to", "cc", "subject", "date", "message-id", "received", "return-path", "reply-to", "sender"),
        *(
            "mime-version",
            "content-type",
            "content-transfer-encoding",
            "content-disposition",
            "references",
            "in-reply-to",
        ),
    }
)

_BLANK_LINE = re.compile(rb"\n\r?\n")
_DMARC = re.compile(r"(?:^|;)\s*dmarc\s*=\s*([A-Za-z]+)", re.IGNORECASE)
_ASIDE = re.compile(r"\([^()]*\)|\"[^\"]*\"")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_SPACES = re.compile(r"[ \t\r\n]+")
_ID = re.compile(r"<([^<>]{1,1000})>")
_SANE_ID = re.compile(r"[!#-'*-;=?A-Z^-~@\[\]/]+")
_NAME = re.compile(r"[!-9;-~]+")
_NOT_IN_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")


def block_end(raw: bytes, start: int, end: int) -> tuple[int, int]:
    """Return where the header block that begins at `start` ends and where the body begins."""
    if raw.startswith((b"\n", b"\r\n"), start):
        return start, raw.find(b"\n", start) + 1
    found = _BLANK_LINE.search(raw, start, end)
    return (found.start() + 1, found.end()) if found else (end, end)


def parse(block: bytes) -> tuple[Fields, int, bool]:
    """Split a header block into fields.

    Returns the fields, how many bytes belong to the header (fewer than all where the blank line before the body is
    missing), and whether something was left out because of a limit.
    """
    cut = len(block) > MAX_BLOCK
    text = block[:MAX_BLOCK].decode("utf-8", "surrogateescape").replace("\r\n", "\n")
    if "\r" in text:
        text = text.replace("\r", "\n") if "\n" not in text.strip() else text.replace("\r", " ")
    fields: Fields = {}
    lines = text.replace("\n ", " ").replace("\n\t", "\t").split("\n")
    last = None
    for number, line in enumerate(lines):
        name, colon, value = line.partition(":")
        if (colon and _add(fields, name, value)) or not line or line.startswith(_ENVELOPE):
            continue
        # A broken line amid the header is skipped; one after it is the first of a body without a blank line before.
        last = _last_field(lines) if last is None else last
        if number > last:
            return fields, _offset_of_line(block, line), cut
    return fields, len(block), cut or (len(block) > MAX_VALUE and _over(fields))


def _add(fields: Fields, name: str, value: str) -> bool:
    key = _key(name) if len(name) <= _LONGEST_NAME else ""
    if not key:
        return False
    values = fields.get(key)
    if values is None:
        if len(fields) < MAX_FIELDS:
            fields[key] = [value[:MAX_VALUE].strip()]
    elif len(values) < MAX_FIELDS:
        values.append(value[:MAX_VALUE].strip())
    return True


@lru_cache(maxsize=1024)
def _key(name: str) -> str:
    """Return a field name in lower case (RFC 5322 section 2.2; blanks before the colon are seen), "" for none."""
    key = name.rstrip().lower()
    return key if _NAME.fullmatch(key) else ""


def _over(fields: Fields) -> bool:
    return any(len(v) >= MAX_VALUE or len(values) >= MAX_FIELDS for values in fields.values() for v in values[:1])


def _last_field(lines: list[str]) -> int:
    """Return the number of the last line that is surely a header field, -1 for none."""
    for number in range(len(lines) - 1, -1, -1):
        name, colon, _ = lines[number].partition(":")
        if colon and name.rstrip().lower() in _MAIN_FIELDS:
            return number
    return -1


def _offset_of_line(block: bytes, line: str) -> int:
    found = block.find(b"\n" + line[:40].encode("utf-8", "surrogateescape"))
    return found + 1 if found >= 0 else 0


def first(fields: Fields, name: str) -> str:
    """Return the first value of a field, "" where there is none."""
    values = fields.get(name)
    return values[0] if values else ""


def is_ascii(fields: Fields) -> bool:
    """Say whether every value is plain ASCII, so that no charset needs to be guessed."""
    return all(value.isascii() for values in fields.values() for value in values)


def proof(value: str) -> str:
    """Read what a server says of the sender (RFC 8601, DMARC): "pass", "fail", or "" where it says nothing.

    Servers write their finding above everything else, so callers give the topmost field; where no server of ours
    writes one, the sender may have, and it proves nothing: it may only be compared with another of its kind.
    """
    found = _DMARC.search(_ASIDE.sub(" ", value[:4000]))
    if found is None:
        return ""
    return "pass" if found[1].lower() == "pass" else "fail"


def text(value: str, charset: str = "") -> str:
    """Decode a whole unstructured value to one clean line; `charset` is tried for raw 8-bit bytes."""
    if "=?" in value:
        value = decode_words(value, charset)
    elif not value.isascii() or "\x1b" in value:
        value = raw_8bit(value, charset)
    if not value.isprintable():
        value = _CONTROLS.sub(" ", _SPACES.sub(" ", value)).strip()
    return value


def raw_8bit(value: str, charset: str = "") -> str:
    """Make text of bytes that were put into a header undeclared (RFC 6532 allows UTF-8; many others are seen)."""
    if "\x1b" in value:
        return charsets.decode(value.encode("utf-8", "surrogateescape"), "iso-2022-jp")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return charsets.decode(value.encode("utf-8", "surrogateescape"), charset)
    return value


def decode_words(value: str, charset: str = "") -> str:
    """Decode RFC 2047 encoded words, wherever they stand; words that follow each other are joined before decoding.

    Joining the bytes first mends the frequent mistake of cutting a character in two.
    """
    out: list[str] = []
    pending: tuple[str, bytes] | None = None
    position = 0
    while (word := _next_word(value, position)) is not None:
        start, end, name, data = word
        between = value[position:start]
        if pending is not None and not between.strip():
            if pending[0] == name:
                pending = (name, pending[1] + data)
                position = end
                continue
            between = ""
        if pending is not None:
            out.append(charsets.decode(pending[1], pending[0]))
        out.append(raw_8bit(between, charset))
        pending = (name, data)
        position = end
    if pending is not None:
        out.append(charsets.decode(pending[1], pending[0]))
    out.append(raw_8bit(value[position:], charset))
    return "".join(out)


def _next_word(value: str, position: int) -> tuple[int, int, str, bytes] | None:
    """Find the next encoded word: where it starts and ends, its charset and its bytes."""
    while (start := value.find("=?", position)) >= 0:
        name_end = value.find("?", start + 2)
        end = value.find("?=", name_end + 3) if name_end > 0 else -1
        if end < 0:
            return None
        coding = value[name_end + 1 : name_end + 3].lower()
        name = value[start + 2 : name_end].partition("*")[0]
        if coding in {"q?", "b?"} and name and " " not in name:
            data = word_bytes(value[name_end + 3 : end], coding[0])
            return start, end + 2, name.lower(), data
        position = start + 2
    return None


def word_bytes(encoded: str, coding: str) -> bytes:
    """Undo the B or Q encoding of one word; what is broken is read as far as it goes."""
    data = encoded.encode("utf-8", "surrogateescape")
    if coding == "q":
        return binascii.a2b_qp(data.replace(b" ", b"_"), header=True)
    return loose_base64(data)


def loose_base64(data: bytes) -> bytes:
    """Decode base64 that may be cut short, hold foreign characters or be several pieces one after the other."""
    out: list[bytes] = []
    for piece in data.split(b"="):
        clean = _NOT_IN_BASE64.sub(b"", piece)
        if len(clean) % 4 == 1:
            clean = clean[:-1]
        if clean:
            out.append(binascii.a2b_base64(clean + b"=" * (-len(clean) % 4)))
    return b"".join(out)


def message_id(value: str) -> str:
    """Return the id without brackets, "" where it is missing or not of sane printable characters."""
    found = _ID.search(value)
    candidate = found[1].strip() if found else value.strip()
    return candidate if _is_sane_id(candidate) else ""


def _is_sane_id(candidate: str) -> bool:
    if not 0 < len(candidate) <= MAX_ID or not _SANE_ID.fullmatch(candidate):
        return False
    return candidate.count("[") == candidate.count("]")


def message_ids(values: Iterable[str]) -> list[str]:
    """Return every sane id of In-Reply-To or References in the order they stand, each once."""
    ids: dict[str, None] = {}
    for value in values:
        found = _ID.findall(value)
        for candidate in found or value.split():
            name = candidate.strip()
            if _is_sane_id(name) and (found or "@" in name):
                ids[name] = None
    return list(ids)
