"""Cut what an IMAP server sends into lines and literals (RFC 3501 sections 2.2 and 4.3), within an allowance.

imaplib2 cuts everything at line ends, literals too: a hundred queue items a mail. Here a literal stays in one piece,
in the very shape that imaplib2's `_put_response` takes it in: the line that announces it, the literal, the rest.
"""

from __future__ import annotations

import re

_ANNOUNCES = re.compile(rb"\{(\d{1,20})\}\r?\n$")
# What imaplib2 takes for an untagged response that may carry data: it must agree on where a literal begins.
_UNTAGGED = re.compile(rb"\* (?:[A-Z-]+|\d+ [A-Z-]+) .*\{\d+\}\r?\n$", re.DOTALL)
# The UIDs of eight million mails in one SEARCH answer.
MAX_LINE = 64 * 1024 * 1024


class FloodError(Exception):
    """The server sends far more than was asked for."""


class Splitter:
    """Takes bytes as they come and gives complete lines and complete literals back.

    allowance: how many bytes may still come; whoever asks for something sets it.
    """

    def __init__(self, allowance: int) -> None:
        self.allowance = allowance
        self._pieces: list[bytes] = []
        self._held = 0
        self._literal_left = 0
        self._in_response = False

    def feed(self, data: bytes) -> list[bytes]:
        """Return what is complete now. FloodError when the allowance or a line's limit is used up."""
        self.allowance -= len(data)
        if self.allowance < 0:
            raise FloodError
        items: list[bytes] = []
        start = 0
        while start < len(data):
            start = self._literal(data, start, items) if self._literal_left else self._line(data, start, items)
        return items

    def _literal(self, data: bytes, start: int, items: list[bytes]) -> int:
        """Take as much of the literal as there is."""
        piece = data[start : start + self._literal_left]
        self._literal_left -= len(piece)
        self._pieces.append(piece)
        if not self._literal_left:
            items.append(self._join())
        return start + len(piece)

    def _line(self, data: bytes, start: int, items: list[bytes]) -> int:
        """Take one line, or the beginning of one."""
        end = data.find(b"\n", start) + 1
        self._pieces.append(data[start : end or len(data)])
        self._held += len(self._pieces[-1])
        if self._held > MAX_LINE:
            raise FloodError
        if not end:
            return len(data)
        line = self._join()
        items.append(line)
        self._look_for_literal(line)
        return end

    def _join(self) -> bytes:
        joined = b"".join(self._pieces) if len(self._pieces) > 1 else self._pieces[0]
        self._pieces.clear()
        self._held = 0
        return joined

    def _look_for_literal(self, line: bytes) -> None:
        """Remember the length of the literal that this line announces, if it does."""
        may_announce = self._in_response or _UNTAGGED.match(line) is not None
        found = _ANNOUNCES.search(line) if may_announce and line.endswith((b"}\r\n", b"}\n")) else None
        self._in_response = found is not None
        self._literal_left = int(found[1]) if found else 0
        if self._literal_left > self.allowance:
            raise FloodError
