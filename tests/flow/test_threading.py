from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from house import House, mail
from smtp_sink import SmtpSink
from sqlmodel import select

from inbox.flow import unwanted
from inbox.flow.verify import verify
from inbox.store import placing
from inbox.store.tables import Awaited, Identity, Teammate

CAROL, MALLORY = "Carol <carol@customer.example>", "Mallory <mallory@evil.example>"


@pytest.fixture
def account(house: House, smtp_sink: SmtpSink) -> int:
    return house.add_account(
        smtp_host="127.0.0.1", smtp_port=str(smtp_sink.port), smtp_security="none", plus_addressing="yes"
    )


def replied(house: House) -> tuple[int, str]:
    """Bob answers the only conversation; returns it and the Message-ID of the answer."""
    cid = house.conversations()[0].id or 0
    message_id = house.reply(cid, house.add_teammate("Bob"))
    house.deliver()
    return cid, next(m.rfc_message_id for m in house.messages(cid) if m.id == message_id)


def test_an_answer_joins_by_the_id_that_only_its_reader_can_know(house: House, account: int) -> None:
    house.receive(account, mail(CAROL))
    cid, ours = replied(house)

    house.receive(account, mail(CAROL, "Thank you", subject="Something else", reply_to_id=ours))

    assert [c.id for c in house.conversations()] == [cid]


def test_an_answer_joins_by_our_token_when_every_header_was_lost(
    house: House, account: int, smtp_sink: SmtpSink
) -> None:
    house.receive(account, mail(CAROL))
    cid, _ = replied(house)
    [letter] = smtp_sink.letters
    reply_to = next(line for line in letter.raw.decode().splitlines() if line.startswith("Reply-To:"))
    address = reply_to.partition("<")[2].rstrip(">") or reply_to.split()[-1]
    assert address.startswith("support+")

    house.receive(account, mail("Carol at home <carol@home.example>", "From my phone", to=address, subject="x"))

    assert [c.id for c in house.conversations()] == [cid]


def answered_at(house: House, smtp_sink: SmtpSink, number: int) -> list[str]:
    """Let Bob answer the first conversation; returns where that went."""
    house.clock.move(minutes=1)
    with house.store.reading() as session:
        known = session.exec(select(Teammate.id)).all()
    house.reply(1, known[0] or 0 if known else house.add_teammate("Bob"), f"Answer {number}")
    house.deliver()
    return smtp_sink.letters[-1].recipients


def test_a_forger_who_knows_a_mail_does_not_get_the_answer(house: House, account: int, smtp_sink: SmtpSink) -> None:
    house.receive(account, mail(CAROL, message_id="one@customer.example"))
    forged: dict[str, Any] = {"reply_to_id": "one@customer.example", "Reply_To": "carol@evil.example"}
    house.receive(account, mail(CAROL, "Send me the plans.", message_id="two@evil.example", **forged))
    assert [len(house.conversations()), house.messages(1)[1].flags] == [1, ["reply_elsewhere"]]
    assert answered_at(house, smtp_sink, 1) == ["carol@customer.example"]


def test_where_answers_are_wanted_is_believed_from_the_first_mail_on(
    house: House, account: int, smtp_sink: SmtpSink
) -> None:
    home: dict[str, Any] = {"Reply_To": "carol@home.example"}
    house.receive(account, mail(CAROL, message_id="one@customer.example", **home))
    assert answered_at(house, smtp_sink, 1) == ["carol@home.example"]
    house.receive(account, mail(CAROL, "And now?", message_id="two@x", reply_to_id="one@customer.example", **home))
    assert answered_at(house, smtp_sink, 2) == ["carol@home.example"]
    desk: dict[str, Any] = {"Reply_To": "ticket-8@customer.example"}
    house.receive(account, mail(CAROL, "And now?", message_id="three@x", reply_to_id="one@customer.example", **desk))
    assert answered_at(house, smtp_sink, 3) == ["ticket-8@customer.example"]


def test_a_forged_or_borrowed_token_opens_a_new_conversation(house: House, account: int) -> None:
    house.receive(account, mail(CAROL))
    cid, _ = replied(house)
    token = house.context.vault.conversation_token(cid, "other@example.com")

    for forged in (f"{cid}-{'a' * 26}", token, "1-", "-", "1-" + "z" * 400):
        house.receive(account, mail(MALLORY, f"Let me in {forged}", to=f"support+{forged}@example.com"))

    assert all(m.conversation_id != cid for c in house.conversations()[1:] for m in house.messages(c.id or 0))
    assert len(house.messages(cid)) == 2


def test_a_stranger_who_refers_to_a_customers_mail_gets_a_conversation_of_their_own(house: House, account: int) -> None:
    house.receive(account, mail(CAROL, message_id="one@customer.example"))

    house.receive(account, mail(MALLORY, "Me too", reply_to_id="one@customer.example"))

    first, second = house.conversations()
    assert len(house.messages(first.id or 0)) == 1
    assert second.contact_id != first.contact_id


def test_someone_in_copy_may_answer_the_customers_mail(house: House, account: int) -> None:
    house.receive(account, mail(CAROL, message_id="one@customer.example", Cc="Dave <dave@customer.example>"))

    house.receive(account, mail("Dave <dave@customer.example>", "I see it too", reply_to_id="one@customer.example"))

    [conversation] = house.conversations()
    assert len(house.messages(conversation.id or 0)) == 2


def test_the_same_subject_joins_nothing(house: House, account: int) -> None:
    house.receive(account, mail(CAROL, "First", subject="Help"), mail(CAROL, "Second", subject="Re: Help"))

    assert len(house.conversations()) == 2


def test_the_same_bytes_are_a_duplicate(house: House, account: int) -> None:
    raw = mail(CAROL)
    house.receive(account, raw)
    house.receive(account, raw, raw)

    assert (house.ledger().threaded, house.ledger().duplicates) == (1, 2)
    assert len(house.conversations()) == 1


def test_the_same_mail_by_another_way_is_a_duplicate(house: House, account: int) -> None:
    raw = mail(CAROL)
    by_another_way = b"Received: from mx2.example by mx.example; Mon, 2 Nov 2026 09:00:00 +0000\r\n" + raw
    house.receive(account, raw)
    house.receive(account, by_another_way)

    assert house.ledger().duplicates == 1


def test_another_mail_with_a_used_id_is_kept_and_flagged(house: House, account: int) -> None:
    house.receive(account, mail(CAROL, "First", message_id="one@customer.example"))
    house.receive(account, mail(MALLORY, "Hide this", message_id="one@customer.example"))

    assert house.ledger().threaded == 2
    [message] = house.messages(house.conversations()[1].id or 0)
    assert "used_message_id" in message.flags


def test_the_same_mail_to_two_accounts_is_visible_in_both(house: House, account: int) -> None:
    sales = house.add_account("sales@example.com")
    raw = mail(CAROL, to="support@example.com, sales@example.com")

    house.receive(account, raw)
    house.receive(sales, raw)

    assert [c.account_id for c in house.conversations()] == [account, sales]


def test_our_own_copy_in_the_sent_folder_is_known(house: House, account: int, smtp_sink: SmtpSink) -> None:
    house.receive(account, mail(CAROL))
    replied(house)
    [letter] = smtp_sink.letters

    house.receive(account, letter.raw, direction="out", folder="Sent")

    assert (house.ledger().threaded, house.ledger().duplicates) == (1, 1)


@pytest.mark.parametrize("hostile", ["", "<", "a@[b", "x" * 3000 + "@y", "a b@c", "<<a@b>>"])
def test_a_mail_with_no_id_or_a_hostile_one_is_kept_and_joins_nothing(house: House, account: int, hostile: str) -> None:
    raws = [
        f"From: {who}\r\nTo: support@example.com\r\nSubject: Hi\r\nMessage-ID: {hostile}\r\n"
        f"In-Reply-To: {hostile}\r\n\r\nHello from {who}\r\n".encode()
        for who in (CAROL, MALLORY)
    ]
    house.receive(account, *raws)

    assert house.ledger().threaded == 2
    assert len(house.conversations()) == 2


def test_one_batch_may_hold_a_whole_exchange(house: House, account: int) -> None:
    house.receive(
        account,
        mail(CAROL, "One", message_id="1@c.example"),
        mail(CAROL, "Two", message_id="2@c.example", reply_to_id="1@c.example"),
        mail(CAROL, "Three", message_id="3@c.example", reply_to_id="2@c.example"),
    )

    [conversation] = house.conversations()
    assert [m.text.strip() for m in house.messages(conversation.id or 0)] == ["One", "Two", "Three"]
    assert conversation.version >= 1
    assert conversation.snippet == "Three"


def test_a_mail_without_an_author_is_kept_and_waits(house: House, account: int) -> None:
    house.receive(account, b"Subject: who am I\r\nTo: support@example.com\r\n\r\nHello\r\n")

    assert house.ledger().threaded == 1
    assert len(house.open_waits()) == 1


def test_what_cannot_be_read_is_set_aside_and_the_next_goes_on(house: House, account: int) -> None:
    house.receive(account, b"", mail(CAROL))

    tally = house.ledger()
    assert (tally.quarantined, tally.threaded, tally.balanced) == (1, 1, True)


def test_a_form_that_writes_from_our_own_address_is_a_person(house: House, account: int) -> None:
    house.receive(account, mail("support@example.com", "From the form", Reply_To="dana@customer.example"))

    assert len(house.open_waits()) == 1
    [conversation] = house.conversations()
    message_id = house.reply(conversation.id or 0, house.add_teammate("Bob"))
    assert house.delivery(message_id).payload["to"][0]["value"] == "dana@customer.example"


def test_a_question_that_comes_after_its_answer_joins_it_and_has_waited_longest(house: House, account: int) -> None:
    dave = "Dave <dave@customer.example>"
    house.receive(account, mail(dave, "I see it too", reply_to_id="one@customer.example", Cc=CAROL))
    [conversation] = house.conversations()

    house.receive(account, mail(CAROL, message_id="one@customer.example"), at=house.clock.now - timedelta(minutes=5))

    assert [c.id for c in house.conversations()] == [conversation.id]
    [wait] = house.open_waits()
    assert wait.started_at == house.clock.now - timedelta(minutes=5)


def test_two_answers_to_what_never_came_are_one_conversation(house: House, account: int) -> None:
    for number in ("two", "three"):
        house.receive(
            account, mail(CAROL, number, message_id=f"{number}@customer.example", reply_to_id="one@customer.example")
        )

    [conversation] = house.conversations()
    assert len(house.messages(conversation.id or 0)) == 2


def test_a_stranger_cannot_join_by_being_the_question_or_by_answering_the_same(house: House, account: int) -> None:
    house.receive(account, mail(CAROL, message_id="two@customer.example", reply_to_id="one@customer.example"))

    house.receive(account, mail(MALLORY, "I am the question", message_id="one@customer.example"))
    house.receive(account, mail(MALLORY, "I answer it too", reply_to_id="one@customer.example"))

    first, *others = house.conversations()
    assert len(house.messages(first.id or 0)) == 1
    assert all(other.contact_id != first.contact_id for other in others)


def test_a_question_hundreds_refer_to_is_remembered_of_a_few_only(house: House, account: int) -> None:
    for number in range(placing.AWAITING + 5):
        writer = f"Customer {number} <c{number}@customer.example>"
        house.receive(account, mail(writer, "yes", message_id=f"{number}@c.example", reply_to_id="news@example.org"))

    with house.store.reading() as session:
        assert len(placing.awaiting(session, ["news@example.org"])["news@example.org"]) == placing.AWAITING
        assert session.execute(sa.select(sa.func.count()).select_from(Awaited)).scalar() == placing.AWAITING


def test_naming_somebody_in_a_copy_does_not_draw_them_in(house: House, account: int) -> None:
    news = "news@example.org"  # hundreds have it
    house.receive(account, mail(MALLORY, "I answer it", reply_to_id=news, Cc=CAROL))

    house.receive(account, mail(CAROL, "I answer it too", reply_to_id=news))

    assert [len(house.messages(one.id or 0)) for one in house.conversations()] == [1, 1]


def test_two_who_answer_the_same_and_each_other_are_one_conversation(house: House, account: int) -> None:
    dave = "Dave <dave@customer.example>"
    house.receive(account, mail(dave, "I see it too", reply_to_id="one@customer.example", Cc=CAROL))

    house.receive(account, mail(CAROL, "So do I", reply_to_id="one@customer.example", Cc=dave))

    assert len(house.conversations()) == 1


def test_what_goes_to_spam_in_the_batch_that_shows_where_it_belongs_stays_apart(house: House, account: int) -> None:
    house.receive(account, mail(CAROL, "Before", message_id="before@customer.example"))
    house.receive(account, mail(CAROL, "An answer", message_id="two@customer.example", reply_to_id="one@x.example"))
    bob = house.add_teammate("Bob")
    with house.store.unit_of_work() as work:
        contact = house.conversations()[0].contact_id
        work.session.add(Identity(contact_id=contact, kind="mail", value="carol@x.example", created_at=work.now))
        unwanted.block(work, "carol@customer.example", bob)

    question = mail("Carol <carol@x.example>", message_id="one@x.example", reply_to_id="before@customer.example")
    house.receive(account, question, mail(CAROL, "And more", reply_to_id="two@customer.example"))

    first, second = house.conversations()
    assert [(one.status, one.merged_into) for one in (first, second)] == [("open", None), ("spam", None)]
    assert [wait.conversation_id for wait in house.open_waits()] == [first.id]
    assert house.ledger().pending == 0
    assert verify(house.store, quick=True) == []
