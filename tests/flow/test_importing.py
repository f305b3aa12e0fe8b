from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from house import House, mail

from connectors.contract import Arrival
from inbox.flow import data_jobs, importing, imports
from inbox.flow.hear import hear
from inbox.flow.verify import verify
from inbox.settings import Settings
from inbox.store import data_jobs as jobs

CAROL, BOB = mail(text="Carol's letter"), mail("Bob <bob@customer.example>", "Bob's letter")
NO_MAIL = b"Only words.\n"


def offer(house: House, *raws: bytes) -> list[Arrival]:
    return [Arrival(f"sha256:{hash(raw)}", raw, house.clock.now - timedelta(days=3)) for raw in raws]


def balanced(counts: dict[str, int]) -> bool:
    ended = ("threaded", "duplicates", "quarantined", "ignored", "pending")
    return counts["arrivals"] == sum(counts[name] for name in ended)


def test_an_import_counts_every_mail_once_and_the_second_finds_nothing_new(house: House) -> None:
    account = house.add_account()
    told: list[int] = []
    first = importing.take_in(house.context, account, offer(house, CAROL, BOB, CAROL, NO_MAIL), progress=told.append)
    assert first.as_words() == {
        "arrivals": 4,
        "threaded": 2,
        "duplicates": 1,
        "quarantined": 1,
        "ignored": 0,
        "pending": 0,
        "new_messages": 2,
    }
    assert told == [4]

    second = importing.take_in(house.context, account, offer(house, CAROL, BOB, NO_MAIL)).as_words()
    assert (second["new_messages"], second["duplicates"]) == (0, 3)
    assert balanced(second)
    assert verify(house.store) == []


def test_an_import_that_was_cut_short_is_finished_by_the_next(house: House) -> None:
    account = house.add_account()
    hear(house.context, account, offer(house, CAROL))  # the process stopped before it was read
    house.clock.move(minutes=5)

    counts = importing.take_in(house.context, account, offer(house, CAROL, BOB, CAROL)).as_words()

    assert (counts["new_messages"], counts["duplicates"], counts["pending"]) == (2, 1, 0)
    assert balanced(counts)
    assert house.ledger().pending == 0


def test_nobody_waits_for_an_answer_to_history_and_later_mail_waits_as_always(house: House) -> None:
    account = house.add_account()
    importing.take_in(house.context, account, offer(house, CAROL, BOB), history_before=house.clock.now)
    assert {wait.cause for wait in house.waits()} == {"no_reply_needed"}
    assert {talk.status for talk in house.conversations()} == {"closed"}

    late = mail("Dana <dana@customer.example>", "Sent yesterday, came today")
    house.receive(account, late, at=house.clock.now - timedelta(days=1))
    assert len(house.open_waits()) == 1
    assert verify(house.store) == []


def test_a_large_import_goes_in_batches(house: House) -> None:
    account = house.add_account()
    letters = [mail(f"P{n} <p{n}@customer.example>", f"Letter {n}") for n in range(450)]
    told: list[int] = []
    counts = importing.take_in(house.context, account, offer(house, *letters), progress=told.append).as_words()
    assert told == [200, 200, 50]
    assert counts["new_messages"] == 450


def test_an_import_that_is_told_to_stop_stops_and_goes_on_after_any_number_of_restarts(
    house: House, tmp_path: Path
) -> None:
    account = house.add_account()
    house.context = replace(house.context, settings=Settings(data_dir=tmp_path))
    path = data_jobs.folder(house.context) / "old.eml"
    path.write_bytes(CAROL)
    with house.store.unit_of_work() as work:
        job = imports.ask(work, "mail", path.name, None, account=account)
    for _ in range(jobs.TRIES + 2):
        stopping = threading.Event()
        stopping.set()
        assert data_jobs.run_next(replace(house.context, stopping=stopping))
        with house.store.reading() as session:
            left = jobs.get(session, job)
            assert left is not None
            assert (left.state, left.tries, path.is_file()) == ("waiting", 0, True)
    assert data_jobs.run_next(house.context)
    with house.store.reading() as session:
        ended = jobs.get(session, job)
    assert ended is not None
    assert (ended.state, len(house.conversations()), verify(house.store, quick=True)) == ("done", 1, [])
