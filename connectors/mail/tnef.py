"""winmail.dat: the files and the body that Outlook packs into one part (TNEF, MS-OXTNEF).

Only what a reader needs is taken out. Every length is checked against what is there; broken data gives what was read
before it broke.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from connectors.mail import charsets, mapi, names, rtf

if TYPE_CHECKING:
    from collections.abc import Iterator

TYPES = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
MAX_FILES = 500
_SIGNATURE = b"\x78\x9f\x3e\x22"
_HEADER = struct.Struct("<BII")
_BODY = 0x0002800C
_MESSAGE_PROPERTIES = 0x00069003
_CODE_PAGE = 0x00069007
_NEW_ATTACHMENT = 0x00069002
_TITLE = 0x00018010
_DATA = 0x0006800F
_ATTACHMENT_PROPERTIES = 0x00069005


class File(NamedTuple):
    """A packed file."""

    name: str
    type: str
    data: bytes
    inline: bool = False
    content_id: str = ""


class Content(NamedTuple):
    """What was packed: files and a body, which may be "" in both forms."""

    files: list[File]
    text: str = ""
    html: str = ""


def read(data: bytes) -> Content | None:
    """Unpack; None where this is no TNEF or nothing can be read from it."""
    if not data.startswith(_SIGNATURE):
        return None
    code_page = "cp1252"
    text = html = ""
    drafts: list[_Draft] = []
    for kind, value in _attributes(data):
        if kind == _CODE_PAGE and len(value) >= 4:
            code_page = f"cp{int.from_bytes(value[:4], 'little')}"
        elif kind == _BODY:
            text = charsets.decode(value.rstrip(b"\0"), code_page)
        elif kind == _MESSAGE_PROPERTIES:
            found = mapi.properties(value)
            text = _text(found, code_page) or text
            html = _html(found, code_page)
        elif kind == _NEW_ATTACHMENT:
            drafts.append(_Draft())
        elif drafts:
            drafts[-1].take(kind, value, code_page)
    files = [draft.file() for draft in drafts[:MAX_FILES] if draft.data is not None]
    return Content(files, text.replace("\r\n", "\n"), html) if files or text or html else None


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield id and value of each attribute (MS-OXTNEF 2.1.3); stop at the first that does not fit."""
    position = 6
    while position + _HEADER.size <= len(data):
        level, kind, length = _HEADER.unpack_from(data, position)
        start = position + _HEADER.size
        if level not in {1, 2} or start + length > len(data):
            return
        yield kind, data[start : start + length]
        position = start + length + 2


def _text(found: mapi.Properties, code_page: str) -> str:
    return mapi.text(found.get(mapi.BODY), code_page)


def _html(found: mapi.Properties, code_page: str) -> str:
    markup = mapi.text(found.get(mapi.HTML), code_page)
    if markup:
        return markup
    packed = found.get(mapi.RTF)
    return rtf.to_html(packed.data) if packed else ""


class _Draft:
    """A file while its attributes come in."""

    def __init__(self) -> None:
        self.title = ""
        self.name = ""
        self.type = ""
        self.content_id = ""
        self.data: bytes | None = None

    def take(self, kind: int, value: bytes, code_page: str) -> None:
        """Take one attribute."""
        if kind == _TITLE:
            self.title = charsets.decode(value.rstrip(b"\0"), code_page)
        elif kind == _DATA:
            self.data = value
        elif kind == _ATTACHMENT_PROPERTIES:
            found = mapi.properties(value)
            self.name = mapi.text(found.get(mapi.LONG_NAME), code_page) or mapi.text(found.get(mapi.NAME), code_page)
            self.type = mapi.text(found.get(mapi.MIME_TYPE), code_page).lower()
            self.content_id = mapi.text(found.get(mapi.CONTENT_ID), code_page)
            packed = found.get(mapi.DATA)
            if packed is not None and (self.data is None or packed.data.startswith(_SIGNATURE)):
                self.data = packed.data

    def file(self) -> File:
        """Return what was collected."""
        name = self.name or self.title
        kind = self.type or names.guess_type(name)
        return File(name, kind, self.data or b"", inline=bool(self.content_id), content_id=self.content_id)
