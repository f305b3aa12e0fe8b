"""Imports: a file that a founder gave, taken in in the background; nobody waits for an answer to what it says.

mail        an mbox, a single mail, or a zip of mbox files, Maildirs and mails
contacts    a CSV of people
zendesk, helpscout, chatwoot    conversations of another help desk
"""

from __future__ import annotations

import logging
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from inbox.flow import audit, history, importing, mail_files, people_file
from inbox.flow.errors import NotFoundError, RefusedError
from inbox.flow.foreign import chatwoot, helpscout, reading, zendesk
from inbox.flow.rows import own_addresses
from inbox.say import say
from inbox.store import accounts, data_jobs

if TYPE_CHECKING:
    from inbox.flow.context import Context
    from inbox.flow.foreign.shapes import Record, Talk
    from inbox.store.db import Work

FOREIGN = (zendesk.NAME, helpscout.NAME, chatwoot.NAME)
KINDS = ("mail", "contacts", *FOREIGN)
MISSHAPEN = (TypeError, ValueError, AttributeError, KeyError)
Progress = Callable[[int, int], None]

log = logging.getLogger(__name__)


class Reader(Protocol):
    """Reads the records of one product."""

    def learn(self, record: Record) -> None:
        """Remember the people of a record."""
        ...

    def talks(self, record: Record) -> Iterator[Talk]:
        """Return the conversations of a record."""
        ...


def ask(work: Work, kind: str, file: str, by: int | None, **asked: Any) -> int:  # noqa: ANN401 - what JSON holds
    """Queue an import of a file in the data folder; returns the job.

    asked: account (the id; not for contacts), name (of the file, for the screen), columns (for contacts).
    """
    if kind not in KINDS:
        raise NotFoundError(say("There is no such kind of import."))
    if kind != "contacts" and accounts.get(work.session, int(asked.get("account") or 0)) is None:
        raise RefusedError(say("Choose the account that this belongs to."))
    job_id = data_jobs.add(work, "import", {"kind": kind, **asked}, by, file=file)
    audit.record(work, by, "import.asked", job=job_id, what=kind)
    return job_id


def run(context: Context, asked: dict[str, Any], path: Path, progress: Progress) -> dict[str, Any]:
    """Take a file in; returns the counts. The same again adds nothing."""
    if not path.is_file():
        raise RefusedError(say("The file is not on this machine any more: give it again."))
    kind = str(asked["kind"])
    if kind == "contacts":
        return people_file.take_in(context, path, list(asked["columns"]), progress).as_words()
    if kind == "mail":
        return _mail(context, int(asked["account"]), path, progress)
    found = talks(kind, path)
    return history.take_in(context, int(asked["account"]), found, lambda done: progress(done, 0)).as_words()


def talks(source: str, path: Path) -> Iterator[Talk]:
    """Return the conversations of another help desk's export. RefusedError when the file is something else."""
    reader = _reader(source)
    for record in reading.records(path):
        learn(reader, record)
    for record in reading.records(path):
        yield from understood(reader, record)


def learn(reader: Reader, record: Record) -> None:
    """Remember the people of a record, unless it is not shaped as the product says."""
    try:
        reader.learn(record)
    except MISSHAPEN as error:
        log.warning("A record of an export could not be understood: %s", type(error).__name__)


def understood(reader: Reader, record: Record) -> list[Talk]:
    """Return the conversations of a record, none where it is not shaped as the product says."""
    try:
        return list(reader.talks(record))
    except MISSHAPEN as error:
        log.warning("A record of an export could not be understood: %s", type(error).__name__)
        return []


def _reader(source: str) -> Reader:
    readers: dict[str, type[Reader]] = {
        zendesk.NAME: zendesk.Reader,
        helpscout.NAME: helpscout.Reader,
        chatwoot.NAME: chatwoot.Reader,
    }
    return readers[source]()


def _mail(context: Context, account_id: int, path: Path, progress: Progress) -> dict[str, Any]:
    with context.store.reading() as session:
        account = accounts.get(session, account_id)
    if account is None:
        raise RefusedError(say("Choose the account that this belongs to."))
    problems: list[mail_files.Problem] = []
    done = 0

    def tell(number: int) -> None:
        nonlocal done
        done += number
        progress(done, 0)

    unpacked = path.with_name(f"{path.name}.d")
    try:
        where = _unpack(path, unpacked) if zipfile.is_zipfile(path) else path
        now = context.clock()
        offered = mail_files.arrivals([where], own_addresses(account), now, problems.append)
        counts = importing.take_in(context, account_id, offered, history_before=now, progress=tell)
    finally:
        shutil.rmtree(unpacked, ignore_errors=True)
    return {**counts.as_words(), "failures": len(problems)}


def _unpack(path: Path, folder: Path) -> Path:
    """Unpack a zip below a folder: its folders keep their names, but nothing in it decides to land elsewhere."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    with zipfile.ZipFile(path) as packed:
        for entry in reading.entries(packed):
            target = folder.joinpath(*_safe(entry.filename))
            target.parent.mkdir(parents=True, exist_ok=True)
            left = entry.file_size
            with packed.open(entry) as source, target.open("wb") as copy:
                while left > 0 and (piece := source.read(min(1024 * 1024, left))):
                    copy.write(piece)
                    left -= len(piece)
    return folder


def _safe(name: str) -> list[str]:
    """Return a path inside a zip as plain names; what would lead elsewhere is dropped."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in {"", ".", ".."}]
    return [part.replace("\0", "").replace(":", "_")[:200] or "_" for part in parts[-20:]] or ["_"]
