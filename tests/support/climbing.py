"""A desk whose ladder is climbed when a test says so: a house, a mailbox made of lists, and who works there."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from house import House
from sqlalchemy import update

from connectors import fake
from connectors.contract import Outbound
from inbox.flow import claims, notices, telling, telling_direct, telling_out, tick
from inbox.flow.notice_words import sentence
from inbox.flow.pull import pull_all
from inbox.store import notices as notice_rows
from inbox.store import tellings
from inbox.store.tables import Account, Notice, PolicyVersion, Teammate
from rules.escalation import DEFAULT, dump

SUPPORT = "support@example.com"


class Desk:
    """A house with a mailbox made of lists, whose ladder is climbed when a test says so, by two processes in turns."""

    def __init__(self, house: House) -> None:
        fake.forget()
        self.house, self.clock = house, house.clock
        self.account = self.open(SUPPORT, "mail")
        self.alice = self.hire("Alice", "founder")
        self.bo = self.hire("Bo", on_duty=True)
        self.cy = self.hire("Cy")
        self.readers = [telling.reader(house.store), telling.reader(house.store)]
        self.turn()

    def open(self, address: str, pose: str) -> int:
        with self.house.store.unit_of_work() as work:
            row = Account(kind="fake", address=address, settings={"poses_as": pose}, created_at=work.now)
            work.session.add(row)
            work.session.flush()
            return row.id or 0

    def hire(self, name: str, role: str = "member", *, on_duty: bool = False) -> int:
        number = self.house.add_teammate(name, role)
        with self.house.store.unit_of_work() as work:
            row = work.session.get_one(Teammate, number)
            row.mail, row.preferences = f"{name.lower()}@home.example", {"on_duty": True} if on_duty else {}
        return number

    def prefer(self, who: int, **wanted: object) -> None:
        with self.house.store.unit_of_work() as work:
            notices.prefer(work, who, **wanted)

    def write(self, name: str = "Carol") -> int:
        """Somebody writes; returns the conversation."""
        address = f"{name.lower()}@customer.example"
        fake.box(SUPPORT).deliver("Help", sender=address, name=name, received_at=self.clock.now, subject=f"For {name}")
        self.pull(self.account)
        return max(row.id or 0 for row in self.house.conversations())

    def pull(self, account: int) -> None:
        with self.house.store.reading() as session:
            found = session.get_one(Account, account)
        pull_all(self.house.context, account, self.house.context.channels.open(found))  # type: ignore[arg-type]

    def turn(self) -> None:
        """Let both processes do all that is due now."""
        tick.tick(self.house.store)
        while any([reader.step() for reader in self.readers]):  # noqa: C419 - each has its turn
            pass
        for _ in range(4):
            telling.tell_due(self.house.store)
            telling_out.hand_over(self.house.context)
            telling_direct.send_due(self.house.context)
            self.house.deliver()
            telling_out.look_after(self.house.context)

    def after(self, **span: float) -> None:
        self.clock.move(**span)
        self.turn()

    def letters(self, who: str, box: str = SUPPORT) -> list[Outbound]:
        return [one for one in fake.box(box).sent if one.to[0].value == f"{who}@home.example"]

    def bell(self, who: int) -> list[str]:
        with self.house.store.reading() as session:
            rows: list[Notice] = notice_rows.newest(session, who, 50)
        return [str(sentence(one.kind, one.data)) for one in rows if one.kind in {"ladder", "outage", "unreached"}]

    def told(self, wait: int = 1) -> set[tuple[str, int, str, str]]:
        with self.house.store.reading() as session:
            found = tellings.told(session, [wait]).get(wait, [])
        return {(one.step, one.person, one.means, one.state) for one in found}

    def claim(self, conversation: int, who: int) -> Any:
        with self.house.store.unit_of_work() as work:
            return claims.claim(work, conversation, who)

    def answer(self, conversation: int, who: int) -> None:
        self.house.reply(conversation, who)
        self.house.deliver()

    def ladder(self, **changed: Any) -> None:
        """Let the promise of this house climb another ladder: the first step is changed."""
        first, *rest = DEFAULT.steps
        made = replace(DEFAULT, steps=(replace(first, **changed), *rest))
        with self.house.store.unit_of_work() as work:
            work.session.execute(update(PolicyVersion).values(ladder=json.dumps(dump(made))))
