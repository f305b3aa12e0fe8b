"""New conversations go to whoever is on duty, once, and only they."""

from __future__ import annotations

from datetime import timedelta

import pytest
from house import House, mail

from connectors.contract import Arrival
from inbox.flow import act, importing, rota, routing, rule_runs, rules
from inbox.flow.rules import Draft
from inbox.store.tables import Teammate
from inbox.web import telling
from rules.automation import Wish


class Desk:
    """Alice, Bob and Carol's house; who is on duty is switched, and two processes read the feed."""

    def __init__(self, house: House) -> None:
        self.house, self.account = house, house.add_account()
        self.alice, self.bob = house.add_teammate("Alice", "founder"), house.add_teammate("Bob")
        self.readers = [rule_runs.reader(house.store), rule_runs.reader(house.store)]
        self.run()

    def run(self) -> None:
        while sum(reader.step() for reader in self.readers):
            pass

    def turn(self, *, on: bool) -> None:
        with self.house.store.unit_of_work() as work:
            routing.set_on(work, self.alice, on=on)

    def on_duty(self, *who: int) -> None:
        with self.house.store.unit_of_work() as work:
            for one in (self.alice, self.bob):
                work.session.get_one(Teammate, one).preferences = {"on_duty": one in who}

    def rota(self, *who: int) -> None:
        with self.house.store.unit_of_work() as work:
            number = rota.set_up(work, rota.Frame("UTC"), self.alice)
            places = tuple(rota.Place(one) for one in who)
            rota.save_layer(work, number, rota.Given("Days", places, work.now.date(), unit="day"), self.alice)

    def write(self, who: str = "dana", text: str = "Hello", **more: str) -> int | None:
        """Somebody writes; returns whose their conversation is."""
        self.house.receive(self.account, mail(f"{who} <{who}@customer.example>", text, **more))  # type: ignore[arg-type]
        self.run()
        return self.house.conversations()[-1].assignee_id

    def told(self, conversation_id: int) -> list[str]:
        events = [one for one in self.house.messages(conversation_id) if one.kind == "event"]
        return [telling.event(one.details, "Under24") for one in events]


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house)


def test_without_a_rota_new_conversations_stay_with_nobody_until_founders_say_otherwise(desk: Desk) -> None:
    desk.on_duty(desk.bob)
    assert desk.write("dana") is None
    desk.turn(on=True)
    assert desk.write("erin") == desk.bob
    assert desk.told(2) == ["Given to Bob, who was on duty"]
    assert desk.house.conversations()[0].assignee_id is None, "what was there before stays as it was"


def test_with_a_rota_they_go_to_whose_turn_it_is_unless_founders_say_otherwise(desk: Desk) -> None:
    desk.rota(desk.bob, desk.alice)
    first = desk.write("dana")
    desk.house.clock.move(days=1)
    assert {first, desk.write("erin")} == {desk.alice, desk.bob}
    desk.turn(on=False)
    assert desk.write("frank") is None


def test_of_several_on_duty_the_least_busy_one_gets_it(desk: Desk) -> None:
    desk.turn(on=True)
    desk.on_duty(desk.alice, desk.bob)
    assert [desk.write(who) for who in ("dana", "erin", "frank", "grace")] == [
        desk.alice,
        desk.bob,
        desk.alice,
        desk.bob,
    ]


def test_each_is_given_once_however_many_processes_read(desk: Desk) -> None:
    desk.turn(on=True)
    desk.on_duty(desk.alice, desk.bob)
    desk.write("dana")
    fresh = rule_runs.reader(desk.house.store)
    while fresh.step():
        pass
    assert desk.told(1) == ["Given to Alice, who was on duty"]


def test_nobody_on_duty_leaves_it_with_nobody(desk: Desk) -> None:
    desk.turn(on=True)
    assert desk.write("dana") is None


def test_a_rule_has_the_first_word(desk: Desk) -> None:
    desk.turn(on=True)
    desk.on_duty(desk.alice)
    with desk.house.store.unit_of_work() as work:
        draft = Draft("Billing to Bob", "arrived", 0, "invoice", Wish(assign=str(desk.bob)), stop=False)
        rules.save(work, desk.alice, draft)
    assert desk.write("dana", "My invoice is wrong") == desk.bob
    assert len(desk.told(1)) == 1
    assert desk.write("erin", "My board is empty") == desk.alice


def test_the_end_of_a_shift_takes_nothing_from_anybody_nor_does_a_second_message(desk: Desk) -> None:
    desk.turn(on=True)
    desk.on_duty(desk.bob)
    desk.write("dana", message_id="one@customer.example")
    desk.on_duty(desk.alice)
    desk.run()
    desk.write("dana", "And another thing", message_id="two@customer.example", reply_to_id="one@customer.example")
    [talk] = desk.house.conversations()
    assert talk.assignee_id == desk.bob

    with desk.house.store.unit_of_work() as work:
        act.assign(work, talk.id or 0, None, desk.bob)
    desk.write("dana", "Hello?", message_id="three@customer.example", reply_to_id="two@customer.example")
    assert desk.house.conversations()[0].assignee_id is None, "what somebody put back is not given out again"


def test_history_imports_spam_and_machines_are_given_to_nobody(desk: Desk) -> None:
    desk.turn(on=True)
    desk.on_duty(desk.alice)
    long_ago = desk.house.clock.now - timedelta(days=300)
    old = Arrival("old", mail("Old <old@customer.example>"), long_ago)
    importing.take_in(desk.house.context, desk.account, [old], history_before=desk.house.clock.now)
    with desk.house.store.unit_of_work() as work:
        rules.save(work, desk.alice, Draft("Spam", "arrived", 0, "casino", Wish(end="spam"), stop=True))
    desk.write("mallory", "Join our casino")
    desk.write("robot", Auto_Submitted="auto-generated")
    assert [talk.assignee_id for talk in desk.house.conversations()] == [None, None]


def test_what_could_not_be_read_is_given_to_somebody_too(desk: Desk) -> None:
    desk.turn(on=True)
    desk.on_duty(desk.bob)
    desk.house.receive(desk.account, b"no mail at all\n")
    desk.run()
    assert [talk.assignee_id for talk in desk.house.conversations()] == [desk.bob]
