"""The structure of a mail (RFC 2045, 2046): a tree of parts that are offsets into the raw bytes, made in one pass.

Own code, not the standard library's: see docs/adr/0002-how-mail-is-read.md. Broken structure is mended where the intent
is plain (a boundary that is missing, wrong or never closed) and read as text where it is not. Past a limit the parts
read so far are kept and the note "truncated" says so.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from connectors.mail import headers, params

if TYPE_CHECKING:
    from connectors.mail.headers import Fields

MAX_SIZE = 50 * 1024 * 1024
MAX_PARTS = 1_000
MAX_DEPTH = 30
_PADDED = re.compile(rb"=[ \t]{1,80}(\r?\n)")
_BOUNDARY_LOOK = 16 * 1024

_NO_DISPOSITION = params.Value("", {})
_PLAIN = params.Value("text/plain", {})
_MESSAGE = params.Value("message/rfc822", {})
_AFTER_BOUNDARY = re.compile(rb"(--)?[ \t]*(?:\r?\n|\r|\Z)")
_GUESSED_BOUNDARY = re.compile(rb"^--([^\r\n]{1,200}?)[ \t]*\r?\n(?=content-)", re.IGNORECASE | re.MULTILINE)
_TYPE = re.compile(r"[^\s/;]+/[^\s/;]+")


@dataclass(slots=True)
class Part:
    """One body part: its fields, what it says it is, and where its body lies in the raw bytes."""

    fields: Fields
    kind: params.Value
    disposition: params.Value
    start: int
    end: int
    depth: int
    within: str = ""
    children: list[Part] = field(default_factory=list)

    @property
    def type(self) -> str:
        """Return the media type in lower case, such as text/plain."""
        return self.kind.word


@dataclass(slots=True)
class Mail:
    """A mail taken apart: the raw bytes, the tree and the notes that arose."""

    raw: bytes
    root: Part
    notes: set[str]

    @property
    def fields(self) -> Fields:
        """Return the fields of the mail itself."""
        return self.root.fields


def split(raw: bytes) -> Mail:
    """Take a mail apart. The tree is at most 30 deep and has at most 1,000 parts."""
    notes: set[str] = set()
    if len(raw) > MAX_SIZE:
        raw = raw[:MAX_SIZE]
        notes.add("truncated")
    if b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")
    start = _skip_junk(raw)
    root = _part(raw, start, len(raw), notes, depth=0, within="")
    _grow(raw, root, notes)
    return Mail(raw, root, notes)


def _skip_junk(raw: bytes) -> int:
    """Skip a byte order mark, blank lines and the envelope line of an mbox that stand before the header."""
    start = 3 if raw.startswith(b"\xef\xbb\xbf") else 0
    while raw.startswith((b"\n", b"\r"), start):
        start += 1
    return start


def _part(raw: bytes, start: int, end: int, notes: set[str], depth: int, within: str) -> Part:
    block_end, body = headers.block_end(raw, start, end)
    fields, used, cut = headers.parse(raw[start : min(block_end, start + headers.MAX_BLOCK + 1)])
    if cut:
        notes.add("truncated")
    elif used < block_end - start:
        body = start + used
    return Part(fields, _kind(fields, within), _disposition(fields), min(body, end), end, depth, within)


def _kind(fields: Fields, within: str) -> params.Value:
    values = fields.get("content-type")
    if values is None:
        return _MESSAGE if within == "multipart/digest" else _PLAIN
    kind = params.parse(values[0])
    if _TYPE.fullmatch(kind.word):
        return kind
    return params.Value("text/plain" if kind.word in {"", "text", "plain"} else _mended(kind.word), kind.parameters)


def _mended(word: str) -> str:
    words = word.replace(" ", "")
    return words if _TYPE.fullmatch(words) else "text/plain"


def _disposition(fields: Fields) -> params.Value:
    values = fields.get("content-disposition")
    return params.parse(values[0]) if values else _NO_DISPOSITION


def _grow(raw: bytes, root: Part, notes: set[str]) -> None:
    """Split multiparts, outermost first, until only leaves are left or a limit is reached."""
    todo = [root]
    count = 1
    while todo:
        part = todo.pop()
        if not part.type.startswith("multipart/"):
            continue
        spans = _spans(raw, part, MAX_PARTS - count + 1)
        if not spans or part.depth >= MAX_DEPTH:
            notes.update({"truncated"} if spans else ())
            part.kind = params.Value("text/plain", part.kind.parameters)
            continue
        if count + len(spans) > MAX_PARTS:
            spans = spans[: MAX_PARTS - count]
            notes.add("truncated")
        count += len(spans)
        part.children = [_part(raw, s, e, notes, part.depth + 1, part.type) for s, e in spans]
        todo.extend(reversed(part.children))


def _spans(raw: bytes, part: Part, limit: int) -> list[tuple[int, int]]:
    """Return where the parts of a multipart lie, at most `limit`; [] where no boundary can be found."""
    boundary = part.kind.parameters.get("boundary", "").rstrip()
    if boundary:
        spans = _cut(raw, part, boundary.encode("utf-8", "surrogateescape"), limit)
        if spans:
            return spans
    guess = _GUESSED_BOUNDARY.search(raw, part.start, min(part.end, part.start + _BOUNDARY_LOOK))
    return _cut(raw, part, guess[1], limit) if guess else []


def _cut(raw: bytes, part: Part, boundary: bytes, limit: int) -> list[tuple[int, int]]:
    """Cut at the lines that are exactly this boundary; a missing last one is as if it stood at the end."""
    delimiter = b"\n--" + boundary
    spans: list[tuple[int, int]] = []
    opened = -1
    # The boundary may be the very first line of the body: then the newline before it belongs to the header.
    position = max(part.start - 1, 0)
    if not raw.startswith(b"\n", position) and raw.startswith(delimiter[1:], part.start):
        opened = _after(raw, part.start + len(delimiter) - 1, part.end)
        position = max(opened - 1, position)
    while len(spans) < limit:
        found = raw.find(delimiter, position, part.end)
        if found < 0:
            break
        after = _AFTER_BOUNDARY.match(raw, found + len(delimiter), part.end)
        if after is None:
            position = found + len(delimiter)
            continue
        # A boundary right after a boundary parts nothing.
        if opened >= 0 and found + 1 != opened:
            spans.append((opened, max(opened, found - (raw[found - 1 : found] == b"\r"))))
        opened = -1 if after[1] else after.end()
        # The newline that ends this boundary may be the one that begins the next.
        position = after.end() - 1 if after.end() > found + len(delimiter) else after.end()
        if after[1]:
            break
    if opened >= 0 and len(spans) < limit and (opened < part.end or not spans):
        spans.append((opened, part.end))
    return spans


def _after(raw: bytes, position: int, end: int) -> int:
    after = _AFTER_BOUNDARY.match(raw, position, end)
    return after.end() if after and not after[1] else -1


def payload(raw: bytes, part: Part) -> bytes:
    """Return the body of a part with its transfer encoding undone; what is broken is decoded as far as it goes."""
    data = raw[part.start : part.end]
    encoding = headers.first(part.fields, "content-transfer-encoding").partition(";")[0].strip().strip("\"'").lower()
    if encoding in {"", "7bit", "8bit", "binary"}:
        return data
    if encoding == "base64":
        return base64_bytes(data)
    if encoding.replace(" ", "") in {"quoted-printable", "qp", "quotedprintable", "quoted-printeable"}:
        return binascii.a2b_qp(_PADDED.sub(rb"=\1", data))
    if encoding in {"x-uuencode", "uuencode", "x-uue", "uue"}:
        return uu_bytes(data)
    return data


def base64_bytes(data: bytes) -> bytes:
    """Decode base64; text before or after it (a list's footer) does not spoil it, and text alone stays as it is."""
    try:
        return binascii.a2b_base64(data.translate(None, b"\r\n\t "), strict_mode=True)
    except binascii.Error:
        pass
    lines = data.splitlines()
    kept = [line for line in lines if b" " not in line.strip()]
    if len(kept) < len(lines) and not any(len(line) >= 40 or (len(line) >= 8 and len(line) % 4 == 0) for line in kept):
        return data
    return headers.loose_base64(b"".join(kept)) or data


def uu_bytes(data: bytes) -> bytes:
    """Decode the lines between begin and end of a uuencoded body; broken lines are left out."""
    out: list[bytes] = []
    for line in data.splitlines():
        if line.startswith(b"begin ") or not line:
            continue
        if line == b"end":
            break
        out.append(_uu_line(line))
    return b"".join(out)


def _uu_line(line: bytes) -> bytes:
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        length = (((line[0] - 32) & 63) * 4 + 5) // 3
        try:
            return binascii.a2b_uu(line[:length])
        except binascii.Error:
            return b""
