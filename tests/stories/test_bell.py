"""A mail that the server took is in the store within a second, by IMAP IDLE: nobody waits for a round of polling."""

from __future__ import annotations

import random
import statistics
import time
from pathlib import Path

import pytest
from chaos import Report
from dovecot import Dovecot
from house import mail
from loopback import eventually
from worker import Worker, mailbox

MAILS = 30
SEEN = "SELECT count(*) FROM changes WHERE kind = 'message.in'"
"""What live screens are told: the feed of changes."""


@pytest.mark.slow
def test_a_mail_is_in_the_store_within_a_second_of_its_250(
    dovecot: Dovecot, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chance, report = random.Random(30), Report(capsys, "bell")
    with Worker(tmp_path, mailbox(dovecot)) as worker:
        worker.start()
        assert eventually(lambda: listens(dovecot), 20, 0.1), worker.log()
        look, waited = worker.look(), []
        for number in range(MAILS):
            time.sleep(chance.uniform(0.05, 0.6))  # mails do not come in step with anything of ours
            dovecot.deliver(mail(text=f"Mail {number}", message_id=f"{number}@customer.example"))
            answered = time.monotonic()
            assert eventually(lambda: look.number(SEEN) > number, 5, 0.005), worker.log()  # noqa: B023
            waited.append(time.monotonic() - answered)
        assert worker.stop() == 0
    p50, p95 = statistics.median(waited), sorted(waited)[int(MAILS * 0.95)]
    report.say(mails=MAILS, ms_p50=round(p50 * 1000), ms_p95=round(p95 * 1000), ms_most=round(max(waited) * 1000))
    assert p95 < 1.0


def listens(server: Dovecot) -> bool:
    """Whether both connections are there: one that fetches, one that sleeps in IDLE."""
    return server.log().count("Login:") >= 2
