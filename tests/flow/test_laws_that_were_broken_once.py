"""Each of these once broke a law; the stories stay."""

from __future__ import annotations

import pytest
from house import SUPPORT, House, bounce, mail
from smtp_sink import SmtpSink

from connectors.contract import Arrival, Handle
from connectors.errors import Temporary
from inbox.flow import accounts, act, deliver, merge
from inbox.flow.bring import Deliveries
from inbox.flow.hear import hear

CAROL = "carol@customer.example"


@pytest.fixture
def account(house: House, smtp_sink: SmtpSink) -> int:
    return house.add_account(smtp_host="127.0.0.1", smtp_port=str(smtp_sink.port), smtp_security="none")


@pytest.fixture
def bob(house: House) -> int:
    return house.add_teammate("Bob")


def answered(house: House, account: int, bob: int) -> tuple[int, str]:
    """Carol wrote and Bob answered; returns the conversation and the id of the answer."""
    house.receive(account, mail(message_id="one@customer.example"))
    cid = house.conversations()[0].id or 0
    message_id = house.reply(cid, bob)
    house.deliver()
    return cid, next(m.rfc_message_id for m in house.messages(cid) if m.id == message_id)


def test_passing_a_mail_on_from_another_program_answers_nobody(house: House, account: int, bob: int) -> None:
    cid, ours = answered(house, account, bob)
    house.clock.move(hours=1)
    house.receive(account, mail(text="Still broken", reply_to_id=ours))
    house.clock.move(hours=1)

    passed_on = mail(f"Bob <{SUPPORT}>", "Can you look?", to="dev@partner.example", reply_to_id=ours)
    house.receive(account, passed_on, direction="out", folder="Sent")

    [wait] = house.open_waits()
    assert wait.conversation_id == cid
    assert len(house.conversations()) == 2


def test_a_reply_that_only_a_copy_got_answers_nobody(house: House, account: int, bob: int, smtp_sink: SmtpSink) -> None:
    house.receive(account, mail())
    smtp_sink.refuse("RCPT", "550 no such user", recipient=CAROL)
    copy = Handle("mail", "boss@customer.example")
    message_id = house.reply(house.conversations()[0].id or 0, bob, cc=(copy,))
    house.deliver()

    assert [letter.recipients for letter in smtp_sink.letters] == [["boss@customer.example"]]
    assert house.delivery(message_id).state == "failed"
    assert len(house.open_waits()) == 1


def test_the_mails_of_another_mailbox_may_have_the_names_of_the_first(house: House) -> None:
    given = {"address": SUPPORT, "password": "x", "imap_host": "127.0.0.1", "imap_security": "none"}
    card = house.context.channels.card("mail")
    with house.store.unit_of_work() as work:
        account = accounts.add(work, house.context.vault, card, {**given, "imap_port": "1430"})
    bring(house, account, mail(text="In the old one"))
    with house.store.unit_of_work() as work:
        accounts.update(work, house.context.vault, card, account, {**given, "imap_port": "1431"})
    bring(house, account, mail("Dana <dana@customer.example>", "In the new one"))

    assert house.ledger().arrivals == 2


def bring(house: House, account: int, raw: bytes) -> None:
    hear(house.context, account, [Arrival("INBOX;1;1", raw, house.clock.now)])


def test_the_door_says_no_when_the_account_was_paused_on_the_way(house: House, account: int) -> None:
    door = Deliveries(house.context)
    assert door.knows(SUPPORT)
    with house.store.unit_of_work() as work:
        accounts.set_enabled(work, account, on=False)

    with pytest.raises(Temporary):
        door.store(Arrival("x", mail(), house.clock.now), [SUPPORT])
    assert house.ledger().arrivals == 0


@pytest.mark.parametrize("odd", [b"\xff", b"\x00", b"\xed\xa0\x80"])
def test_a_stray_byte_stops_no_neighbour(house: House, account: int, odd: bytes) -> None:
    part = b"--b\r\nContent-Type: image/png; name=a\r\nContent-ID: <q" + odd + b"@x>\r\n\r\nx\r\n--b--\r\n"
    poison = (
        b"From: Mallory <mallory@evil.example>\r\nTo: support@example.com\r\nAuto-Submitted: no\r\n"
        b'Content-Type: multipart/related; boundary="b"\r\n\r\n' + part
    )
    house.receive(account, mail(), poison, mail("Dana <dana@customer.example>"))

    tally = house.ledger()
    assert (tally.pending, tally.quarantined, tally.threaded) == (0, 0, 3)


def test_a_bounce_after_a_merge_reopens_the_wait_where_the_messages_are(house: House, account: int, bob: int) -> None:
    first, ours = answered(house, account, bob)
    started = house.waits()[0].started_at
    house.clock.move(hours=1)
    house.receive(account, mail("Carol <carol@home.example>", "From home"))
    second = house.conversations()[1].id or 0
    with house.store.unit_of_work() as work:
        merge.merge(work, first, second, bob)

    house.receive(account, bounce(CAROL, ours))

    [wait] = house.open_waits()
    assert (wait.conversation_id, wait.started_at) == (second, started)


def test_a_paused_account_sends_nothing_until_it_is_resumed(
    house: House, account: int, bob: int, smtp_sink: SmtpSink
) -> None:
    house.receive(account, mail())
    with house.store.unit_of_work() as work:
        accounts.set_enabled(work, account, on=False)
    house.reply(house.conversations()[0].id or 0, bob)
    assert house.deliver() == 0

    with house.store.unit_of_work() as work:
        accounts.set_enabled(work, account, on=True)
    house.deliver()
    assert len(smtp_sink.letters) == 1


def test_a_reply_that_was_taken_back_answers_nobody(house: House, account: int, bob: int) -> None:
    house.receive(account, mail(text="One", message_id="1@c.example"))
    house.clock.move(minutes=1)
    house.receive(account, mail(text="Two", message_id="2@c.example", reply_to_id="1@c.example"))
    [source] = house.conversations()
    house.clock.move(minutes=1)
    reply = house.reply(source.id or 0, bob)
    with house.store.unit_of_work() as work:
        deliver.cancel(work, house.delivery(reply).id or 0, bob)
    opener = house.messages(source.id or 0)[0]

    with house.store.unit_of_work() as work:
        merge.split(work, opener.id or 0, bob)

    assert len(house.open_waits()) == 2


def test_a_closed_conversation_opens_when_somebody_writes_before_the_answer_has_left(
    house: House, account: int, bob: int
) -> None:
    house.receive(account, mail(message_id="one@customer.example"))
    cid = house.conversations()[0].id or 0
    house.clock.move(minutes=1)
    house.reply(cid, bob, close=True)
    house.clock.move(minutes=1)
    house.receive(account, mail(text="One more thing", reply_to_id="one@customer.example"))
    house.deliver()

    [conversation] = house.conversations()
    assert (conversation.status, len(house.open_waits())) == ("open", 1)
    with house.store.unit_of_work() as work:
        act.close(work, cid, bob, "thanks")
