"""Do the long work on the data, one piece at a time, in the background; whatever is cut short is begun again."""

from __future__ import annotations

import logging
import secrets
import shutil
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inbox.flow import erase, hooking, imports, letters_of_weeks, person_export, pruning, retention
from inbox.flow.errors import FlowError
from inbox.say import say
from inbox.store import data_jobs

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from inbox.flow.context import Context
    from inbox.store.data_jobs import Claimed

LEFT = timedelta(days=2)
"""How long a file waits to be given a meaning, such as a CSV whose columns nobody has named yet."""
EVERY = timedelta(seconds=2)
"""How often progress is written down."""
BROKEN = say("It broke off at something unexpected. Nothing was lost; try again.")
OFTEN = say("It ended the app each time it was tried.")

log = logging.getLogger(__name__)


class TakenOverError(Exception):
    """Another process does this work now."""


class StoppedError(Exception):
    """This process was told to end; the work is begun again by the next."""


def folder(context: Context) -> Path:
    """Return where files of this work lie: not readable for others on the machine."""
    path = context.settings.data_dir / "files"
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def run_next(context: Context) -> bool:
    """Do one piece of work, if there is any."""
    with context.store.reading() as session:
        if not data_jobs.anything_due(session, context.clock()):
            return False
    with context.store.unit_of_work() as work:
        job = data_jobs.claim(work, secrets.token_hex(8))
    if job is None:
        return False
    try:
        _run(context, job)
    except TakenOverError:
        log.warning("Work %s was taken over by another process.", job.id)
    except StoppedError:
        with context.store.unit_of_work() as work:
            data_jobs.give_back(work, job)
    return True


def _run(context: Context, job: Claimed) -> None:
    if job.tries > data_jobs.TRIES:
        _failed(context, job, OFTEN)
        return
    try:
        ended = _DO[job.kind](context, job)
    except FlowError as error:
        _failed(context, job, str(error))
    except (OSError, ValueError, LookupError, TypeError):
        log.exception("Work %s (%s) broke off", job.id, job.kind)
        _failed(context, job, BROKEN)
    else:
        _end(context, job, "done", **ended)


def _failed(context: Context, job: Claimed, error: str) -> None:
    """A file that could not be taken in is given again, better; nothing of it stays behind."""
    if job.file:
        (folder(context) / job.file).unlink(missing_ok=True)
    _end(context, job, "failed", error=error, file="")


def _end(context: Context, job: Claimed, state: str, **values: Any) -> None:  # noqa: ANN401 - columns of a job
    with context.store.unit_of_work() as work:
        data_jobs.end(work, job, state, **values)


def _progress(context: Context, job: Claimed) -> Callable[[int, int], None]:
    told = context.clock()

    def tell(done: int, total: int) -> None:
        nonlocal told
        if context.stopping.is_set():
            raise StoppedError
        now = context.clock()
        if (not total or done < total) and now - told < EVERY:
            return
        told = now
        with context.store.unit_of_work() as work:
            if not data_jobs.go_on(work, job, done=done, total=total):
                raise TakenOverError

    return tell


def _erase(context: Context, job: Claimed) -> dict[str, Any]:
    def keep(asked: dict[str, Any]) -> None:
        with context.store.unit_of_work() as work:
            if not data_jobs.go_on(work, job, asked=asked):
                raise TakenOverError

    person_export.drop_files_of(context, folder(context), int(job.asked["contact"]))
    counts = erase.run(context, job.asked, keep, _progress(context, job))
    return {"asked": {"contact": job.asked["contact"]}, "result": counts}


def _export(context: Context, job: Claimed) -> dict[str, Any]:
    name, counts = person_export.write(context, int(job.asked["contact"]), folder(context), _progress(context, job))
    return {"file": name, "result": counts, "expires_at": context.clock() + person_export.KEPT}


def _import(context: Context, job: Claimed) -> dict[str, Any]:
    """Take the file in; it is kept until that has ended well."""
    path = folder(context) / job.file
    counts = imports.run(context, job.asked, path, _progress(context, job))
    path.unlink(missing_ok=True)
    return {"file": "", "result": counts}


_DO: dict[str, Callable[[Context, Claimed], dict[str, Any]]] = {"erase": _erase, "export": _export, "import": _import}


def tidy(context: Context) -> int:
    """Delete files that nobody came for in time, and those of nobody; returns how many."""
    where, now, gone = context.settings.data_dir / "files", context.clock(), 0
    if not where.is_dir():
        return 0
    with context.store.reading() as session:
        old = [job.id or 0 for job in data_jobs.with_file(session) if job.expires_at and job.expires_at <= now]
        known = data_jobs.files(session)
    for job_id in old:
        with context.store.unit_of_work() as work:
            job = data_jobs.held(work, job_id)
            if job is not None and job.file:
                (where / job.file).unlink(missing_ok=True)
                job.file = ""
                gone += 1
    return gone + sum(_drop(path) for path in where.iterdir() if _left(path, known, now))


def _left(path: Path, known: set[str], now: datetime) -> bool:
    """Whether a file belongs to no work, and has not been touched for days."""
    named = path.name.removesuffix(".part").removesuffix(".d")
    return named not in known and now.timestamp() - path.lstat().st_mtime > LEFT.total_seconds()


def _drop(path: Path) -> int:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
    return 1


def look_after(context: Context) -> bool:
    """Do a little of what is always to be done: old words, old files, old logs, letters. True: there is more."""
    emptied = retention.run_once(context)
    tidy(context)
    hooking.tidy(context)
    letters_of_weeks.send_due(context)
    return pruning.prune(context.store) or emptied > 0
