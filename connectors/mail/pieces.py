"""The files that came with a mail: attachments, images, attached mails, what winmail.dat and uuencoded blocks hold.

The same raw bytes give the same pieces in the same order, so that a number finds a piece again.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from connectors.mail import bodies, headers, mime, names, tnef

if TYPE_CHECKING:
    from collections.abc import Iterator

    from connectors.mail.mime import Mail, Part

_UU_BEGIN = re.compile(r"^begin [0-7]{3,4} ([^\n]{1,200})\n", re.MULTILINE)
_READ_ELSEWHERE = frozenset(
    {
        "message/delivery-status",
        "message/feedback-report",
        "message/disposition-notification",
        "text/rfc822-headers",
        "text/rfc822-header",
        "message/rfc822-headers",
    }
)


class Piece(NamedTuple):
    """One file, decoded."""

    filename: str
    content_type: str
    data: bytes
    inline: bool
    content_id: str


def collect(mail: Mail, charset: str = "") -> list[Piece]:
    """Return every file in the mail, in the order in which they stand."""
    pieces: list[Piece] = []
    for part in leaves(mail.root):
        if part.type == "text/plain" and bodies.is_body(part):
            pieces += _uuencoded(mail, part)
        elif not (bodies.is_body(part) or bodies.is_side_view(part) or _is_machine_part(part)):
            pieces += _files(mail, part, charset)
    return pieces


def _is_machine_part(part: Part) -> bool:
    """Parts of a report are read where bounces are read; the mail that came back is a file."""
    return part.type in _READ_ELSEWHERE and part.within.startswith("multipart/") and not bodies.file_name(part)


def leaves(part: Part) -> Iterator[Part]:
    """Walk over the parts that have no parts, in document order."""
    if not part.children:
        yield part
        return
    for child in part.children:
        yield from leaves(child)


def _files(mail: Mail, part: Part, charset: str) -> list[Piece]:
    data = mime.payload(mail.raw, part)
    name = bodies.file_name(part, charset)
    if part.type in tnef.TYPES or name.lower() == "winmail.dat":
        inner = tnef.read(data)
        if inner is not None:
            mail.notes.add("tnef")
            return [Piece(names.safe(f.name, f.type), f.type, f.data, f.inline, f.content_id) for f in inner.files]
    if part.type == "message/rfc822" and not name:
        name = _mail_name(data)
    return [Piece(names.safe(name, part.type), part.type, data, _is_inline(part), _content_id(part))]


def _mail_name(data: bytes) -> str:
    end, _ = headers.block_end(data, 0, len(data))
    fields, _, _ = headers.parse(data[:end])
    subject = headers.text(headers.first(fields, "subject"))
    return f"{subject[:80] or 'message'}.eml"


def _is_inline(part: Part) -> bool:
    if part.disposition.word:
        return part.disposition.word == "inline"
    return part.within == "multipart/related" and "content-id" in part.fields


def _content_id(part: Part) -> str:
    return headers.first(part.fields, "content-id").strip().strip("<>")[: headers.MAX_ID]


def _uuencoded(mail: Mail, part: Part) -> list[Piece]:
    text = bodies.leaf_text(mail, part) if b"begin " in mail.raw[part.start : part.end] else ""
    return uu_blocks(text)[1] if text else []


def uu_blocks(text: str) -> tuple[str, list[Piece]]:
    """Take uuencoded files out of a text: what remains, and the files."""
    kept: list[str] = []
    pieces: list[Piece] = []
    position = 0
    while (begin := _UU_BEGIN.search(text, position)) is not None:
        end = text.find("\nend", begin.end() - 1)
        if end < 0:
            break
        data = mime.uu_bytes(text[begin.end() : end].encode("ascii", "replace"))
        if data:
            kept.append(text[position : begin.start()])
            name = names.safe(begin[1].strip(), "application/octet-stream")
            pieces.append(Piece(name, names.guess_type(name), data, inline=False, content_id=""))
            position = text.find("\n", end + 1) + 1 or len(text)
        else:
            kept.append(text[position : begin.end()])
            position = begin.end()
    kept.append(text[position:])
    return "".join(kept), pieces
