"""Many people wait, steps fall due all the time, and the processes that ring them are killed again and again.

Law 6: every step rings once, none early, at most seconds late while a process lives and at most 30 s after a restart.
On PostgreSQL three `inbox work` ring together; on SQLite there is one. `make chaos` does it in full size.
"""

from __future__ import annotations

import math
import os
import random
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from chaos import FIRST_SEED, Report
from loopback import eventually
from many_waits import let_wait
from postgres import Postgres
from sqlmodel import select
from stores import migrate
from worker import Worker

from inbox.clock import utc_now
from inbox.store.db import Store
from inbox.store.tables import Change, WaitStep

pytestmark = pytest.mark.chaos

FULL = int(os.environ.get("CHAOS_KILLS") or 0) >= 500
ANNOUNCED = "wait.step"
BOOT = timedelta(seconds=8)
"""A process that was started so long ago has come up, also on a busy machine."""
LIVING, RESTARTED = timedelta(seconds=5), timedelta(seconds=30)


@dataclass(frozen=True)
class Size:
    """How many wait, how many seconds their steps are spread over, and how often a process dies meanwhile."""

    waits: int
    seconds: float
    kills: int


SIZES = {3: Size(2_000, 8, 4), 1: Size(1_000, 6, 2)}
FULL_SIZE = Size(100_000, 900, 50)


@dataclass
class Crew:
    """Processes that work on one store, and when each of them lived."""

    workers: list[Worker]
    chance: random.Random
    lives: list[tuple[datetime, datetime]] = field(default_factory=list)
    born: dict[int, datetime] = field(default_factory=dict)

    def begin(self, number: int) -> None:
        self.born[number] = utc_now()
        self.workers[number].start()

    def kill(self, number: int) -> None:
        self.workers[number].kill()
        self.lives.append((self.born.pop(number), utc_now()))

    def suffer(self, size: Size) -> None:
        """Lose a process now and then, every tenth time all of them."""
        for turn in range(size.kills):
            time.sleep(size.seconds / size.kills * self.chance.uniform(0.5, 1.3))  # when it dies is what is tried
            everybody = range(len(self.workers))
            victims = everybody if turn % 10 == 9 else [self.chance.choice(everybody)]
            for victim in victims:
                self.kill(victim)
            for victim in victims:
                self.begin(victim)

    def end(self) -> None:
        for number in list(self.born):
            self.kill(number)

    def late(self, due: datetime, rung: datetime) -> tuple[bool, timedelta]:
        """Return whether somebody who had come up lived through it, and how late it rang.

        Where nobody did, it counts from the start of who was there first of those that lived when it rang.
        """
        if any(born + BOOT <= due and died >= min(rung, due + LIVING) for born, died in self.lives):
            return True, rung - due
        there = min(born for born, died in self.lives if born <= rung <= died)
        return False, rung - max(due, there)


@contextmanager
def crew(folder: Path, url: str, count: int, seed: int) -> Iterator[Crew]:
    homes = [folder / f"home{number}" for number in range(count)]
    for home in homes:
        home.mkdir()
    where = url if url.startswith("postgresql") else ""
    made = Crew([Worker(home, {"INBOX_LOG_LEVEL": "WARNING"}, where) for home in homes], random.Random(seed))
    try:
        yield made
    finally:
        made.end()


@pytest.mark.timeout(0 if FULL else 120)
def test_three_processes_ring_every_step_once_and_none_early(
    postgres_server: Postgres, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = postgres_server.fresh_database(migrate)
    with ExitStack() as stack:
        stack.callback(postgres_server.drop, url)
        ordeal(tmp_path, url, 3, Report(capsys, "deadlines, three processes on PostgreSQL"))


@pytest.mark.timeout(0 if FULL else 120)
def test_one_process_rings_every_step_once_and_none_early(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"sqlite:///{tmp_path / 'home0' / 'data' / 'under24.db'}"
    ordeal(tmp_path, url, 1, Report(capsys, "deadlines, one process on SQLite"))


def ordeal(folder: Path, url: str, count: int, report: Report) -> None:
    size = FULL_SIZE if FULL else SIZES[count]
    with crew(folder, url, count, FIRST_SEED) as workers:
        expected = seeded(url, size)
        look = workers.workers[0].look()
        before = look.number("SELECT count(*) FROM wait_steps")
        for number in range(count):
            workers.begin(number)
        first, last = expected[0][2], expected[-1][2]
        eventually(lambda: utc_now() >= first, 600, 0.05)
        workers.suffer(size)
        eventually(lambda: utc_now() >= last, 600, 0.05)
        eventually(lambda: look.number("SELECT count(*) FROM wait_steps") >= before + len(expected), 60, 0.2)
        assert all(worker.runs for worker in workers.workers), workers.workers[0].log()[-2000:]
    judge(url, expected, workers, size, report)


def seeded(url: str, size: Size) -> list[tuple[int, str, datetime]]:
    """Let people wait whose steps fall due one after the other, once the processes are up."""
    if url.startswith("sqlite"):
        migrate(url)
    begin = utc_now() + BOOT + timedelta(seconds=size.waits / 800)
    moments = [begin + timedelta(seconds=size.seconds * number / size.waits) for number in range(size.waits)]
    store = Store(url, utc_now)
    try:
        return let_wait(store, moments)
    finally:
        store.close()
        assert utc_now() + BOOT / 2 < begin, "the machine was too slow to set the scene"


def judge(url: str, expected: list[tuple[int, str, datetime]], workers: Crew, size: Size, report: Report) -> None:
    """Compare what rang with what had to ring."""
    store = Store(url, utc_now)
    try:
        with store.reading() as session:
            rows = [step for step in session.exec(select(WaitStep)) if step.rung_at >= expected[0][2]]
            told = session.exec(select(Change).where(Change.kind == ANNOUNCED)).all()
    finally:
        store.close()
    rang = {(row.wait_id, row.step): row for row in rows}
    heard = [(change.data["wait_id"], change.data["step"]) for change in told]
    wanted = {(wait_id, step): due for wait_id, step, due in expected}
    early = sum(rang[key].rung_at < due for key, due in wanted.items() if key in rang)
    late = [workers.late(due, rang[key].rung_at) for key, due in wanted.items() if key in rang]
    living = sorted(span for lived, span in late if lived)
    restarted = sorted(span for lived, span in late if not lived)
    report.say(
        waits=size.waits,
        kills=len(workers.lives) - len(workers.workers),
        lost=len(wanted.keys() - rang.keys()),
        doubled=len(heard) - len(set(heard)),
        early=early,
        while_one_lived=len(living),
        s_late_p50=seconds(living, 0.5),
        s_late_p95=seconds(living, 0.95),
        s_late_most=seconds(living, 1),
        after_a_restart=len(restarted),
        s_late_then_p95=seconds(restarted, 0.95),
        s_late_then_most=seconds(restarted, 1),
        seed=FIRST_SEED,
    )
    assert rang.keys() == wanted.keys()
    assert (len(rows), early) == (len(wanted), 0)
    assert sorted(heard) == sorted(wanted), "each step is announced once"
    assert max(living, default=timedelta(0)) <= LIVING
    assert max(restarted, default=timedelta(0)) <= RESTARTED


def seconds(spans: list[timedelta], part: float) -> float:
    """Return the span that this part of them does not exceed, in seconds."""
    return round(spans[max(0, math.ceil(len(spans) * part) - 1)].total_seconds(), 2) if spans else 0.0
