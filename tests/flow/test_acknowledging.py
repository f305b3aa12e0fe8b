"""Whoever writes first may be told by itself that it arrived: once, to people only, with the deadline that is true."""

from __future__ import annotations

from datetime import UTC, datetime
from threading import Barrier, Thread

import pytest
from house import House, bounce, mail
from smtp_sink import SmtpSink

from inbox.flow import acknowledge, act, customers, letter_texts, merge, undo
from inbox.flow.acknowledge import deadline, harmless_name, harmless_subject
from inbox.flow.customers import Told
from inbox.flow.errors import RefusedError
from inbox.flow.letter_texts import Letter
from inbox.flow.verify import verify
from inbox.store import acknowledgements, changes, senders, values
from inbox.store.tables import Change, Message

CAROL = "Carol Diaz <carol@customer.example>"


@pytest.fixture
def account(house: House, smtp_sink: SmtpSink) -> int:
    return house.add_account(
        smtp_host="127.0.0.1", smtp_port=str(smtp_sink.port), smtp_security="none", copy_to_sent="no"
    )


@pytest.fixture
def ann(house: House, account: int) -> int:
    """A founder who has just switched it on."""
    ann = house.add_teammate("Ann", "founder")
    with house.store.unit_of_work() as work:
        customers.save(work, Told(accounts=(account,), zone="Europe/Paris"), ann)
    look(house)
    return ann


def look(house: House, times: int = 1) -> None:
    """Let so many workers follow the feed to its end, one after the other."""
    for _ in range(times):
        reader = acknowledge.reader(house.store, house.context.vault)
        while reader.step():
            pass


def passes(house: House, **span: float) -> None:
    look(house)
    house.clock.move(**(span or {"minutes": 1}))
    house.deliver()


def why(house: House) -> dict[str, int]:
    with house.store.reading() as session:
        return acknowledgements.counts(session, datetime(2026, 1, 1, tzinfo=UTC))


def ours(house: House) -> list[Message]:
    [conversation] = house.conversations()
    return [message for message in house.messages(conversation.id or 0) if message.direction == "out"]


def test_carol_is_told_once_by_when_a_person_answers_and_waits_on(
    house: House, account: int, ann: int, smtp_sink: SmtpSink
) -> None:
    house.receive(account, mail(CAROL, message_id="one@customer.example"))
    passes(house)
    [letter] = smtp_sink.letters
    assert letter.recipients == ["carol@customer.example"]
    for line in (b"Auto-Submitted: auto-replied", b"X-Auto-Response-Suppress: All", b"In-Reply-To: <one@customer.ex"):
        assert line in letter.raw
    assert b"answers by Tuesday 3 November, 10:00 (Europe/Paris) at the latest" in letter.raw
    assert b"Hello Carol," in letter.raw
    [wait] = house.open_waits()
    assert wait.kind == "first"
    [conversation] = house.conversations()
    assert (conversation.due_at, conversation.replied_at, conversation.last_from) == (wait.due_at, None, "them")
    house.receive(account, mail(CAROL, "Still there?\n", reply_to_id="one@customer.example"))
    passes(house)
    assert len(smtp_sink.letters) == 1
    assert verify(house.store) == []


def test_nothing_is_sent_until_a_founder_switches_it_on(house: House, account: int, smtp_sink: SmtpSink) -> None:
    house.receive(account, mail(CAROL))
    passes(house)
    assert smtp_sink.letters == []
    assert why(house) == {}


def test_many_workers_tell_her_once(house: House, account: int, ann: int, smtp_sink: SmtpSink) -> None:
    house.receive(account, mail(CAROL))
    look(house, times=3)
    with house.store.unit_of_work() as work:
        change = next(one for one in feed(house) if one.kind == "message.in")
        acknowledge.observe(house.context.vault, work, change)
    passes(house)
    assert len(smtp_sink.letters) == 1


def test_workers_that_look_at_the_same_moment_tell_her_once(
    house: House, account: int, ann: int, smtp_sink: SmtpSink
) -> None:
    for number in range(5):
        who = f"carol-{number}@customer.example"
        house.receive(account, mail(who, subject=f"Matter {number}", message_id=f"{number}@customer.example"))
    start = Barrier(3)

    def follow() -> None:
        start.wait()
        look(house)

    workers = [Thread(target=follow) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    house.clock.move(minutes=1)
    house.deliver()
    assert sorted(letter.recipients[0] for letter in smtp_sink.letters) == [
        f"carol-{number}@customer.example" for number in range(5)
    ]


def feed(house: House) -> list[Change]:
    with house.store.reading() as session:
        return changes.after(session, 0, 1000)


def test_a_person_who_was_quicker_spares_her_the_letter(
    house: House, account: int, ann: int, smtp_sink: SmtpSink
) -> None:
    house.receive(account, mail(CAROL))
    look(house)
    [conversation] = house.conversations()
    house.reply(conversation.id or 0, ann, "It works again.")
    house.clock.move(minutes=2)
    house.deliver()
    assert [b"It works again." in letter.raw for letter in smtp_sink.letters] == [True]
    assert [message.nature for message in ours(house)] == ["auto_reply", "person"]
    assert house.open_waits() == []


@pytest.mark.parametrize("how", ["no_reply_needed", "spam"])
def test_what_ended_before_it_left_is_not_acknowledged(
    house: House, account: int, ann: int, smtp_sink: SmtpSink, how: str
) -> None:
    house.receive(account, mail(CAROL))
    look(house)
    [conversation] = house.conversations()
    with house.store.unit_of_work() as work:
        if how == "spam":
            act.mark_spam(work, conversation.id or 0, ann)
        else:
            act.close(work, conversation.id or 0, ann, "They only said thanks.")
    house.clock.move(minutes=2)
    house.deliver()
    assert smtp_sink.letters == []
    [letter] = ours(house)
    assert house.delivery(letter.id or 0).state == "cancelled"


def test_a_letter_that_could_not_leave_in_time_does_not_name_a_time_that_is_over(
    house: House, account: int, ann: int, smtp_sink: SmtpSink
) -> None:
    house.receive(account, mail(CAROL))
    passes(house, hours=25)
    assert smtp_sink.letters == []


def test_nobody_takes_back_what_leaves_by_itself(house: House, account: int, ann: int) -> None:
    house.receive(account, mail(CAROL))
    look(house)
    [letter] = ours(house)
    with house.store.unit_of_work() as work, pytest.raises(RefusedError, match="by itself"):
        undo.take_back(work, letter.id or 0, ann)


@pytest.mark.parametrize(
    ("raw", "reasons"),
    [
        (mail("shop@shop.example", Precedence="bulk", List_Id="<news.shop.example>"), {}),
        (mail(CAROL, Auto_Submitted="auto-replied"), {}),
        (bounce("bob@nowhere.example", "unknown@example.com"), {}),
        (mail("no-reply@shop.example"), {"machine": 1}),
        (mail(CAROL, X_Auto_Response_Suppress="All"), {"asked_not_to": 1}),
        (mail("support@example.com"), {"ourselves": 1}),
        (mail(CAROL, to="everybody@customer.example"), {"not_to_us": 1}),
        (mail(CAROL, Authentication_Results="mx.example; dmarc=fail"), {"not_theirs": 1}),
    ],
)
def test_machines_lists_and_forged_senders_get_nothing(
    house: House, account: int, ann: int, smtp_sink: SmtpSink, raw: bytes, reasons: dict[str, int]
) -> None:
    house.receive(account, raw)
    passes(house)
    assert smtp_sink.letters == []
    assert why(house) == reasons


def test_two_programs_that_answer_each_other_stop_at_once(
    house: House, account: int, ann: int, smtp_sink: SmtpSink
) -> None:
    house.receive(account, mail(CAROL))
    passes(house)
    [ours_to_her] = smtp_sink.letters
    identifier = ours(house)[0].rfc_message_id
    house.receive(account, mail(CAROL, "I am away.\n", reply_to_id=identifier, Auto_Submitted="auto-replied"))
    house.receive(account, ours_to_her.raw)
    passes(house)
    assert len(smtp_sink.letters) == 1
    assert len(house.conversations()) == 1


def test_one_person_gets_so_many_a_day_whatever_they_write(
    house: House, account: int, ann: int, smtp_sink: SmtpSink
) -> None:
    for number in range(4):
        house.receive(account, mail(CAROL, subject=f"Matter {number}", message_id=f"{number}@customer.example"))
    passes(house)
    assert len(smtp_sink.letters) == 2
    assert why(house) == {"": 2, "enough": 2}
    house.clock.move(hours=24)
    house.receive(account, mail(CAROL, subject="The next day", message_id="next@customer.example"))
    passes(house)
    assert len(smtp_sink.letters) == 3


def test_history_is_not_acknowledged(house: House, smtp_sink: SmtpSink, account: int, ann: int) -> None:
    old = house.add_account(
        "old@example.com",
        smtp_host="127.0.0.1",
        smtp_port=str(smtp_sink.port),
        smtp_security="none",
        history_before="2026-11-02T09:30:00+00:00",
    )
    with house.store.unit_of_work() as work:
        customers.save(work, Told(accounts=(account, old)), ann)
    house.receive(old, mail(CAROL, to="old@example.com"))
    passes(house)
    assert smtp_sink.letters == []
    assert why(house) == {}


def test_a_stranger_cannot_advertise_in_our_name(house: House, account: int, ann: int, smtp_sink: SmtpSink) -> None:
    forged = '"Click www.pills.example now" <victim@customer.example>'
    house.receive(account, mail(forged, "Buy.\n", subject="Buy at https://pills.example"))
    passes(house)
    [letter] = smtp_sink.letters
    assert b"pills" not in letter.raw


def test_a_letter_that_names_no_time_does_not_leave(house: House, account: int, ann: int, smtp_sink: SmtpSink) -> None:
    """The team may have written its own before this letter had to name one."""
    with house.store.unit_of_work() as work:
        values.put(work, "letter.acknowledgement.en", {"subject": "Hello", "text": "We have your message."})
    house.receive(account, mail(CAROL))
    passes(house)
    assert smtp_sink.letters == []
    assert why(house) == {"not_filled_in": 1}
    with house.store.unit_of_work() as work, pytest.raises(RefusedError, match="names the time"):
        letter_texts.save(work, "acknowledgement", "en", Letter("Hello", "We have your message."), ann)


def test_only_a_mail_account_that_sends_can_acknowledge(house: House) -> None:
    silent = house.add_account()
    ann = house.add_teammate("Ann", "founder")
    with house.store.unit_of_work() as work, pytest.raises(RefusedError, match="can send"):
        customers.save(work, Told(accounts=(silent,)), ann)
    with house.store.unit_of_work() as work, pytest.raises(RefusedError, match="Atlantis"):
        customers.save(work, Told(zone="Europe/Atlantis"), ann)


@pytest.mark.parametrize(
    ("language", "offset", "zone", "said"),
    [
        ("en", None, "Europe/Paris", "Tuesday 24 November, 10:15 (Europe/Paris)"),
        ("fr", None, "Europe/Paris", "mardi 24 novembre à 10 h 15 (Europe/Paris)"),
        ("en", -300, "Europe/Paris", "Tuesday 24 November, 04:15 (UTC-05:00)"),
        ("en", 0, "Europe/Paris", "Tuesday 24 November, 09:15 (UTC)"),
        ("fr", 840, "UTC", "mardi 24 novembre à 23 h 15 (UTC+14:00)"),
    ],
)
def test_the_time_is_named_by_a_clock_that_is_named(language: str, offset: int | None, zone: str, said: str) -> None:
    assert deadline(datetime(2026, 11, 24, 9, 15, 59, tzinfo=UTC), language, offset, zone) == said


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("Carol Diaz", "Carol"),
        ("Zoë", "Zoë"),
        ("O'Neill, Bob", "O'Neill"),
        ("carol@customer.example", ""),
        ("www.pills.example", ""),
        ("[here](https://pills.example)", ""),
        ("<b>Bob</b>", ""),
        ("", ""),
    ],
)
def test_a_name_is_a_name(name: str, first: str) -> None:
    assert harmless_name(name) == first


def test_a_subject_with_a_link_becomes_dots() -> None:
    assert harmless_subject("See http://pills.example") == "…"
    assert harmless_subject("  Can't   export ") == "Can't export"


def test_spam_that_was_told_so_by_itself_still_teaches(house: House, account: int, ann: int) -> None:
    house.receive(account, mail(CAROL, "Buy now"))
    passes(house)
    assert len(ours(house)) == 1
    with house.store.unit_of_work() as work:
        act.mark_spam(work, 1, ann)
    with house.store.reading() as session:
        found = senders.find(session, "address", "carol@customer.example")
    assert found is not None
    assert found.verdict == "learned"


def test_a_quick_answer_keeps_it_here_also_after_a_merge(
    house: House, account: int, ann: int, smtp_sink: SmtpSink
) -> None:
    house.receive(account, mail(CAROL, message_id="one@customer.example"))
    house.reply(1, ann)
    house.deliver()
    house.receive(account, mail(CAROL, "And another thing", message_id="two@customer.example"))
    look(house)
    with house.store.unit_of_work() as work:
        merge.merge(work, 2, 1, ann)
    house.reply(1, ann)
    passes(house)
    house.deliver()
    assert [b"Auto-Submitted" in letter.raw for letter in smtp_sink.letters] == [False, False]
