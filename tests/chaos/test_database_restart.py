"""PostgreSQL loses its power again and again under a worker that goes on: what was acknowledged is stored (R20)."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
from chaos import Report, rounds, seed_of
from dovecot import Dovecot
from loopback import answers, eventually, free_port
from ordeal import Ordeal
from postgres import Postgres
from stores import migrate
from worker import Worker, mailbox

pytestmark = pytest.mark.chaos

RESTARTS = 6
BY_IMAP, BY_LMTP = 300, 150


@rounds
@pytest.mark.timeout(240)
def test_nothing_is_lost_or_doubled_when_the_database_dies(
    number: int, dovecot: Dovecot, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report, seed, port = Report(capsys, "database restarts"), seed_of(number), free_port()
    chance = random.Random(seed)
    lives = [chance.uniform(0.5, 3) for _ in range(RESTARTS)]
    with Postgres(durable=True) as server:
        url = server.fresh_database(migrate)
        with Worker(tmp_path, mailbox(dovecot), url, lmtp_port=port) as worker:
            ordeal = Ordeal(worker, dovecot, port, seed)

            def blows() -> None:
                worker.start()
                assert eventually(lambda: answers(port), 30), worker.log()
                for life in lives:
                    time.sleep(life)  # the moment of the cut is what is tried
                    server.restart()

            ordeal.endure(BY_IMAP, BY_LMTP, sum(lives), blows)
            ordeal.reckon(report, restarts=RESTARTS)
