"""The pages of the promise on a small scale: as many questions for many waits as for few, and none of a whole table."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from postgres import Postgres

from bench import promise, weeks
from bench.latency import Times
from bench.plans import whole_tables_read
from bench.watch import listening
from bench.world import END
from inbox.flow import public_promise
from inbox.store import counting, past_waits, promise_figures, promise_rows, reviews, rota_figures, wait_story
from inbox.store.promise_figures import Only, Span

pytestmark = pytest.mark.slow

FEW, MANY = 400, 1_600
ROUNDS = 2
MOST_QUESTIONS = 65
WEEK = Span(END - timedelta(weeks=1), END)


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Times], dict[str, Times]]:
    folder = tmp_path_factory.mktemp("weeks")
    found = []
    for waits in (FEW, MANY):
        with promise.filled(f"sqlite:///{folder / f'{waits}.db'}", waits) as context:
            found.append(promise.measure(context, waits, rounds=ROUNDS))
    return found[0], found[1]


def test_a_page_asks_as_many_questions_about_many_waits_as_about_few(
    measured: tuple[dict[str, Times], dict[str, Times]],
) -> None:
    few, many = ({name: times.statements for name, times in found.items()} for found in measured)
    assert many == few
    assert {name: number for name, number in many.items() if number > MOST_QUESTIONS} == {}


def test_four_times_the_waits_cost_a_page_far_less_than_four_times_as_much(
    measured: tuple[dict[str, Times], dict[str, Times]],
) -> None:
    few, many = measured
    slow = {name: (few[name].cpu, times.cpu) for name, times in many.items() if times.cpu > 2 * few[name].cpu + 30}
    assert slow == {}


def test_no_question_of_the_promise_reads_a_whole_table(tmp_path: Path) -> None:
    with promise.filled(f"sqlite:///{tmp_path / 'plans.db'}", FEW) as context:
        with listening(context.store) as asked, context.store.reading() as session:
            promise_figures.week(session, WEEK, END, weeks.PARIS)
            promise_figures.figures(session, WEEK, END)
            broken = promise_rows.page(session, WEEK, END, Only("broken"))
            promise_rows.page(session, WEEK, END, Only("settled", hour=9))
            promise_rows.due_until(session, END, END)
            reviews.without_cause(session, WEEK, END)
            reviews.endings(session, WEEK, ())
            past_waits.count(session, WEEK.start, END)
            past_waits.some(session, WEEK.start, END, 3)
            rota_figures.arrivals(session, END)
            rota_figures.answers(session, WEEK.start, END)
            public_promise.measure(session, END)
            counting.counts(session, 1, END)
            wait_story.stories(session, broken, END)
        assert len(asked) > 30
        assert whole_tables_read(context.store.reader, asked) == []


@pytest.mark.parametrize(("kind", "explain"), [("sqlite", "EXPLAIN QUERY PLAN"), ("postgres", "EXPLAIN")])
def test_who_waited_long_is_found_along_their_own_index(
    kind: str, explain: str, tmp_path: Path, postgres_server: Postgres
) -> None:
    url = postgres_server.fresh_database() if kind == "postgres" else f"sqlite:///{tmp_path / 'slow.db'}"
    with promise.filled(url, MANY) as context:
        with listening(context.store) as asked, context.store.reading() as session:
            promise_rows.page(session, WEEK, END, Only("broken"))
            reviews.without_cause(session, WEEK, END)
        with context.store.reader.connect() as connection:
            plans = [str(connection.exec_driver_sql(f"{explain} {one}", given).fetchall()) for one, given in asked]
    assert ["waits_slow" in plan for plan in plans] == [True, True], plans
