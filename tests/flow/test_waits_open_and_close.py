from __future__ import annotations

from datetime import timedelta

from house import DAY, House, bounce, mail
from smtp_sink import SmtpSink

from inbox.flow.tick import tick
from inbox.store import changes


def sending(sink: SmtpSink) -> dict[str, str]:
    return {"smtp_host": "127.0.0.1", "smtp_port": str(sink.port), "smtp_security": "none"}


def test_a_customers_mail_opens_a_wait_of_24_hours_from_when_the_provider_had_it(house: House) -> None:
    account = house.add_account()
    had_it_at = house.clock.now - timedelta(hours=3)

    house.receive(account, mail(), at=had_it_at)

    [wait] = house.waits()
    assert (wait.kind, wait.started_at, wait.due_at) == ("first", had_it_at, had_it_at + DAY)
    assert wait.late
    [conversation] = house.conversations()
    assert conversation.due_at == wait.due_at


def test_a_mail_from_the_future_waits_from_now(house: House) -> None:
    house.receive(house.add_account(), mail(), at=house.clock.now + timedelta(days=3))

    [wait] = house.waits()
    assert wait.started_at == house.clock.now


def test_a_second_mail_does_not_start_the_wait_again(house: House) -> None:
    account = house.add_account()
    house.receive(account, mail(message_id="one@customer.example"))
    started = house.clock.now
    house.clock.move(hours=5)

    house.receive(account, mail(text="Are you there?", reply_to_id="one@customer.example"))

    [wait] = house.waits()
    assert wait.started_at == started
    [conversation] = house.conversations()
    assert conversation.snippet == "Are you there?"


def test_the_wait_closes_when_the_server_accepts_the_reply_not_when_it_is_written(
    house: House, smtp_sink: SmtpSink
) -> None:
    account = house.add_account(**sending(smtp_sink))
    bob = house.add_teammate("Bob")
    house.receive(account, mail())
    [conversation] = house.conversations()

    house.reply(conversation.id or 0, bob)
    assert house.open_waits()

    house.clock.move(minutes=2)
    house.deliver()
    [wait] = house.waits()
    assert (wait.cause, wait.closed_by, wait.closed_at) == ("replied", bob, house.clock.now)
    assert house.conversations()[0].due_at is None
    [letter] = smtp_sink.letters
    assert letter.recipients == ["carol@customer.example"]


def test_a_reply_that_the_server_refuses_closes_nothing_and_says_why(house: House, smtp_sink: SmtpSink) -> None:
    account = house.add_account(**sending(smtp_sink))
    house.receive(account, mail())
    smtp_sink.refuse("RCPT", "550 no such user here")

    message_id = house.reply(house.conversations()[0].id or 0, house.add_teammate("Bob"))
    house.deliver()

    assert house.delivery(message_id).state == "failed"
    assert "no such user here" in house.delivery(message_id).error
    assert len(house.open_waits()) == 1


def test_a_reply_is_tried_again_while_the_server_is_away(house: House, smtp_sink: SmtpSink) -> None:
    account = house.add_account(**sending(smtp_sink))
    house.receive(account, mail())
    smtp_sink.refuse("RCPT", "451 come back later")
    message_id = house.reply(house.conversations()[0].id or 0, house.add_teammate("Bob"))

    house.deliver()
    assert house.delivery(message_id).state == "queued"
    assert house.deliver() == 0

    house.clock.move(minutes=2)
    house.deliver()
    assert house.delivery(message_id).state == "sent"
    assert len(smtp_sink.letters) == 1


def test_a_send_that_broke_off_after_the_last_byte_is_unknown_and_never_sent_twice_by_itself(
    house: House, smtp_sink: SmtpSink
) -> None:
    account = house.add_account(**sending(smtp_sink))
    house.receive(account, mail())
    smtp_sink.cut("ANSWER")
    message_id = house.reply(house.conversations()[0].id or 0, house.add_teammate("Bob"))

    house.deliver()
    house.clock.move(days=1)
    house.deliver()

    assert house.delivery(message_id).state == "unknown"
    assert len(smtp_sink.letters) == 1
    assert len(house.open_waits()) == 1


def test_who_writes_again_after_the_reply_was_written_waits_anew(house: House, smtp_sink: SmtpSink) -> None:
    account = house.add_account(**sending(smtp_sink))
    house.receive(account, mail(message_id="one@customer.example"))
    cid = house.conversations()[0].id or 0
    house.clock.move(minutes=1)
    house.reply(cid, house.add_teammate("Bob"))
    again_at = house.clock.move(minutes=1)
    house.receive(account, mail(text="One more thing", reply_to_id="one@customer.example"))

    house.clock.move(minutes=1)
    house.deliver()

    first, second = house.waits()
    assert first.cause == "replied"
    assert (second.kind, second.started_at, second.closed_at) == ("next", again_at, None)


def test_a_mail_that_was_not_on_the_screen_yet_is_not_answered_by_the_reply(house: House, smtp_sink: SmtpSink) -> None:
    """The provider had it before the reply was written, but we fetched it after: nobody has read it."""
    account = house.add_account(**sending(smtp_sink))
    house.receive(account, mail(message_id="one@customer.example"))
    cid = house.conversations()[0].id or 0
    second_at = house.clock.move(minutes=10)
    house.clock.move(minutes=1)
    house.reply(cid, house.add_teammate("Bob"))
    house.clock.move(minutes=1)
    house.receive(account, mail(text="Wait, more", reply_to_id="one@customer.example"), at=second_at)

    house.clock.move(minutes=1)
    house.deliver()

    first, second = house.waits()
    assert first.cause == "replied"
    assert (second.started_at, second.closed_at) == (second_at, None)

    third_at = house.clock.now - timedelta(seconds=90)
    house.reply(cid, 1)
    house.deliver()
    house.clock.move(minutes=1)
    house.receive(account, mail(text="And this", reply_to_id="one@customer.example"), at=third_at)
    assert [wait.started_at for wait in house.open_waits()] == [third_at]


def test_a_bounce_marks_the_delivery_and_reopens_the_same_wait(house: House, smtp_sink: SmtpSink) -> None:
    account = house.add_account(**sending(smtp_sink))
    house.receive(account, mail())
    [before] = house.waits()
    cid = house.conversations()[0].id or 0
    message_id = house.reply(cid, house.add_teammate("Bob"))
    house.deliver()
    [sent] = [message for message in house.messages(cid) if message.id == message_id]

    house.clock.move(minutes=10)
    house.receive(account, bounce("carol@customer.example", sent.rfc_message_id))

    [wait] = house.waits()
    assert (wait.id, wait.started_at, wait.due_at, wait.closed_at) == (
        before.id,
        before.started_at,
        before.due_at,
        None,
    )
    assert house.delivery(message_id).state == "bounced"
    assert [m.nature for m in house.messages(cid)] == ["person", "person", "bounce"]
    assert house.conversations()[0].due_at == before.due_at


def test_a_delay_notice_is_shown_and_changes_nothing(house: House, smtp_sink: SmtpSink) -> None:
    account = house.add_account(**sending(smtp_sink))
    house.receive(account, mail())
    cid = house.conversations()[0].id or 0
    message_id = house.reply(cid, house.add_teammate("Bob"))
    house.deliver()
    [sent] = [message for message in house.messages(cid) if message.id == message_id]

    house.receive(account, bounce("carol@customer.example", sent.rfc_message_id, action="delayed", status="4.4.1"))

    assert house.delivery(message_id).state == "sent"
    assert not house.open_waits()


def test_an_out_of_office_answer_opens_and_closes_nothing(house: House, smtp_sink: SmtpSink) -> None:
    account = house.add_account(**sending(smtp_sink))
    house.receive(account, mail())
    cid = house.conversations()[0].id or 0
    message_id = house.reply(cid, house.add_teammate("Bob"))
    house.deliver()
    [sent] = [message for message in house.messages(cid) if message.id == message_id]

    house.clock.move(minutes=1)
    away = mail(
        text="I am away.", subject="Out of office", reply_to_id=sent.rfc_message_id, Auto_Submitted="auto-replied"
    )
    house.receive(account, away)

    assert len(house.waits()) == 1
    assert not house.open_waits()
    assert house.messages(cid)[-1].nature == "auto_reply"


def test_a_reply_written_in_another_mail_client_closes_the_wait(house: House) -> None:
    account = house.add_account()
    house.receive(account, mail(message_id="one@customer.example"))
    replied_at = house.clock.move(hours=1)

    answer = mail("Bob <support@example.com>", "Done.", to="carol@customer.example", reply_to_id="one@customer.example")
    house.receive(account, answer, direction="out", folder="Sent")

    [wait] = house.waits()
    assert (wait.cause, wait.closed_at) == ("replied", replied_at)
    [conversation] = house.conversations()
    assert [m.direction for m in house.messages(conversation.id or 0)] == ["in", "out"]


def test_sent_mail_read_after_the_inbox_finds_the_waits_it_answered(house: House) -> None:
    """After an outage the whole inbox is read before the Sent folder."""
    account = house.add_account()
    start = house.clock.now
    house.clock.move(days=2)
    house.receive(account, mail(message_id="one@c.example"), at=start)
    house.receive(
        account, mail(text="And now?", message_id="two@c.example", reply_to_id="one@c.example"), at=start + 2 * DAY / 4
    )
    answer = mail("support@example.com", "Done.", to="carol@customer.example", reply_to_id="one@c.example")

    house.receive(account, answer, at=start + DAY / 4, direction="out", folder="Sent")

    first, second = house.waits()
    assert (first.cause, first.closed_at) == ("replied", start + DAY / 4)
    assert (second.started_at, second.closed_at) == (start + DAY / 2, None)
    assert house.conversations()[0].due_at == start + DAY / 2 + DAY


def test_an_older_mail_that_arrives_late_moves_the_wait_back_never_forward(house: House) -> None:
    account = house.add_account()
    start = house.clock.now
    house.clock.move(hours=10)
    house.receive(account, mail(message_id="two@c.example", text="Second", reply_to_id="one@c.example"))
    house.receive(account, mail(message_id="three@c.example", text="Third", reply_to_id="two@c.example"), at=start)

    [wait] = house.waits()
    assert wait.started_at == start
    assert wait.due_at == start + DAY


LADDER = ["warning", "soon", "last_call", "breach"]


def test_the_steps_of_the_ladder_ring_once_each_in_their_time_and_daily_after(house: House) -> None:
    house.receive(house.add_account(), mail())
    started = house.clock.now

    house.clock.move(hours=15, minutes=59)
    assert tick(house.store) == 0
    for move in (1, 360, 90, 30, 1440, 1440):
        house.clock.move(minutes=move)
        assert (tick(house.store), tick(house.store)) == (1, 0)

    times = [started + DAY * hours / 24 for hours in (16, 22, 23.5, 24, 48, 72)]
    assert steps(house) == list(zip([*LADDER, "late_1", "late_2"], times, strict=True))
    assert [told["step"] for told in told_of(house, "wait.step")] == [*LADDER, "late_1", "late_2"]
    assert (len(told_of(house, "wait.warning")), len(told_of(house, "wait.breach"))) == (1, 1)


def test_after_an_outage_all_steps_ring_at_once_and_the_last_is_told(house: House) -> None:
    house.receive(house.add_account(), mail(), at=house.clock.now - 3 * DAY)

    assert tick(house.store) == 1
    assert [name for name, _ in steps(house)] == [*LADDER, "late_2"]
    assert [told["step"] for told in told_of(house, "wait.step")] == ["late_2"]
    assert (told_of(house, "wait.warning"), len(told_of(house, "wait.breach"))) == ([], 1)


def told_of(house: House, kind: str) -> list[dict[str, object]]:
    with house.store.reading() as session:
        return [change.data for change in changes.after(session, 0, 500) if change.kind == kind]


def test_history_keeps_its_mail_and_waits_for_nobody(house: House) -> None:
    account = house.add_account(history_before=house.clock.now.isoformat())

    house.receive(account, mail(), at=house.clock.now - 400 * DAY)
    house.receive(account, mail("Dana <dana@customer.example>", "New one"), at=house.clock.now)

    old, new = house.waits()
    assert (old.cause, old.reason != "") == ("no_reply_needed", True)
    assert new.closed_at is None


def steps(house: House) -> list[tuple[str, object]]:
    from sqlmodel import select

    from inbox.store.tables import WaitStep

    with house.store.reading() as session:
        rows = session.exec(select(WaitStep).order_by(WaitStep.id)).all()  # type: ignore[arg-type]
        return [(row.step, row.due_at) for row in rows]
