"""The loops of one process, each a thread that survives what it meets and stops when told.

pull: one thread an account. read: what was stored and not yet read. deliver: the outbox. deadlines: a timer
rings the bell; effects are unique rows, so any number of processes may ring. rules, notices, push, ladder: see
there.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

from apscheduler.schedulers.background import BackgroundScheduler

from connectors.contract import Pulls
from connectors.errors import ChannelError
from inbox.clock import monotonic
from inbox.flow import data_jobs, deliver, erased_again, following, hooking, read, telling, tick
from inbox.flow.watch import AccountLoop
from inbox.store import accounts, arrivals, locks, outbox, webhooks
from inbox.store.db import Bell
from inbox.store.trouble import Trouble
from inbox.vault import VaultError

if TYPE_CHECKING:
    from datetime import datetime

    from inbox.flow.context import Context

SWEEP = 30
"""Seconds between sweeps for deadlines when nothing seems to be due."""
DEADLINES = 2.0
"""Seconds between looks at the next deadline: the safety net under the timer."""
BUSY = 0.2
"""Seconds until the next look when what is due is in another's hands."""
LOOK = 5.0
"""Seconds between looks at what to do when nobody rang."""

log = logging.getLogger(__name__)


class Loop(threading.Thread):
    """Calls `step` for ever; `step` returns the seconds to sleep, cut short by `bell` or `stop`."""

    def __init__(self, name: str, step: Callable[[], float], sleep: Callable[[float], bool]) -> None:
        super().__init__(name=name, daemon=True)
        self._step, self._sleep = step, sleep
        self.stopping = threading.Event()

    def run(self) -> None:
        """Go on until stopped; trouble with the store is waited out."""
        while not self.stopping.is_set():
            try:
                pause = self._step()
            except (Trouble, OSError) as error:
                log.warning("%s: the store could not be used (%s); trying again.", self.name, type(error).__name__)
                pause = 2.0
            except Exception:
                log.exception("%s met something unexpected; going on.", self.name)
                pause = LOOK
            if pause > 0 and not self.stopping.is_set():
                self._sleep(pause)


class Jobs:
    """Everything a working process does in the background."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._accounts: dict[int, AccountLoop] = {}
        bells = context.bells
        self._changed = Bell()
        self._followed: list[Bell] = []
        self._pause = threading.Event()
        self._loops = [
            Loop("accounts", self._watch_accounts, self._pause.wait),
            Loop("read", self._read, bells.arrived.wait),
            Loop("deliver", self._deliver, bells.queued.wait),
            Loop("webhooks", self._tell, self._changed.wait),
            Loop("data", self._work_on_data, self._pause.wait),
            *(Loop(name, step, bell.wait) for name, step, bell in self._following(context)),
        ]
        self._deadlines = Deadlines(context)
        self._at_work = ExitStack()

    def _following(self, context: Context) -> Iterator[tuple[str, Callable[[], float], Bell]]:
        """Name who follows the feed of changes, each woken by a bell of its own."""
        followers = {
            "rules": following.Rules(context).step,
            "notices": following.Notices(context).step,
            "push": following.Push(context).step,
            "ladder": following.Ladder(context).step,
            "handover": following.Handover(context).step,
            "calendars": following.Calendars(context).step,
        }
        for name, step in followers.items():
            self._followed.append(Bell())
            yield name, step, self._followed[-1]

    def _follow(self) -> None:
        for bell in self._followed:
            bell.ring()

    def start(self) -> None:
        """Take over what a dead process held, then start every loop."""
        store = self._context.store
        self._at_work.enter_context(locks.working(store, self._take_over))
        self._unlisten = store.on_change(self._context.bells.queued.ring)
        self._untell = store.on_change(self._changed.ring)
        self._unfollow = store.on_change(self._follow)
        telling.begin(store)
        self._deadlines.start()
        for loop in self._loops:
            loop.start()

    def _take_over(self) -> None:
        """What others were reading they read no more; a send is taken over at once only where that is certain.

        Before that, and before anything is fetched, whoever was erased is so again where an older copy was put back.
        """
        erased_again.replay(self._context)
        with self._context.store.unit_of_work() as work:
            arrivals.release_all(work)
            if self._context.store.owner:
                deliver.recover(work)

    def stop(self) -> None:
        """Stop every loop; what runs is finished or cut, nothing is lost by it."""
        self._unlisten()
        self._untell()
        self._unfollow()
        self._deadlines.stop()
        for loop in self._loops:
            loop.stopping.set()
        self._pause.set()
        self._context.bells.arrived.ring()
        self._context.bells.queued.ring()
        self._changed.ring()
        self._follow()
        for running in self._accounts.values():
            running.stop()
        for thread in [*self._loops, *self._accounts.values()]:
            thread.join(timeout=15)
        self._at_work.close()

    def _watch_accounts(self) -> float:
        with self._context.store.reading() as session:
            wanted = {row.id: row for row in accounts.all_accounts(session) if row.enabled and row.id is not None}
        for account_id, running in list(self._accounts.items()):
            account = wanted.get(account_id)
            if account is None or running.made_of != AccountLoop.signature(account) or not running.is_alive():
                running.stop()
                running.join(timeout=15)
                del self._accounts[account_id]
        for account_id, account in wanted.items():
            if account_id not in self._accounts and self._pulls(account_id):
                loop = AccountLoop(self._context, account)
                self._accounts[account_id] = loop
                loop.start()
        return 1.0

    def _pulls(self, account_id: int) -> bool:
        with self._context.store.reading() as session:
            account = accounts.get(session, account_id)
        try:
            return account is not None and isinstance(self._context.channels.reader(account), Pulls)
        except (ChannelError, VaultError, LookupError) as error:
            with self._context.store.unit_of_work() as work:
                if accounts.mark_error(work, account_id, str(error)):
                    work.announce("account.trouble", account_id=account_id, error=str(error))
            return False

    def _read(self) -> float:
        if read.read_pending(self._context):
            return 0
        with self._context.store.reading() as session:
            return _until(arrivals.next_due(session), self._context.clock())

    def _deliver(self) -> float:
        if deliver.deliver_once(self._context):
            return 0
        with self._context.store.reading() as session:
            return _until(outbox.next_due(session), self._context.clock())

    def _work_on_data(self) -> float:
        done = data_jobs.run_next(self._context)
        return 0 if done or data_jobs.look_after(self._context) else LOOK

    def _tell(self) -> float:
        if hooking.tell(self._context):
            return 0
        with self._context.store.reading() as session:
            return _until(webhooks.next_due(session), self._context.clock())


def _until(due: datetime | None, now: datetime) -> float:
    if due is None:
        return LOOK
    return min(max((due - now).total_seconds(), 0.05), LOOK)


class Deadlines:
    """A timer for the next deadline, and looks between; both call the same tick, which any number may call.

    The timer (APScheduler, in memory) only rings a bell. It believes the wall clock, which may be put back or forward,
    and sleeps with the laptop; the looks go by a clock that cannot be set, so that none of this makes a step late.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._bell = Bell()
        self._loop = Loop("deadlines", self.step, self._bell.wait)
        defaults = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        self._scheduler = BackgroundScheduler(timezone="UTC", job_defaults=defaults, daemon=True)
        self._swept: float | None = None

    def start(self) -> None:
        """Ring what is due already, then keep watch."""
        self._scheduler.start()
        self._loop.start()

    def stop(self) -> None:
        """Stop ringing."""
        self._loop.stopping.set()
        self._bell.ring()
        self._loop.join(timeout=15)
        self._scheduler.remove_all_jobs()  # waits for a timer that rings just now: a stopped scheduler loses its job
        self._scheduler.shutdown(wait=False)

    def step(self) -> float:
        """Do what is due, set the timer for what comes next, and return the seconds until the next look."""
        swept = self._swept is not None and monotonic() - self._swept < SWEEP
        if not swept or self._is_due(self._next()):
            tick.tick(self._context.store)
            self._swept = monotonic()
        following = self._next()
        if self._is_due(following):
            return BUSY
        if following is not None:
            self._scheduler.add_job(self._bell.ring, "date", run_date=following, id="next", replace_existing=True)
        return DEADLINES

    def _next(self) -> datetime | None:
        with self._context.store.reading() as session:
            return tick.next_at(session)

    def _is_due(self, at: datetime | None) -> bool:
        return at is not None and at <= self._context.clock()
