"""What was kept long enough loses its words; whoever waits is never touched."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from house import House, mail
from sqlmodel import select

from inbox.flow import retention
from inbox.flow.act import close
from inbox.flow.errors import RefusedError
from inbox.flow.verify import verify
from inbox.store.db import Store, Work
from inbox.store.tables import Blob, Contact


def keep(house: House, months: int, by: int) -> None:
    with house.store.unit_of_work() as work:
        retention.set_months(work, months, by)


def test_closed_conversations_lose_their_words_after_so_many_months_and_others_never(house: House) -> None:
    account, alice = house.add_account(), house.add_teammate("Alice", "founder")
    house.receive(account, mail(text="Old marmalade"), mail("Dana <dana@customer.example>", "I still wait"))
    old, waiting = house.conversations()
    with house.store.unit_of_work() as work:
        close(work, old.id or 0, alice, "She rang.")
    house.clock.move(days=100)
    house.receive(account, mail("Eve <eve@customer.example>", "Young marmalade"))
    young = house.conversations()[-1]
    with house.store.unit_of_work() as work:
        close(work, young.id or 0, alice, "Answered by phone.")

    assert retention.run_once(house.context) == 0
    with house.store.reading() as session:
        told = [retention.outlook(session, months, house.clock.now).conversations for months in (0, 1, 3, 12)]
    assert told == [0, 1, 1, 0]
    keep(house, 3, alice)
    ledger, waits = house.ledger(), len(house.waits())
    assert retention.run_once(house.context) == 1
    assert retention.run_once(house.context) == 0

    texts = [
        [one.text for one in house.messages(row.id or 0) if one.kind == "message"] for row in house.conversations()
    ]
    assert texts == [[""], ["I still wait"], ["Young marmalade"]]
    assert house.conversations()[0].subject == ""
    assert (house.ledger(), len(house.waits())) == (ledger, waits)
    with house.store.reading() as session:
        assert session.get_one(Contact, old.contact_id).name == "Erased person"
        assert session.get_one(Contact, waiting.contact_id).name == "Dana"
    assert verify(house.store) == []


def test_what_lost_its_words_does_not_come_back_and_the_person_is_heard_again(house: House) -> None:
    account, alice = house.add_account(), house.add_teammate("Alice", "founder")
    house.receive(account, mail(text="Old marmalade"))
    then = house.clock.now
    with house.store.unit_of_work() as work:
        close(work, house.conversations()[0].id or 0, alice, "She rang.")
    keep(house, 1, alice)
    house.clock.move(days=40)
    assert retention.run_once(house.context) == 1

    house.receive(account, mail(text="Old marmalade"), at=then)
    assert len(house.conversations()) == 1
    house.receive(account, mail(text="A word from then that came late"), at=then)
    assert len(house.open_waits()) == 1
    assert verify(house.store) == []


def test_what_could_not_be_read_goes_with_the_conversation_it_stood_in(house: House) -> None:
    account, alice = house.add_account(), house.add_teammate("Alice", "founder")
    house.receive(account, b"Words about marmalade, and no header line.\n")
    with house.store.unit_of_work() as work:
        close(work, house.conversations()[0].id or 0, alice, "She rang.")
    keep(house, 1, alice)
    house.clock.move(days=40)
    assert retention.run_once(house.context) == 1
    with house.store.reading() as session:
        assert [blob for blob in session.exec(select(Blob)) if b"marmalade" in blob.data] == []
    assert verify(house.store) == []


def test_what_is_still_to_leave_keeps_its_words(house: House) -> None:
    account, alice = house.add_account(), house.add_teammate("Alice", "founder")
    house.receive(account, mail(text="Ask me again in spring"))
    talk = house.conversations()[0].id or 0
    said = house.reply(talk, alice, "It is spring", send_at=house.clock.now + timedelta(days=180), late=True)
    with house.store.unit_of_work() as work:
        close(work, talk, alice, "Answered in spring.")
    keep(house, 1, alice)
    house.clock.move(days=60)
    assert retention.run_once(house.context) == 0
    assert house.delivery(said).state == "queued"


def test_a_period_must_make_sense(house: House) -> None:
    alice = house.add_teammate("Alice", "founder")
    for months in (-1, 121, 100_000):
        with house.store.unit_of_work() as work, pytest.raises(RefusedError):
            retention.set_months(work, months, alice)


class Meanwhile:
    """The store, where something happens before one of the steps."""

    def __init__(self, store: Store, before: int, happens: Callable[[], None]) -> None:
        self._store, self._left, self._happens = store, before, happens

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def unit_of_work(self) -> AbstractContextManager[Work]:
        self._left -= 1
        if self._left == 0:
            self._happens()
        return self._store.unit_of_work()


def test_whoever_writes_while_their_old_words_go_is_heard_and_stays_known(house: House) -> None:
    account, alice = house.add_account(), house.add_teammate("Alice", "founder")
    house.receive(account, mail(text="Old marmalade", message_id="old@customer.example"))
    talk = house.conversations()[0]
    with house.store.unit_of_work() as work:
        close(work, talk.id or 0, alice, "She rang.")
    keep(house, 1, alice)
    house.clock.move(days=60)

    def write() -> None:
        house.receive(account, mail(text="More, please", reply_to_id="old@customer.example"))

    store = Meanwhile(house.store, 2, write)
    retention.run_once(replace(house.context, store=store))  # type: ignore[arg-type]
    [now] = house.conversations()
    assert (now.status, now.snippet, len(house.open_waits())) == ("open", "More, please", 1)
    with house.store.reading() as session:
        assert session.get_one(Contact, talk.contact_id).name == "Carol Diaz"
    assert verify(house.store) == []
