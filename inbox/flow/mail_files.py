"""Mail in files: mbox (also mboxrd, mboxo, CRLF), Maildir, single mails, and folders of all these, one mail at a time.

Whatever is not a mailbox is offered as one mail; whether it is a mail is for the reader to say, not for the import.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from connectors.contract import Arrival
from inbox.flow import mail_times

LARGEST = 40 * 1024 * 1024
"""Bytes; of larger mails only the head is kept, as on every other way in."""
HEAD = 256 * 1024
LINE = 1024 * 1024

_SEPARATOR = re.compile(rb"From [^\r\n]*\d{1,2}:\d\d[^\r\n]*\d\d\d\d|From [^\r\n]*\d\d\d\d[^\r\n]*\d{1,2}:\d\d")
_QUOTED = re.compile(rb">+From ")
_MAILDIR_OWN = re.compile(r"dovecot|maildirfolder$|courierimap|\.?subscriptions$|maildirsize$")
_SENT = re.compile(r"\.?(INBOX\.)?sent([ _-]?(items|messages|mail))?(\.mbox|\.mbx)?", re.IGNORECASE)
_FROM = re.compile(rb"^from:[^\n]*?([^\s<>\"(),:;]+@[^\s<>\"(),:;]+)[>\s]*$", re.IGNORECASE | re.MULTILINE)


@dataclass
class Problem:
    """A file that could not be opened."""

    path: Path
    why: str


def arrivals(
    paths: Sequence[Path], own: frozenset[str], now: datetime, trouble: Callable[[Problem], None]
) -> Iterator[Arrival]:
    """Offer every mail in these files and folders, in stable order; what cannot be opened is told to `trouble`.

    own: the account's addresses; what they wrote in a folder for sent mail is ours, direction "out".
    """
    for path in paths:
        for file in _files(path, trouble):
            try:
                yield from _mails(file, own, now)
            except OSError as error:
                trouble(Problem(file, error.strerror or type(error).__name__))


def _files(path: Path, trouble: Callable[[Problem], None]) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    try:
        entries = sorted(path.iterdir())
    except OSError as error:
        trouble(Problem(path, error.strerror or type(error).__name__))
        return
    maildir = (path / "cur").is_dir() and (path / "new").is_dir()
    for entry in entries:
        if maildir and (entry.name == "tmp" or _MAILDIR_OWN.match(entry.name)):
            continue
        if entry.is_dir() and not entry.is_symlink():
            yield from _files(entry, trouble)
        elif entry.is_file():
            yield entry


def _mails(path: Path, own: frozenset[str], now: datetime) -> Iterator[Arrival]:
    touched = mail_times.from_seconds(path.stat().st_mtime)
    with path.open("rb") as file:
        is_mbox = _SEPARATOR.match(file.readline(LINE)) is not None
        file.seek(0)
        for mail in _mbox(file) if is_mbox else _single(file):
            yield _arrival(mail, path, own, now, touched)


@dataclass
class _Mail:
    """One mail as it is gathered line by line: all of it, or its head when it is too large."""

    separator: bytes = b""
    size: int = 0

    def __post_init__(self) -> None:
        self._kept: list[bytes] = []
        self._hash = hashlib.sha256()

    def add(self, line: bytes) -> None:
        """Take one more piece."""
        if self.size <= LARGEST:
            self._kept.append(line)
        self.size += len(line)
        self._hash.update(line)
        if self.size > LARGEST and len(self._kept) > 1:
            self._kept = [b"".join(self._kept)[:HEAD]]

    @property
    def complete(self) -> bool:
        return self.size <= LARGEST

    @property
    def raw(self) -> bytes:
        kept = b"".join(self._kept)
        return kept if self.complete else _head(kept)

    @property
    def name(self) -> str:
        """What stays the same in every copy of these bytes."""
        return f"sha256:{self._hash.hexdigest()}"


def _head(raw: bytes) -> bytes:
    """Return the header lines, up to HEAD bytes."""
    end = re.search(rb"\r?\n\r?\n", raw[:HEAD])
    return raw[: end.end()] if end else raw[:HEAD]


def _single(file: IO[bytes]) -> Iterator[_Mail]:
    mail = _Mail()
    while chunk := file.read(LINE):
        mail.add(chunk)
    yield mail


def _mbox(file: IO[bytes]) -> Iterator[_Mail]:
    """Cut an mbox at its "From " lines; the empty line before one belongs to it, and ">From " is unquoted."""
    mail: _Mail | None = None
    blank = b""
    whole = True
    while line := file.readline(LINE):
        if whole and (mail is None or blank) and _SEPARATOR.match(line):
            if mail is not None:
                yield mail
            mail, blank = _Mail(separator=line), b""
        elif mail is not None:
            if blank:
                mail.add(blank)
            blank = line if whole and line in {b"\n", b"\r\n"} else b""
            if not blank:
                mail.add(line[1:] if whole and _QUOTED.match(line) else line)
        whole = line.endswith(b"\n")
    if mail is not None:
        yield mail


def _arrival(mail: _Mail, path: Path, own: frozenset[str], now: datetime, touched: datetime) -> Arrival:
    raw = mail.raw
    folder = _folder(path)
    ours = _SENT.fullmatch(folder) is not None and _writer(raw) in own
    return Arrival(
        external_id=mail.name,
        raw=raw,
        received_at=mail_times.received(raw, mail.separator, touched, now),
        direction="out" if ours else "in",
        folder=folder,
        complete=mail.complete,
        size=mail.size,
        facts={"path": _plain(str(path))},
    )


def _folder(path: Path) -> str:
    """Name the mailbox a file belongs to: its Maildir, an mbox called Sent, or the folder it lies in."""
    parent = path.parent.parent if path.parent.name in {"cur", "new"} else path.parent
    return _plain(path.name if _SENT.fullmatch(path.name) else parent.name)


def _writer(raw: bytes) -> str:
    found = _FROM.search(_head(raw).replace(b"\r\n", b"\n"))
    return found[1].decode("ascii", "replace").lower() if found else ""


def _plain(name: str) -> str:
    """A file's name as text that every database takes."""
    return name.encode("utf-8", "replace").decode()[:500]
