"""Many waits are due at once, several workers ring, and some of them are killed: every step rings once, none early.

Law 6 (R14), on PostgreSQL, where any number of workers may run.
"""

from __future__ import annotations

import random
import subprocess
import sys
import time
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from chaos import Report, rounds, seed_of
from house import House, mail
from loopback import eventually
from postgres import Postgres
from sqlmodel import select
from stores import migrate
from worker import Look

from connectors.contract import Arrival
from inbox.clock import utc_now
from inbox.flow.hear import hear
from inbox.flow.read import read_items
from inbox.store.db import Store
from inbox.store.tables import Wait, WaitStep

pytestmark = pytest.mark.chaos

WAITS = 2000
WORKERS = 3
KILLS = 8
WARNING, PROMISE = timedelta(hours=16), timedelta(hours=24)
LATEST = 5.0

RINGER = """
import sys, time
from inbox.clock import utc_now
from inbox.flow.tick import tick
from inbox.store.db import Store
store = Store(sys.argv[1], utc_now)
end = time.monotonic() + 90
while time.monotonic() < end:
    tick(store)
    time.sleep(0.01)
"""
"""A worker that does nothing but ring, as often as it can; the bell itself is not what is tried here."""


def ringer(url: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", RINGER, url])


def end(workers: list[subprocess.Popen[bytes]]) -> None:
    for worker in workers:
        worker.kill()
        worker.wait(timeout=10)


def let_people_wait(house: House, begin: datetime, seconds: float) -> None:
    """Half of them are to be warned of, half of them are to be told as breaches, spread over so many seconds."""
    came = []
    for number in range(WAITS):
        at = begin + timedelta(seconds=seconds * number / WAITS)
        raw = mail(f"Customer {number} <c{number}@customer.example>", message_id=f"{number}@customer.example")
        came.append(Arrival(str(number), raw, at - (PROMISE if number % 2 else WARNING)))
    account = house.add_account()
    for some in range(0, WAITS, 200):
        read_items(house.context, hear(house.context, account, came[some : some + 200]))


@rounds
@pytest.mark.timeout(180)
def test_every_deadline_rings_once_and_none_early(
    number: int, postgres_server: Postgres, capsys: pytest.CaptureFixture[str]
) -> None:
    seed, report = seed_of(number), Report(capsys, "deadline test")
    chance = random.Random(seed)
    url = postgres_server.fresh_database(migrate)
    store = Store(url, utc_now)
    house = House(store, utc_now)  # type: ignore[arg-type]
    expected = WAITS + WAITS // 2  # a breach was warned of before
    with ExitStack() as stack:
        stack.callback(postgres_server.drop, url)
        stack.callback(store.close)
        began = datetime.now(UTC)
        let_people_wait(house, began + timedelta(seconds=20), 5)
        assert utc_now() < began + timedelta(seconds=20), "the machine was too slow to set the scene"
        workers = [ringer(url) for _ in range(WORKERS)]
        stack.callback(end, workers)
        look = Look(url)
        eventually(lambda: utc_now() >= began + timedelta(seconds=20), 25, 0.05)
        for _ in range(KILLS):
            time.sleep(chance.uniform(0.2, 0.8))  # the moment of the kill is what is tried
            victim = chance.randrange(WORKERS)
            workers[victim].kill()
            workers[victim].wait(timeout=10)
            workers[victim] = ringer(url)
        rang = eventually(lambda: look.number("SELECT count(*) FROM wait_steps") >= expected, 40, 0.1)
        with store.reading() as session:
            steps = session.exec(select(WaitStep)).all()
            waits = {wait.id: wait for wait in session.exec(select(Wait))}
            told = session.execute(sa.text("SELECT count(*) FROM changes WHERE kind LIKE 'wait.%'")).scalar_one()
    early = [step for step in steps if step.rung_at < step.due_at]
    timely = [step for step in steps if step.due_at >= began + timedelta(seconds=20)]
    late = sorted((step.rung_at - step.due_at).total_seconds() for step in timely)
    doubled = len(steps) - len({(step.wait_id, step.step) for step in steps})
    report.say(
        waits=WAITS,
        steps=len(steps),
        kills=KILLS,
        workers=WORKERS,
        lost=expected - len(steps) + doubled,
        doubled=doubled,
        early=len(early),
        s_late_p95=round(late[int(len(late) * 0.95)], 2),
        s_late_most=round(late[-1], 2),
        seed=seed,
    )
    assert rang
    assert (len(steps), doubled, early) == (expected, 0, [])
    assert told == expected, "each step is announced once"
    assert late[-1] < LATEST
    assert all(wait.next_step_at == (None if _is_breach(wait, began) else wait.due_at) for wait in waits.values())


def _is_breach(wait: Wait, began: datetime) -> bool:
    return wait.due_at < began + timedelta(hours=1)
