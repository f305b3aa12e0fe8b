"""Who is told what happens, once each, and by which means."""

from __future__ import annotations

from typing import Any

import pytest
from house import House, mail
from smtp_sink import SmtpSink

from inbox.flow import act, mentions, notice_mail, notices, reply
from inbox.flow.notice_words import sentence
from inbox.store import notices as rows
from inbox.store import teammates
from inbox.store.tables import Notice


class Desk:
    """A house whose notices are made when a test says so."""

    def __init__(self, house: House, account: int) -> None:
        self.house, self.account = house, account
        self.alice, self.bob = house.add_teammate("Alice", "founder"), house.add_teammate("Bob")
        self.readers = [notices.reader(house.store), notices.reader(house.store)]
        self.tell()

    def hear(self, text: str = "Hello", **more: Any) -> int:
        self.house.receive(self.account, mail(text=text, **more))
        return max(row.id or 0 for row in self.house.conversations())

    def tell(self) -> None:
        """Two processes look at the feed, in turns, until there is nothing to see."""
        while sum(reader.step() for reader in self.readers):
            pass

    def assign(self, conversation_id: int, to: int | None, by: int) -> None:
        with self.house.store.unit_of_work() as work:
            act.assign(work, conversation_id, to, by)
        self.tell()

    def prefer(self, who: int, **wanted: object) -> None:
        with self.house.store.unit_of_work() as work:
            notices.prefer(work, who, **wanted)

    def of(self, who: int) -> list[Notice]:
        with self.house.store.reading() as session:
            return rows.newest(session, who, 50)

    def said(self, who: int) -> list[str]:
        return [sentence(one.kind, one.data) for one in self.of(who)]


@pytest.fixture
def desk(house: House, smtp_sink: SmtpSink) -> Desk:
    settings = {"smtp_host": "127.0.0.1", "smtp_port": str(smtp_sink.port), "smtp_security": "none"}
    made = Desk(house, house.add_account(**settings))
    with house.store.unit_of_work() as work:
        for teammate in teammates.everyone(work.session):
            teammate.mail = f"{teammate.name.lower()}@home.example"
    return made


def test_whoever_is_given_a_conversation_hears_of_it_once(desk: Desk) -> None:
    carol = desk.hear()
    desk.assign(carol, desk.bob, desk.alice)
    assert desk.said(desk.bob) == ["Alice gave you the conversation with Carol Diaz."]
    desk.tell()
    assert len(desk.of(desk.bob)) == 1
    assert desk.of(desk.alice) == []


def test_nobody_hears_of_what_they_did_themselves(desk: Desk) -> None:
    carol = desk.hear()
    desk.assign(carol, desk.bob, desk.bob)
    assert desk.of(desk.bob) == []


def test_a_customer_who_writes_again_is_news_for_whoever_has_the_conversation(desk: Desk) -> None:
    carol = desk.hear(message_id="first@customer.example")
    desk.assign(carol, desk.bob, desk.bob)
    desk.hear("And another thing", reply_to_id="first@customer.example")
    desk.tell()
    assert desk.said(desk.bob) == ["Carol Diaz wrote again."]


def test_a_note_that_names_somebody_tells_them(desk: Desk) -> None:
    carol = desk.hear()
    with desk.house.store.unit_of_work() as work:
        note = reply.add_note(work, carol, desk.alice, "@Bob do you know this?")
        mentions.remember(work, carol, note, "@Bob do you know this?", desk.alice)
    desk.tell()
    assert desk.said(desk.bob) == ["Alice mentions you in a note about Carol Diaz."]


def test_what_happened_before_the_first_start_is_not_told(house: House) -> None:
    account = house.add_account()
    alice, bob = house.add_teammate("Alice"), house.add_teammate("Bob")
    house.receive(account, mail())
    with house.store.unit_of_work() as work:
        act.assign(work, 1, bob, alice)
    reader = notices.reader(house.store)
    while reader.step():
        pass
    with house.store.reading() as session:
        assert rows.unread(session, bob) == 0


def test_after_a_long_outage_old_news_is_not_told(desk: Desk) -> None:
    carol = desk.hear()
    with desk.house.store.unit_of_work() as work:
        act.assign(work, carol, desk.bob, desk.alice)
    desk.house.clock.move(days=3)
    desk.tell()
    assert desk.of(desk.bob) == []


def test_whom_nobody_takes_is_told_after_each_ones_own_patience(desk: Desk) -> None:
    desk.prefer(desk.alice, unclaimed_hours=2)
    desk.hear()
    desk.house.clock.move(hours=2)
    assert notices.sweep(desk.house.store) == 1
    assert notices.sweep(desk.house.store) == 0
    desk.house.clock.move(hours=2)
    assert notices.sweep(desk.house.store) == 1
    assert desk.said(desk.alice) == ["Carol Diaz has waited for 2 h, and nobody took it."]
    assert desk.said(desk.bob) == ["Carol Diaz has waited for 4 h, and nobody took it."]


def test_what_is_nobodys_is_told_to_those_on_duty(desk: Desk) -> None:
    desk.prefer(desk.alice, on_duty=True)
    desk.hear()
    desk.house.clock.move(hours=5)
    notices.sweep(desk.house.store)
    assert (len(desk.of(desk.alice)), desk.of(desk.bob)) == (1, [])


def test_a_mail_bundles_what_was_not_read_meanwhile(desk: Desk, smtp_sink: SmtpSink) -> None:
    desk.prefer(desk.bob, notices={"assigned": ["mail"]})
    first, second = desk.hear("One"), desk.hear("Two", sender="Dan <dan@customer.example>", subject="[x](http://evil)")
    third = desk.hear("Three", sender="Eve <eve@customer.example>")
    for one in (first, second, third):
        desk.assign(one, desk.bob, desk.alice)
    assert notice_mail.send_due(desk.house.context) == 0  # it waits a little
    with desk.house.store.unit_of_work() as work:
        notices.read(work, desk.bob, conversation_id=third)
    desk.house.clock.move(minutes=3)
    assert notice_mail.send_due(desk.house.context) == 3
    assert notice_mail.send_due(desk.house.context) == 0
    desk.house.deliver()
    [letter] = smtp_sink.letters
    assert letter.recipients == ["bob@home.example"]
    text = letter.raw.decode()
    assert "2 things wait for you in Under24" in text
    assert f"/inbox/all/{first}" in text
    assert f"/inbox/all/{third}" not in text
    assert 'href=3D"http://evil' not in text


def test_a_mail_of_the_night_leaves_in_the_morning(desk: Desk) -> None:
    desk.prefer(desk.bob, notices={"assigned": ["mail"]}, quiet={"from": "18:00", "to": "08:00"})
    carol = desk.hear()
    desk.house.clock.move(hours=10)
    desk.assign(carol, desk.bob, desk.alice)
    desk.house.clock.move(hours=1)
    assert notice_mail.send_due(desk.house.context) == 0
    desk.house.clock.move(hours=12)
    assert notice_mail.send_due(desk.house.context) == 1


def test_mail_that_nobody_can_send_waits_and_is_then_given_up(house: House) -> None:
    desk = Desk(house, house.add_account())
    desk.prefer(desk.bob, notices={"assigned": ["mail"]})
    desk.assign(desk.hear(), desk.bob, desk.alice)
    house.clock.move(minutes=3)
    assert notice_mail.send_due(house.context) == 1
    assert notice_mail.send_due(house.context) == 0
    house.clock.move(days=2)
    assert notice_mail.send_due(house.context) == 1
    assert notice_mail.send_due(house.context) == 0
