"""How long a matter takes as a whole: it begins, pauses while we wait for the person, ends, and goes on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from house import DAY, House, bounce, mail
from smtp_sink import SmtpSink

from inbox.flow import act, merge, policies, resolution
from inbox.flow.policies import Draft
from inbox.store import matter_rows, resolutions
from inbox.store.promise_figures import Span
from rules.sla import Condition

HOUR = timedelta(hours=1)
TWO_DAYS = Draft("Matters", Condition(channels=frozenset({"mail"})), ends_in=2 * 24 * 60)


def begun(house: House, draft: Draft = TWO_DAYS, **settings: str) -> int:
    """Let Carol write to a house that promises an end after two days."""
    alice = house.add_teammate("Alice", "founder")
    follow(house)
    with house.store.unit_of_work() as work:
        policies.save(work, alice, draft)
    house.receive(house.add_account(**settings), mail(message_id="one@customer.example"))
    return alice


def sending(sink: SmtpSink) -> dict[str, str]:
    return {"smtp_host": "127.0.0.1", "smtp_port": str(sink.port), "smtp_security": "none"}


def follow(house: House) -> None:
    reader = resolution.reader(house.store)
    while reader.step():
        pass


def standing(house: House) -> resolution.Standing:
    follow(house)
    with house.store.reading() as session:
        found = resolution.standing(session, 1, house.clock.now)
    assert found is not None
    return found


def answer(house: House, alice: int) -> None:
    house.reply(1, alice, "Look here")
    house.deliver()


def test_a_matter_pauses_while_we_wait_for_carol_and_the_promise_does_not(house: House, smtp_sink: SmtpSink) -> None:
    alice = begun(house, TWO_DAYS, **sending(smtp_sink))
    started = house.clock.now
    assert standing(house).due_at == started + 2 * DAY

    house.clock.move(hours=3)
    answer(house, alice)
    assert (standing(house).spent, standing(house).due_at) == (3 * HOUR, None)
    house.clock.move(hours=40)
    assert standing(house).spent == 3 * HOUR

    house.receive(1, mail(reply_to_id="one@customer.example", message_id="two@customer.example"))
    again = house.clock.now
    assert standing(house).due_at == again + 45 * HOUR
    assert house.waits()[-1].due_at == again + DAY


def test_a_matter_that_must_not_pause_goes_on(house: House, smtp_sink: SmtpSink) -> None:
    alice = begun(house, replace(TWO_DAYS, pauses=False), **sending(smtp_sink))
    house.clock.move(hours=3)
    answer(house, alice)
    house.clock.move(hours=40)

    assert standing(house).spent == 43 * HOUR


def test_a_matter_ends_with_its_conversation_and_goes_on_when_it_is_opened_again(house: House) -> None:
    alice = begun(house)
    house.clock.move(hours=5)
    with house.store.unit_of_work() as work:
        act.close(work, 1, alice, "She found it")
    assert (standing(house).closed, standing(house).spent) == (True, 5 * HOUR)
    house.clock.move(hours=100)
    with house.store.reading() as session:
        assert resolutions.figures(session, house.clock.now - 9 * DAY, house.clock.now) == resolutions.Figures(
            1, 1, 1, 5 * 3600.0, more=False
        )

    house.receive(1, mail(reply_to_id="one@customer.example", message_id="two@customer.example"))
    house.clock.move(hours=50)
    now = standing(house)
    assert (now.closed, now.spent) == (False, 55 * HOUR)
    with house.store.unit_of_work() as work:
        act.close(work, 1, alice, "She found it again")
    follow(house)
    with house.store.reading() as session:
        assert resolutions.figures(session, house.clock.now - 9 * DAY, house.clock.now).in_time == 0
        row = resolutions.of(session, 1)
        assert row is not None
        assert row.first_closed_at == row.started_at + 5 * HOUR


def test_where_nothing_is_promised_about_the_end_nothing_is_followed(house: House) -> None:
    begun(house, replace(TWO_DAYS, ends_in=None))
    follow(house)

    with house.store.reading() as session:
        assert resolution.standing(session, 1, house.clock.now) is None


def test_a_reply_that_came_back_lets_the_time_go_on(house: House, smtp_sink: SmtpSink) -> None:
    alice = begun(house, TWO_DAYS, **sending(smtp_sink))
    house.clock.move(hours=3)
    answer(house, alice)
    house.clock.move(hours=1)
    assert standing(house).spent == 3 * HOUR

    [sent] = [one for one in house.messages(1) if one.direction == "out"]
    house.receive(1, bounce("carol@customer.example", sent.rfc_message_id))
    follow(house)
    house.clock.move(hours=1)
    assert standing(house).spent == 4 * HOUR


def test_a_matter_that_was_merged_into_another_is_none_of_its_own(house: House) -> None:
    alice = begun(house)
    house.receive(1, mail(text="Once more", message_id="two@customer.example"))
    follow(house)
    span = house.clock.now - DAY, house.clock.now + DAY
    with house.store.reading() as session:
        assert resolutions.figures(session, *span).began == 2
    with house.store.unit_of_work() as work:
        merge.merge(work, 2, 1, alice)
    follow(house)

    with house.store.reading() as session:
        assert resolutions.figures(session, *span).began == 1
        assert [one.conversation_id for one in matter_rows.page(session, Span(*span))] == [1]
