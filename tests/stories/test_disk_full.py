"""The disk is full: no mail is acknowledged that is not stored; with space again, all goes on by itself (P11, R6a)."""

from __future__ import annotations

import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest
import truth
from chaos import Report
from dovecot import Dovecot
from feeding import Feeder, on_the_wire
from house import mail
from loopback import eventually, free_port
from needs import missing
from worker import Look, Worker, mailbox

from bench.mails import mails
from inbox.flow import accounts

pytestmark = pytest.mark.slow

HELP = "help@example.com"
MAILS = 600
SMALL, LARGE = 3 * 1024 * 1024, 200 * 1024 * 1024
AGAIN_WITHIN = 10.0


class Disk(Protocol):
    """Where the data are, with little space until it grows."""

    def shrink(self, worker: Worker) -> None: ...

    def grow(self, worker: Worker) -> None: ...


class Limit:
    """No file of the process may grow beyond a size: what a full disk says to it, without being root."""

    def shrink(self, worker: Worker) -> None:
        resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (SMALL, resource.RLIM_INFINITY))

    def grow(self, worker: Worker) -> None:
        resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (LARGE, resource.RLIM_INFINITY))


class Mount:
    """A small disk of its own for the data."""

    def __init__(self, place: Path) -> None:
        self._place = place
        place.mkdir(parents=True)
        asked = ["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "tmpfs", str(place)]
        try:
            mounted = subprocess.run(asked, capture_output=True, check=False).returncode == 0
        except OSError:
            mounted = False
        if not mounted:
            missing("A small disk", "Only root can mount one; the same is shown by a limit on the size of files.")

    def shrink(self, worker: Worker) -> None:
        """It is small from the beginning."""

    def grow(self, worker: Worker) -> None:
        subprocess.run(["mount", "-o", f"remount,size={LARGE}", str(self._place)], check=True)

    def close(self) -> None:
        subprocess.run(["umount", "--lazy", str(self._place)], check=True)


@pytest.fixture(params=["a limit on files", "a full disk"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    if request.param == "a limit on files":
        yield Limit()
        return
    mount = Mount(tmp_path / "data")
    yield mount
    mount.close()


def acknowledged_is_stored(look: Look, feeder: Feeder) -> bool:
    taken = feeder.taken  # counted first: what is taken meanwhile may only add to the store
    return look.number(f"SELECT count(*) FROM arrivals WHERE external_id LIKE '{HELP};%'") >= taken


def test_nothing_is_acknowledged_on_a_full_disk_and_all_goes_on_with_space(
    disk: Disk, dovecot: Dovecot, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report, port = Report(capsys, f"disk full, {type(disk).__name__.lower()}"), free_port()
    by_lmtp = list(mails(MAILS, seed=11))
    by_imap = [mail(text=f"Mail {number}", message_id=f"{number}@customer.example") for number in range(20)]
    with Worker(tmp_path, mailbox(dovecot), lmtp_port=port) as worker:
        with worker.opened() as context, context.store.unit_of_work() as work:
            accounts.add(work, context.vault, context.channels.card("mail"), {"address": HELP, "name": "Help"})
        worker.start()
        disk.shrink(worker)
        feeder, look = Feeder(port, HELP, by_lmtp), worker.look()
        feeder.start()
        assert eventually(lambda: feeder.busy >= 5, 60, 0.05), (feeder.taken, worker.log())
        taken = feeder.taken
        assert acknowledged_is_stored(look, feeder)
        for raw in by_imap:
            dovecot.deliver(on_the_wire(raw))
        assert eventually(lambda: feeder.busy >= 30, 30, 0.05), "it gives no 250 while there is no space"
        assert (worker.runs, acknowledged_is_stored(look, feeder)) == (True, True), worker.log()
        assert feeder.taken <= taken + 20, "small mails may still fit, the many do not"

        disk.grow(worker)
        assert eventually(lambda: feeder.taken > taken + 20, AGAIN_WITHIN, 0.05), worker.log()[-3000:]
        done = {"threaded": MAILS + len(by_imap)}
        assert eventually(lambda: look.arrivals() == done, 60, 0.1), (look.arrivals(), worker.log()[-3000:])
        feeder.stop()
        assert worker.stop() == 0
        assert worker.command("verify")["broken"] == []
        with worker.opened() as context:
            lmtp = truth.lost_and_doubled(
                truth.hashes([on_the_wire(raw) for raw in by_lmtp]), truth.stored(context.store, HELP)
            )
            kept = truth.hashes([one.raw for one in dovecot.messages()])
            imap = truth.lost_and_doubled(kept, truth.stored(context.store, dovecot.user))
    report.say(
        mails=MAILS + len(by_imap),
        stored_before_it_was_full=taken,
        refusals_for_now=feeder.busy,
        lost=lmtp[0] + imap[0],
        doubled=lmtp[1] + imap[1],
    )
    assert (lmtp, imap, feeder.refused) == ((0, 0), (0, 0), [])
