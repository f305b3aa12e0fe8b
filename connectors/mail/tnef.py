"""winmail.dat."""

from __future__ import annotations

from typing import NamedTuple


TYPES = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})


class File(NamedTuple):
    """A file."""

    name: str
    type: str
    data: bytes
    inline: bool = False
    content_id: str = ""


class Content(NamedTuple):
    """What was packed."""

    files: list[File]
    text: str = ""
    html: str = ""


def read(data: bytes) -> Content | None:
    """Read."""
    return None
