"""The demo: believable weeks, the same every time, through the same corridor as real ones."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

from house import House
from sqlmodel import Session
from stores import MovedClock, sqlite_store

from connectors import fake
from inbox.flow import demo, demo_past, duty, letters_of_weeks, review
from inbox.flow.verify import verify
from inbox.store import promise_figures, promise_rows, reviews, wait_story
from inbox.store.promise_figures import Only, Span
from rules import promise

NOW = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)


def test_the_past_is_the_same_every_time_and_every_answer_comes_after_its_question() -> None:
    played = demo_past.lines(NOW)
    assert played == demo_past.lines(NOW)
    asked = {line.number: line.at for line in played if line.what == "writes"}
    over = [line for line in played if line.what in {"answers", "spam"}]
    assert Counter(line.number for line in over) == Counter(asked.keys())
    assert all(line.at > asked[line.number] for line in played if line.what != "writes")
    assert [line.at for line in played] == sorted(line.at for line in played)
    assert max(line.at for line in played) < NOW - timedelta(days=1)


def test_the_demo_has_figures_people_reviews_and_a_rota_and_every_law_holds(tmp_path: Path) -> None:
    clock = demo.DemoClock(lambda: NOW)
    fake.forget()
    moved = cast("MovedClock", clock)
    with sqlite_store(tmp_path, moved) as store:
        context = House(store, moved).context
        demo.play(context, clock, lambda address, text, **more: fake.box(address).deliver(text, **more), "no password")
        assert verify(store) == []
        with store.reading() as session:
            month = promise_figures.figures(session, Span(NOW - timedelta(days=28), NOW), NOW)
            coming = duty.slots(session, NOW, NOW + timedelta(days=21))
            this = promise.week_of(NOW, review.zone(session))
            weeks = [this.later(-back) for back in range(2, demo_past.WEEKS)]
            missing = [reviews.without_cause(session, review.span_of(session, week), NOW) for week in weeks]
            signed = [reviews.signed(session, week.name) for week in weeks]
            mailed = letters_of_weeks.mailed(session, this.later(-1))
            spans = [review.span_of(session, this.later(-back)) for back in range(demo_past.WEEKS + 1)]
            told = [promise_figures.tally(session, span, NOW).settled for span in spans]
            people = promise_figures.by_person(session, Span(spans[-1].start, NOW), NOW)
            causes = reviews.causes(session, [week.name for week in weeks])
            actions = reviews.open_actions(session, this.name)
            stories = _broken(session)
    fake.forget()
    assert month.tally.settled >= 30
    assert 80 <= (month.tally.percent or 0) < 100
    assert not month.plain  # schools are promised four business hours
    assert len([slot for slot in coming if not slot.people]) == 1
    assert missing == [0] * len(weeks)
    assert None not in signed
    assert mailed == ["Ann Keller"]
    assert 0 not in told
    assert {who for who, tally in people.items() if tally.settled} >= {1, 2, 3, 4, 5}
    assert len({cause for found in causes.values() for cause in found}) >= 3
    assert [one.owner_id for one in actions] == [4]
    assert {"told", "rang", "sent"} <= {moment.kind for moment in stories}


def _broken(session: Session) -> list[wait_story.Moment]:
    """Return all that happened in the broken promises of the weeks."""
    found = promise_rows.page(session, Span(NOW - timedelta(weeks=demo_past.WEEKS), NOW), NOW, Only("late"))
    return [moment for told in wait_story.stories(session, found, NOW).values() for moment in told]
