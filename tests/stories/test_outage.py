"""The inbox was off for a week. It comes back, and every mail of that week is there, with its true time (law 3, R8)."""

from __future__ import annotations

import os
import random
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import truth
from chaos import Report
from dovecot import Dovecot
from feeding import on_the_wire
from sqlmodel import select
from worker import Worker, mailbox

from bench.mails import mails
from inbox.store.tables import Arrival, Wait

WEEK = timedelta(days=7)
MAILS = 5000


def lay_down(server: Dovecot, raws: list[bytes], times: list[datetime], read: set[int]) -> None:
    """Put mails into the mailbox as years of use leave them there: files of a Maildir, some of them read."""
    owner = (server.home / "mail").stat()
    maildir = server.home / "mail" / server.user / "Maildir"
    for folder in (maildir.parent, maildir, *(maildir / name for name in ("cur", "new", "tmp"))):
        folder.mkdir(exist_ok=True)
        os.chown(folder, owner.st_uid, owner.st_gid)
    for number, (raw, at) in enumerate(zip(raws, times, strict=True)):
        flags = "S" if number in read else ""
        path = maildir / "cur" / f"{int(at.timestamp())}.M{number:06}.example,S={len(raw)}:2,{flags}"
        path.write_bytes(raw)
        os.utime(path, (at.timestamp(), at.timestamp()))
        os.chown(path, owner.st_uid, owner.st_gid)


@pytest.mark.slow
def test_a_week_without_us_loses_no_mail_and_no_minute(
    dovecot: Dovecot, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    raws = [on_the_wire(raw) for raw in mails(MAILS, seed=8)]
    times = [now - WEEK + number * WEEK / MAILS for number in range(MAILS)]
    times = [at.replace(microsecond=0) for at in times]
    read_elsewhere = set(random.Random(8).sample(range(MAILS), MAILS // 2))
    lay_down(dovecot, raws, times, read_elsewhere)
    before = [(kept.uid, kept.flags) for kept in dovecot.messages()]
    assert sum(r"\Seen" in flags for _, flags in before) == MAILS // 2
    worker, report = Worker(tmp_path, mailbox(dovecot)), Report(capsys, "outage of 7 days")

    began = time.monotonic()
    first = worker.command("pull")
    took = time.monotonic() - began

    assert (first["fetched"], first["accounts"][0]["error"]) == (MAILS, None)
    ledger = first["accounts"][0]["ledger"]
    assert ledger["arrivals"] == ledger["threaded"] == MAILS
    assert [(kept.uid, kept.flags) for kept in dovecot.messages()] == before
    assert worker.command("pull")["fetched"] == 0
    assert worker.command("verify")["broken"] == []
    sent = truth.hashes(raws)
    with worker.opened() as context:
        lost, doubled = truth.lost_and_doubled(sent, truth.stored(context.store, dovecot.user))
        assert truth.threaded(context.store, dovecot.user) == sent
        assert truth.wrong_waits(context.store) == []
        assert truth.split_threads(context.store, truth.threads(raws)) == []
        with context.store.reading() as session:
            expected = {sha: at for raw, at in zip(raws, times, strict=True) for sha in truth.hashes([raw])}
            kept = {row.sha256.hex(): row.received_at for row in session.exec(select(Arrival))}
            waits = session.exec(select(Wait)).all()
    report.say(mails=MAILS, lost=lost, doubled=doubled, read_elsewhere=MAILS // 2, seconds_to_pull=round(took, 1))
    assert (lost, doubled) == (0, 0)
    assert kept == expected, "the time of an arrival is the server's INTERNALDATE"
    assert all(wait.late == (now - wait.started_at > timedelta(hours=1)) for wait in waits if _clear(wait, now))
    assert took < 60


def _clear(wait: Wait, now: datetime) -> bool:
    """Whether its lateness does not hang on how long the pull took."""
    return abs(now - wait.started_at - timedelta(hours=1)) > timedelta(minutes=5)
