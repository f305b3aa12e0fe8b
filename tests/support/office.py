"""An office: the house with every loop of a working process, turned by hand, and an account made of lists.

What a story does is what a process does: the loops are those of `inbox.jobs`, so that what nobody wired in does not
happen here either. Time passes in hops, each deadline at its own instant.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from house import SUPPORT, House
from sqlmodel import col, select

from connectors import fake
from connectors.contract import Outbound, Pulls
from connectors.errors import ChannelError
from inbox.flow import act, claims, rota, tick
from inbox.flow.notice_words import sentence
from inbox.flow.pull import pull_all
from inbox.flow.watch import AccountLoop
from inbox.jobs import Jobs
from inbox.store import accounts, changes, notices, outbox, tellings
from inbox.store.tables import Account, Teammate, Telling, TellingSend, Wait, WaitStep

_MAIL = {"poses_as": "mail"}
HOP = timedelta(hours=2)
ROUNDS = 50
"""So many turns of the loops settle whatever happened; more would never end."""


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
            row = Account(kind="fake", address=SUPPORT, name="Example", settings=_MAIL, created_at=work.now)
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
        known = {
            "sender": f"{who.lower()}@customer.example",
            "name": who,
            "subject": f"A matter of {who}",
            "message_id": f"m{self.written}@customer.example",
        }
        at = more.pop("at", self.now)
        before = changes_of(self.house)
        self.box.deliver(text, received_at=at, **{**known, **more})  # type: ignore[arg-type]
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

    def claim(self, conversation_id: int, who: str) -> datetime:
        """Say "I'm on it"; returns until when that counts."""
        with self.house.store.unit_of_work() as work:
            until = claims.claim(work, conversation_id, self.team[who])
        self.settle()
        return until

    def rota(self, *names: str) -> int:
        """Let these take turns from today on, a day each, handing over at 9:00 UTC."""
        by = self.team[names[0]]
        with self.house.store.unit_of_work() as work:
            number = rota.set_up(work, rota.Frame("UTC"), by)
            places = tuple(rota.Place(self.team[name]) for name in names)
            rota.save_layer(work, number, rota.Given("Days", places, self.now.date(), unit="day"), by)
        self.settle()
        return number

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
        jobs._deadlines.step()
        steps = [loop._step for loop in jobs._loops if loop.name != "accounts"]
        return any([step() == 0 for step in steps])  # noqa: C419 - each has its turn

    def pass_time(self, hop: timedelta = HOP, **span: float) -> None:
        """Let time pass; whatever is due on the way happens at its own instant."""
        until = self.now + timedelta(**span)
        while self.now < until:
            self.house.clock.now = min([until, self.now + hop, *self._next()])
            self.pull()
            self.settle()

    def _next(self) -> list[datetime]:
        with self.house.store.reading() as session:
            found = [tick.next_at(session), tellings.next_at(session), outbox.next_due(session)]
        return [at for at in found if at is not None and at > self.now]

    # What can be seen ------------------------------------------------------------------------------------------------

    def steps(self, conversation_id: int) -> dict[str, timedelta]:
        """Return the steps that have rung of a conversation's newest wait, and how long after its start."""
        wait = self.wait_of(conversation_id)
        with self.house.store.reading() as session:
            rows = session.exec(select(WaitStep).where(WaitStep.wait_id == wait.id)).all()
            return {one.step: one.rung_at - wait.started_at for one in rows}

    def told(self, conversation_id: int) -> dict[str, set[str]]:
        """Return who was told of which step of the ladder, of all waits of a conversation."""
        names = {number: name for name, number in self.team.items()}
        mine = col(Wait.conversation_id) == conversation_id
        with self.house.store.reading() as session:
            sends = select(Telling.step, TellingSend.person).join(Telling, col(Telling.id) == TellingSend.telling_id)
            sends = sends.join(Wait, col(Wait.id) == Telling.wait_id).where(mine, col(TellingSend.person) > 0)
            found: dict[str, set[str]] = {}
            for step, person in session.exec(sends):
                found.setdefault(step, set()).add(names[person])
            return found

    def alarms(self, who: str) -> list[Outbound]:
        """Return the letters of the ladder among them."""
        return [one for one in self.letters(who) if one.key.startswith("told:")]

    def bell(self, who: str) -> list[str]:
        """Return what stands in somebody's list of notices, the newest first."""
        with self.house.store.reading() as session:
            return [sentence(one.kind, one.data) for one in notices.newest(session, self.team[who], 50)]

    def wait_of(self, conversation_id: int) -> Wait:
        """Return the open wait of a conversation, else its newest."""
        mine = [wait for wait in self.house.waits() if wait.conversation_id == conversation_id]
        return next((wait for wait in mine if wait.closed_at is None), mine[-1])

    def letters(self, who: str) -> list[Outbound]:
        """Return what was mailed to somebody of the team."""
        address = f"{who.lower()}@home.example"
        return [one for one in self.box.sent if [handle.value for handle in one.to] == [address]]


def changes_of(house: House) -> int:
    with house.store.reading() as session:
        return changes.last_seq(session)
