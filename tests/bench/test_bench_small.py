"""The measuring itself, on a small scale: ratios within one run, and no question that reads a whole table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from postgres import Postgres

from bench import corridor, latency, sweep
from bench.corridor import SQLITE
from bench.plans import whole_tables_read
from bench.report import Report
from bench.watch import Spent, listening
from bench.world import END, World
from inbox.flow.context import Context
from inbox.flow.tick import ring_due
from inbox.flow.verify import verify
from inbox.store import agenda, arrivals, listing, outbox, search
from inbox.store.db import Store
from inbox.store.migrate import upgrade
from inbox.web import story

pytestmark = pytest.mark.slow

TALKS = 5000
MAILS = 400
# Tables that stay small whatever happens; json_each is the list of ids that a question brings along, CONSTANT no table.
SMALL = {"accounts", "teammates", "settings", "json_each", "CONSTANT"}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    url = f"sqlite:///{tmp_path_factory.mktemp('filled') / 'under24.db'}"
    with latency.filled(url, TALKS) as (context, _):
        yield context


@pytest.fixture(scope="module")
def walked() -> dict[str, Spent]:
    corridor.measure(40, [SQLITE])  # the very first mails also pay for what is imported and compiled once
    return corridor.measure(MAILS, [SQLITE])


# The corridor -------------------------------------------------------------------------------------------------------


@pytest.mark.dovecot
def test_the_corridor_costs_a_few_times_what_parsing_costs(walked: dict[str, Spent]) -> None:
    assert walked["corridor, SQLite"].count == MAILS
    # A first batch also pays for compiling every statement, which a long run does not notice.
    assert walked["corridor, SQLite"].cpu <= 6 * walked["parse"].cpu + 0.5


@pytest.mark.dovecot
def test_our_fetch_is_near_the_plainest_one(walked: dict[str, Spent]) -> None:
    assert walked["our fetch"].cpu <= 12 * walked["fetch"].cpu + 0.3


# Screens ------------------------------------------------------------------------------------------------------------


def test_the_invented_store_is_a_sound_one(filled: Context) -> None:
    assert verify(filled.store, quick=True) == []


def test_screens_are_quick_among_thousands(filled: Context) -> None:
    measured = latency.measure(filled, TALKS, rounds=6)
    slow = {name: times.cpu for name, times in measured.items() if times.cpu > 3 * 50}
    assert slow == {}


# Deadlines ----------------------------------------------------------------------------------------------------------


def test_a_look_at_the_deadlines_does_not_grow_with_those_who_wait(tmp_path: Path) -> None:
    few = sweep.measure(f"sqlite:///{tmp_path / 'few.db'}", 1_000, rounds=5)
    many = sweep.measure(f"sqlite:///{tmp_path / 'many.db'}", 100_000, rounds=5)
    assert many.due.cpu_ms <= 4 * few.due.cpu_ms + 5
    assert many.idle.cpu_ms <= many.due.cpu_ms + 5


def test_postgres_finds_what_is_due_along_an_index(postgres_server: Postgres) -> None:
    store = Store(postgres_server.fresh_database(), lambda: END)
    try:
        upgrade(store)
        sweep.fill(store, 20_000)
        with listening(store) as asked, store.unit_of_work() as work:
            assert ring_due(work) == sweep.DUE
            agenda.read(work.session)
        mine = [(statement, given) for statement, given in asked if "waits" in statement]
        plans = [plan for statement, given in mine for plan in explained(store.writer, statement, given)]
    finally:
        store.close()
    assert any("waits_to_step" in step for step in plans)
    assert [step for step in plans if "Seq Scan on waits" in step] == []


def explained(engine: sa.Engine, statement: str, given: Any) -> list[str]:
    """Return the steps of PostgreSQL's plan."""
    one = given[0] if isinstance(given, list) else given
    with engine.connect() as connection:
        return [str(row[0]) for row in connection.exec_driver_sql(f"EXPLAIN {statement}", one)]


# Plans --------------------------------------------------------------------------------------------------------------


def ask_lists(context: Context) -> None:
    with context.store.reading() as session:
        for view in listing.VIEWS:
            page = listing.page(session, view, 1)
            listing.page(session, view, 1, page.next)
        listing.counts(session, 1, END)
        listing.kept(session, END)
        listing.last_reply(session)


def ask_conversation(context: Context) -> None:
    with context.store.reading() as session:
        story.load(session, 77, END, END.tzinfo)  # type: ignore[arg-type]


def ask_search(context: Context) -> None:
    with context.store.reading() as session:
        for question in ("hello", "zebra7", "nosuchword", "hello tag:seldom", "hello is:waiting", "hello after:7d"):
            search.search(session, question, now=END)


def ask_queues(context: Context) -> None:
    with context.store.reading() as session:
        agenda.read(session)
        arrivals.next_due(session)
        outbox.next_due(session)
    with context.store.unit_of_work() as work:
        arrivals.claim(work, 1, 200)
        ring_due(work)


def test_a_question_that_reads_a_whole_table_is_seen(filled: Context) -> None:
    asked: list[tuple[str, Any]] = [("SELECT id FROM messages WHERE text = ?", ("x",))]
    assert len(whole_tables_read(filled.store.reader, asked)) == 1


@pytest.mark.parametrize("ask", [ask_lists, ask_conversation, ask_search, ask_queues], ids=lambda ask: ask.__name__)
def test_no_question_reads_a_whole_table(filled: Context, ask: Any) -> None:
    store = filled.store
    with listening(store) as asked:
        ask(filled)
    assert asked
    assert whole_tables_read(store.reader, asked) == []


# The table ----------------------------------------------------------------------------------------------------------


def test_a_limit_is_missed_only_beyond_the_noise(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    report = Report()
    report.begin("Some part")
    for value in (49.0, 55.0, 60.0):
        report.add("a page", value, "ms", most=50)
    report.add("a page while others work", 110.0, "ms", most=50, crowd=2.0)
    report.add("mails", 400.0, "mails/s", least=1000)
    assert [line.verdict for line in report.lines] == ["ok", "near", "missed", "near", "missed"]
    assert len(report.missed) == 2
    assert "missed" in capsys.readouterr().out
    report.write(tmp_path / "deep" / "last.json", {"machine": "this one"})
    assert '"verdict": "near"' in (tmp_path / "deep" / "last.json").read_text()


def test_the_builder_says_what_it_took(filled: Context) -> None:
    world = World(TALKS, TALKS // 50)
    with filled.store.reading() as session:
        waiting = listing.counts(session, 1, END).waiting
    assert waiting == sum(world.waits(number) for number in range(1, TALKS + 1)) == TALKS // 50
