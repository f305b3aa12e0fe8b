"""The demo: believable weeks, the same every time, through the same corridor as real ones."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

from house import House
from stores import MovedClock, sqlite_store

from connectors import fake
from inbox.flow import demo, demo_past, duty, review
from inbox.flow.verify import verify
from inbox.store import promise_figures, reviews
from inbox.store.promise_figures import Span
from rules import promise

NOW = datetime(2026, 11, 22, 14, 30, tzinfo=UTC)


def test_the_past_is_the_same_every_time_and_every_answer_comes_after_its_question() -> None:
    played = demo_past.batches(NOW)
    assert played == demo_past.batches(NOW)
    asked = {line.number: line.at for _, lines in played for line in lines if not line.by}
    answers = [line for _, lines in played for line in lines if line.by]
    assert Counter(line.number for line in answers) == Counter(asked.keys())
    assert all(line.at > asked[line.number] for line in answers)
    for fetched, lines in played:
        assert all(timedelta(0) < fetched - line.at < timedelta(hours=1) for line in lines)
    assert max(at for at, _ in played) < NOW - timedelta(days=7)


def test_the_demo_has_figures_a_rota_and_reviews_and_every_law_holds(tmp_path: Path) -> None:
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
            week = promise.week_of(NOW, review.zone(session)).later(-4)
            missing = reviews.without_cause(session, review.span_of(session, week), NOW)
            signed = reviews.signed(session, week.name)
    fake.forget()
    assert month.tally.settled >= 30
    assert 80 <= (month.tally.percent or 0) < 100
    assert not month.plain  # schools are promised four business hours
    assert len([slot for slot in coming if not slot.people]) == 1
    assert missing == 0
    assert signed is not None
