"""The power is cut again and again while mail comes in by both doors; every mail ends up in the store, once.

Laws 1, 2 and 4 (R1, R2, R28): what was acknowledged is stored, whatever was stored is read, and nothing twice.
"""

from __future__ import annotations

import random
import time
from functools import partial
from pathlib import Path

import pytest
from chaos import KILLS_A_ROUND, Report, rounds, seed_of
from dovecot import Dovecot
from loopback import eventually, free_port
from ordeal import Ordeal
from postgres import Postgres
from stores import migrate
from worker import Worker, mailbox

pytestmark = pytest.mark.chaos

BY_IMAP, BY_LMTP = 80, 40
"""Mails a kill."""


def kills(worker: Worker, seed: int, lives: list[float]) -> None:
    """Start and kill, as often as there are lives; every third kill is aimed into a batch that is being read."""
    chance = random.Random(seed)
    for turn, life in enumerate(lives):
        worker.start()
        live(worker, life, chance.uniform(0, 0.05) if turn % 3 == 2 else None)
        worker.kill()
    worker.start()


def live(worker: Worker, seconds: float, into_a_batch: float | None) -> None:
    """Let it live for so long; an aimed kill comes so long after a batch was seen stored and not yet read."""
    if into_a_batch is None:
        time.sleep(seconds)  # the moment of the kill is what is tried
        return
    look = worker.look()
    if eventually(lambda: "pending" in look.arrivals(), seconds, 0.002):
        time.sleep(into_a_batch)


@rounds
@pytest.mark.timeout(240)
def test_nothing_is_lost_or_doubled_by_kills_on_sqlite(
    number: int, dovecot: Dovecot, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    port = free_port()
    with Worker(tmp_path, mailbox(dovecot), lmtp_port=port) as worker:
        ordeal = Ordeal(worker, dovecot, port, seed_of(number))
        undergo(ordeal, KILLS_A_ROUND, Report(capsys, "kill test, SQLite"))


@rounds
@pytest.mark.timeout(240)
def test_nothing_is_lost_or_doubled_by_kills_on_postgresql(
    number: int, dovecot: Dovecot, postgres_server: Postgres, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    port, url = free_port(), postgres_server.fresh_database(migrate)
    with Worker(tmp_path, mailbox(dovecot), url, lmtp_port=port) as worker:
        undergo(Ordeal(worker, dovecot, port, seed_of(number)), 8, Report(capsys, "kill test, PostgreSQL"))
    postgres_server.drop(url)


def undergo(ordeal: Ordeal, number: int, report: Report) -> None:
    lives = [random.Random(ordeal.seed + n).uniform(0.3, 3) for n in range(number)]
    blows = partial(kills, ordeal.worker, ordeal.seed, lives)
    ordeal.endure(BY_IMAP * number, BY_LMTP * number, sum(lives), blows)
    ordeal.reckon(report, kills=number)
