"""The power is cut again and again while mail comes in by both doors; every mail ends up in the store, once.

Laws 1, 2 and 4 (R1, R2, R28): what was acknowledged is stored, whatever was stored is read, and nothing twice.
"""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
import truth
from chaos import KILLS_A_ROUND, Report, rounds, seed_of
from dovecot import Dovecot
from feeding import Feeder, on_the_wire
from loopback import eventually, free_port
from postgres import Postgres
from stores import migrate
from worker import Worker, mailbox

from bench.mails import mails
from inbox.flow import accounts

pytestmark = pytest.mark.chaos

BY_IMAP, BY_LMTP = 80, 40
"""Mails a kill."""
HELP = "help@example.com"
DRAINED_WITHIN = 60.0


def ordeal(worker: Worker, dovecot: Dovecot, port: int, kills: int, seed: int, report: Report) -> None:
    chance = random.Random(seed)
    lives = [chance.uniform(0.3, 3) for _ in range(kills)]
    by_imap = list(mails(BY_IMAP * kills, seed=2 * seed))
    by_lmtp = list(mails(BY_LMTP * kills, seed=2 * seed + 1))
    with worker.opened() as context, context.store.unit_of_work() as work:
        accounts.add(work, context.vault, context.channels.card("mail"), {"address": HELP, "name": "Help"})
    feeders = [
        Feeder(dovecot.lmtp_port, dovecot.user, by_imap, seconds=sum(lives)),
        Feeder(port, HELP, by_lmtp, seconds=sum(lives)),
    ]
    try:
        for feeder in feeders:
            feeder.start()
        for turn, life in enumerate(lives):
            worker.start()
            live(worker, life, chance.uniform(0, 0.05) if turn % 3 == 2 else None)
            worker.kill()
        worker.start()
        assert drained(worker, len(by_imap) + len(by_lmtp)), (worker.look().arrivals(), worker.log()[-3000:])
    finally:
        for feeder in feeders:
            feeder.stop()
    began = time.monotonic()
    assert worker.stop() == 0
    stopped_in = time.monotonic() - began

    in_the_mailbox = truth.hashes([kept.raw for kept in dovecot.messages()])
    acknowledged = truth.hashes([on_the_wire(raw) for raw in by_lmtp])
    with worker.opened() as context:
        store = context.store
        imap = truth.lost_and_doubled(in_the_mailbox, truth.stored(store, dovecot.user))
        lmtp = truth.lost_and_doubled(acknowledged, truth.stored(store, HELP))
        assert (truth.threaded(store, dovecot.user), truth.threaded(store, HELP)) == (in_the_mailbox, acknowledged)
        split = truth.split_threads(store, truth.threads(by_imap) | truth.threads(by_lmtp))
        wrong, people = truth.wrong_waits(store), truth.doubled_people(store)
    ledger, verified = worker.command("ledger"), worker.command("verify")
    report.say(
        kills=kills,
        mails=in_the_mailbox.total() + acknowledged.total(),
        lost=imap[0] + lmtp[0],
        doubled=imap[1] + lmtp[1],
        threads_split=len(split),
        mails_brought_again_by_the_MTA=feeders[1].retries,
        seconds_to_stop=round(stopped_in, 1),
        seed=seed,
    )
    assert [feeder.refused for feeder in feeders] == [[], []]
    assert (imap, lmtp) == ((0, 0), (0, 0))
    assert (split, wrong, people) == ([], [], 0)
    assert ledger["arrivals"] == ledger["threaded"] == in_the_mailbox.total() + acknowledged.total()
    assert (ledger["duplicates"], ledger["quarantined"], ledger["ignored"], ledger["pending"]) == (0, 0, 0, 0)
    assert verified == {"ok": True, "broken": []}


def live(worker: Worker, seconds: float, into_a_batch: float | None) -> None:
    """Let it live for so long; an aimed kill comes so long after a batch was seen stored and not yet read."""
    if into_a_batch is None:
        time.sleep(seconds)  # the moment of the kill is what is tried
        return
    look = worker.look()
    if eventually(lambda: "pending" in look.arrivals(), seconds, 0.002):
        time.sleep(into_a_batch)


def drained(worker: Worker, total: int) -> bool:
    """Wait until all has arrived and been read; a process that gave up is not waited for."""
    look = worker.look()
    done = {"threaded": total}
    return eventually(lambda: look.arrivals() == done or not worker.runs, DRAINED_WITHIN, 0.25) and worker.runs


@rounds
@pytest.mark.timeout(240)
def test_nothing_is_lost_or_doubled_by_kills_on_sqlite(
    number: int, dovecot: Dovecot, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    port = free_port()
    with Worker(tmp_path, mailbox(dovecot), lmtp_port=port) as worker:
        ordeal(worker, dovecot, port, KILLS_A_ROUND, seed_of(number), Report(capsys, "kill test, SQLite"))


@rounds
@pytest.mark.timeout(240)
def test_nothing_is_lost_or_doubled_by_kills_on_postgresql(
    number: int, dovecot: Dovecot, postgres_server: Postgres, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    port, url = free_port(), postgres_server.fresh_database(migrate)
    with Worker(tmp_path, mailbox(dovecot), url, lmtp_port=port) as worker:
        ordeal(worker, dovecot, port, 8, seed_of(number), Report(capsys, "kill test, PostgreSQL"))
    postgres_server.drop(url)
