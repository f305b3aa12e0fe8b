"""The records of an export, one at a time: a JSON array, lines of JSON, one object, or a zip of such files.

Memory is bounded by one record; a file that is one object is read whole, up to a limit. A zip that unpacks to
something absurd is refused.
"""

from __future__ import annotations

import codecs
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from inbox.flow.errors import RefusedError
from inbox.flow.foreign.shapes import Record
from inbox.say import say

PIECE = 1024 * 1024
LARGEST = 64 * 1024 * 1024
"""Characters of one record, or of a file that is one object."""
UNPACKED = 16 * 1024 * 1024 * 1024
FILES = 200_000
_JSON = (".json", ".ndjson", ".jsonl")


def records(path: Path) -> Iterator[Record]:
    """Return every record of a file, whatever of these it is. RefusedError with a sentence for people."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            for entry in entries(packed, _JSON):
                with packed.open(entry) as file:
                    yield from _of_file(file)
        return
    with path.open("rb") as file:
        yield from _of_file(file)


def entries(packed: zipfile.ZipFile, endings: tuple[str, ...] = ()) -> list[zipfile.ZipInfo]:
    """Return the files of a zip with these endings, in order; RefusedError when it is absurd or locked."""
    found = [one for one in packed.infolist() if not one.is_dir() and one.filename.lower().endswith(endings or ("",))]
    if len(found) > FILES or sum(one.file_size for one in found) > UNPACKED:
        raise RefusedError(say("This zip would unpack to more than can be taken in. Give its files in several parts."))
    if any(one.flag_bits & 1 for one in found):
        raise RefusedError(say("This zip is locked with a password: unpack it first."))
    return sorted(found, key=lambda one: one.filename)


def _of_file(file: IO[bytes]) -> Iterator[Record]:
    text = _Text(file)
    text.skip_space()
    if text.peek() == "[":
        yield from (one for one in text.elements() if isinstance(one, dict))
        return
    while text.skip_space():
        one = text.value()
        if isinstance(one, dict):
            yield one
        elif isinstance(one, list):
            yield from (each for each in one if isinstance(each, dict))


class _Text:
    """A growing window on a file, from which one JSON value after another is taken."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._decode = codecs.getincrementaldecoder("utf-8-sig")("replace")
        self._parse = json.JSONDecoder().raw_decode
        self._window, self._at, self._over = "", 0, False

    def _more(self) -> bool:
        """Read on; False at the end."""
        if self._over:
            return False
        piece = self._file.read(PIECE)
        self._over = not piece
        self._window = self._window[self._at :] + self._decode.decode(piece, self._over)
        self._at = 0
        if len(self._window) > LARGEST:
            raise RefusedError(say("One record of this file is too large to be read."))
        return True

    def skip_space(self) -> bool:
        """Go to the next sign that is not a space; False at the end."""
        while True:
            while self._at < len(self._window) and self._window[self._at] in " \t\r\n,":
                self._at += 1
            if self._at < len(self._window):
                return True
            if not self._more():
                return False

    def peek(self) -> str:
        """Return the sign that comes next."""
        return self._window[self._at : self._at + 1]

    def value(self) -> object:
        """Take one value."""
        while True:
            try:
                found, end = self._parse(self._window, self._at)
            except (json.JSONDecodeError, RecursionError) as error:
                # What looks broken may only be cut off: read twice as much before trying again.
                size = len(self._window) - self._at
                grown = self._more()
                while grown and len(self._window) < 2 * size:
                    grown = self._more()
                if not grown and self._over and len(self._window) - self._at <= size:
                    raise RefusedError(say("This file is not the JSON that was expected, or it is cut off.")) from error
                continue
            if end == len(self._window) and not self._over and self._more():
                continue  # a number may go on
            self._at = end
            return found

    def elements(self) -> Iterator[object]:
        """Take the elements of an array, one at a time."""
        self._at += 1
        while self.skip_space():
            if self.peek() == "]":
                self._at += 1
                return
            yield self.value()
