"""An office: the house with every loop of a working process, turned by hand, and an account made of lists.

What a story does is what a process does: the loops are those of `inbox.jobs`, so that what nobody wired in does not
happen here either. Time passes in hops, each deadline at its own instant.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from house import SUPPORT, House
from sqlmodel import select

from connectors import fake
from connectors.contract import Outbound, Pulls
from connectors.errors import ChannelError
from inbox.flow import act, tick
from inbox.flow.pull import pull_all
from inbox.flow.watch import AccountLoop
from inbox.jobs import Jobs
from inbox.store import accounts, changes, outbox
from inbox.store.tables import Account, Teammate, Wait, WaitStep

HOP = timedelta(minutes=30)
ROUNDS = 50
"""So many turns of the loops settle whatever happened; more would never end."""
PLAIN = {"Carol": "carol@customer.example", "Dana": "dana@kim.example", "Sam": "sam@ode.example"}


@dataclass
class Office:
    """Who works here, who writes to them, and the loops of one process or of several."""

    house: House
    processes: int = 1
    team: dict[str, int] = field(default_factory=dict)
    box: fake.Box = field(init=False)
    account: int = field(init=False)
    jobs: list[Jobs] = field(init=False)
    written: int = 0

    def __post_init__(self) -> None:
        fake.forget()
        self.box = fake.box(SUPPORT)
        with self.house.store.unit_of_work() as work:
            row = Account(kind="fake", address=SUPPORT, name="Example", settings={}, created_at=work.now)
            work.session.add(row)
            work.session.flush()
            self.account = row.id or 0
        self.jobs = [Jobs(self.house.context) for _ in range(self.processes)]
        self.settle()

    @property
    def now(self) -> datetime:
        return self.house.clock.now

    def hire(self, name: str, role: str = "member", *, on_duty: bool = False) -> int:
        self.team[name] = self.house.add_teammate(name, role)
        with self.house.store.unit_of_work() as work:
            row = work.session.get_one(Teammate, self.team[name])
            row.mail = f"{name.lower()}@home.example"
            row.preferences = {"on_duty": True} if on_duty else {}
        return self.team[name]

    # What customers do -----------------------------------------------------------------------------------------------

    def write(self, who: str = "Carol", text: str = "It does not work.", **more: object) -> int:
        """Somebody writes; returns the conversation it came to."""
        self.written += 1
        known = {"name": who, "subject": f"A matter of {who}", "message_id": f"m{self.written}@customer.example"}
        address, at = PLAIN.get(who, f"{who.lower()}@customer.example"), more.pop("at", self.now)
        before = changes_of(self.house)
        self.box.deliver(text, sender=address, received_at=at, **{**known, **more})  # type: ignore[arg-type]
        self.pull()
        self.settle()
        with self.house.store.reading() as session:
            came = [one for one in changes.after(session, before, 500) if one.kind in {"message.in", "message.out"}]
        return (came[0].conversation_id or 0) if came else 0

    def pull(self) -> None:
        """Look into the account as its loop does, trouble and all."""
        with self.house.store.reading() as session:
            account = accounts.get(session, self.account)
        assert account
        connector = self.house.context.channels.open(account)
        assert isinstance(connector, Pulls)
        try:
            pull_all(self.house.context, self.account, connector)
        except ChannelError as error:
            AccountLoop(self.house.context, account)._trouble(error)
        finally:
            connector.close()

    # What the team does ----------------------------------------------------------------------------------------------

    def answer(self, conversation_id: int, who: str, text: str = "We will look.") -> int:
        """Reply, and let it leave."""
        message = self.house.reply(conversation_id, self.team[who], text)
        self.settle()
        return message

    def assign(self, conversation_id: int, who: str | None, by: str) -> None:
        with self.house.store.unit_of_work() as work:
            act.assign(work, conversation_id, self.team[who] if who else None, self.team[by])
        self.settle()

    # Time ------------------------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Let every process do all that is due at this instant."""
        for _ in range(ROUNDS):
            before = changes_of(self.house)
            busy = [self._turn(jobs) for jobs in self.jobs]
            if not any(busy) and changes_of(self.house) == before:
                return
        raise AssertionError("The loops never came to rest.")

    def _turn(self, jobs: Jobs) -> bool:
        tick.tick(self.house.store)
        steps = [loop._step for loop in jobs._loops if loop.name not in {"accounts", "data"}]
        return any([step() == 0 for step in steps])  # noqa: C419 - each has its turn

    def pass_time(self, hop: timedelta = HOP, **span: float) -> None:
        """Let time pass; whatever is due on the way happens at its own instant."""
        until = self.now + timedelta(**span)
        while self.now < until:
            self.house.clock.now = min(until, self.now + hop, *self._next())
            self.settle()

    def _next(self) -> list[datetime]:
        with self.house.store.reading() as session:
            found = [tick.next_at(session), outbox.next_due(session)]
        return [at for at in found if at is not None and at > self.now]

    # What can be seen ------------------------------------------------------------------------------------------------

    def steps(self, conversation_id: int) -> dict[str, timedelta]:
        """Return the steps that have rung of a conversation's newest wait, and how long after its start."""
        wait = self.wait_of(conversation_id)
        with self.house.store.reading() as session:
            rows = session.exec(select(WaitStep).where(WaitStep.wait_id == wait.id)).all()
            return {one.step: one.rung_at - wait.started_at for one in rows}

    def wait_of(self, conversation_id: int) -> Wait:
        return [wait for wait in self.house.waits() if wait.conversation_id == conversation_id][-1]

    def letters(self, who: str) -> list[Outbound]:
        """Return what was mailed to somebody of the team."""
        address = f"{who.lower()}@home.example"
        return [one for one in self.box.sent if [handle.value for handle in one.to] == [address]]


def changes_of(house: House) -> int:
    with house.store.reading() as session:
        return changes.last_seq(session)
