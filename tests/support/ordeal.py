"""Mail that comes by both doors while the power is cut, and the reckoning afterwards."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import truth
from chaos import Report
from dovecot import Dovecot
from feeding import Feeder, on_the_wire
from loopback import eventually
from worker import Worker

from bench.mails import mails
from inbox.flow import accounts

HELP = "help@example.com"
"""The account that our own LMTP door feeds; the other one has a mailbox."""
DRAINED_WITHIN = 120.0
"""Seconds; the door takes what it could not take while it was dead, on a machine that has other things to do."""


@dataclass
class Ordeal:
    """Mail comes by both doors for so many seconds, whatever happens to the one who takes it in."""

    worker: Worker
    dovecot: Dovecot
    port: int
    seed: int

    def endure(self, mail_by_imap: int, mail_by_lmtp: int, seconds: float, blows: Callable[[], None]) -> None:
        """Feed while `blows` fall; then wait until all is in, and stop as one should."""
        self.by_imap = list(mails(mail_by_imap, seed=2 * self.seed))
        self.by_lmtp = list(mails(mail_by_lmtp, seed=2 * self.seed + 1))
        with self.worker.opened() as context, context.store.unit_of_work() as work:
            accounts.add(work, context.vault, context.channels.card("mail"), {"address": HELP, "name": "Help"})
        self.feeders = [
            Feeder(self.dovecot.lmtp_port, self.dovecot.user, self.by_imap, seconds=seconds),
            Feeder(self.port, HELP, self.by_lmtp, seconds=seconds),
        ]
        try:
            for feeder in self.feeders:
                feeder.start()
            blows()
            total = mail_by_imap + mail_by_lmtp
            assert drained(self.worker, total), (self.worker.look().arrivals(), self.worker.log()[-3000:])
        finally:
            for feeder in self.feeders:
                feeder.stop()
        began = time.monotonic()
        assert self.worker.stop() == 0
        self.stopped_in = time.monotonic() - began

    def reckon(self, report: Report, **figures: object) -> None:
        """Compare what was sent with what is stored, mail by mail, and ask the store whether it is sound."""
        in_the_mailbox = truth.hashes([kept.raw for kept in self.dovecot.messages()])
        acknowledged = truth.hashes([on_the_wire(raw) for raw in self.by_lmtp])
        with self.worker.opened() as context:
            store = context.store
            imap = truth.lost_and_doubled(in_the_mailbox, truth.stored(store, self.dovecot.user))
            lmtp = truth.lost_and_doubled(acknowledged, truth.stored(store, HELP))
            told = truth.threaded(store, self.dovecot.user), truth.threaded(store, HELP)
            split = truth.split_threads(store, truth.threads(self.by_imap) | truth.threads(self.by_lmtp))
            late = truth.overtaken(store, self.dovecot.user, [on_the_wire(raw) for raw in self.by_imap])
            wrong, people = truth.wrong_waits(store), truth.doubled_people(store)
        ledger, verified = self.worker.command("ledger"), self.worker.command("verify")
        report.say(
            **figures,
            mails=in_the_mailbox.total() + acknowledged.total(),
            lost=imap[0] + lmtp[0],
            doubled=imap[1] + lmtp[1],
            threads_split=len(split),
            overtaken_on_the_way=late,
            mails_brought_again_by_the_MTA=self.feeders[1].retries,
            seconds_to_stop=round(self.stopped_in, 1),
            seed=self.seed,
        )
        assert [feeder.refused for feeder in self.feeders] == [[], []]
        assert (imap, lmtp) == ((0, 0), (0, 0))
        assert told == (in_the_mailbox, acknowledged)
        assert (split, wrong, people) == ([], [], 0), (split[:5], wrong[:5], people, self.worker.log()[-3000:])
        assert ledger["arrivals"] == ledger["threaded"] == in_the_mailbox.total() + acknowledged.total()
        assert (ledger["duplicates"], ledger["quarantined"], ledger["ignored"], ledger["pending"]) == (0, 0, 0, 0)
        assert (verified["ok"], verified["broken"]) == (True, []), verified


def drained(worker: Worker, total: int) -> bool:
    """Wait until all has arrived and been read; a process that gave up is not waited for."""
    look = worker.look()
    done = {"threaded": total}
    return eventually(lambda: look.arrivals() == done or not worker.runs, DRAINED_WITHIN, 0.25) and worker.runs
