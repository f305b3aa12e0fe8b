"""The ladder tells people: the right ones, each once, and never a storm."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from climbing import SUPPORT, Desk
from house import House, mail
from loopback import eventually
from sqlalchemy import update
from sqlmodel import select

from connectors import fake
from inbox.flow import act, data_jobs, erase, telling, telling_out, tick
from inbox.jobs import Jobs
from inbox.settings import Settings
from inbox.store import changes
from inbox.store.tables import Delivery, PolicyVersion, Teammate, Telling, TellingSend, Wait
from rules.escalation import DEFAULT, dump


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house)


def test_a_wait_climbs_from_who_is_on_duty_to_the_founders(desk: Desk) -> None:
    carol = desk.write()
    desk.after(hours=15, minutes=59)
    assert desk.told() == set()
    desk.after(minutes=1)
    assert desk.bell(desk.bo) == ["Carol has waited 16 h. 8 h are left."]
    [letter] = desk.letters("bo")
    assert letter.subject == "Carol has waited 16 h. 8 h are left."
    assert f"/inbox/all/{carol}" in letter.markdown
    assert (desk.letters("cy"), desk.letters("alice")) == ([], [])
    desk.after(hours=6)
    assert [len(desk.letters(one)) for one in ("alice", "bo", "cy")] == [1, 2, 1]
    desk.after(hours=1, minutes=30)
    assert desk.letters("alice")[-1].subject == "Carol has waited 23 h 30. 30 min are left."
    desk.after(minutes=30)
    assert desk.letters("alice")[-1].subject == "Carol has waited 24 h. The promise was 24 h."
    assert desk.letters("bo")[-1].subject == "Carol has waited 24 h. The promise was 24 h."  # nobody holds it: duty
    desk.after(hours=24)
    assert desk.letters("alice")[-1].subject == "Carol has waited 48 h. The promise was 24 h."
    assert len(desk.letters("cy")) == 1


def test_everyone_is_told_of_a_step_once_whoever_dies_in_between(desk: Desk) -> None:
    desk.write()
    desk.clock.move(hours=16)
    tick.tick(desk.house.store)
    tick.tick(desk.house.store)
    # The first process takes the step and is killed before it commits: nothing of it is there.
    with pytest.raises(KeyboardInterrupt):
        _hear_and_die(desk)
    desk.turn()
    # Another begins from the start of the feed, as one whose place was not written down would.
    with desk.house.store.unit_of_work() as work:
        for change in _changes(work.session):
            if change.kind == "wait.step":
                telling.hear(work, change)
    desk.turn()
    assert len(desk.letters("bo")) == 1
    assert len(desk.bell(desk.bo)) == 1
    with desk.house.store.reading() as session:
        rows = session.exec(select(TellingSend)).all()
    assert len(rows) == len({(one.telling_id, one.person, one.means) for one in rows})


def _hear_and_die(desk: Desk) -> None:
    with desk.house.store.unit_of_work() as work:
        [change] = [one for one in _changes(work.session) if one.kind == "wait.step"]
        telling.hear(work, change)
        raise KeyboardInterrupt


def _changes(session: Any) -> Any:
    return changes.after(session, 0, 500)


def test_nobody_on_duty_goes_to_the_next_step_at_once_and_is_said(desk: Desk) -> None:
    desk.prefer(desk.bo, on_duty=False)
    desk.write()
    desk.after(hours=16)
    said = "Nobody is on duty. Carol has waited 16 h. Time left: 8 h."
    assert [desk.bell(one) for one in (desk.alice, desk.bo, desk.cy)] == [[said]] * 3


def test_who_left_is_passed_over(desk: Desk) -> None:
    carol = desk.write()
    with desk.house.store.unit_of_work() as work:
        act.assign(work, carol, desk.cy, desk.alice)
        work.session.get_one(Teammate, desk.cy).disabled_at = work.now
    desk.after(hours=16)
    assert (desk.bell(desk.cy), len(desk.bell(desk.bo))) == ([], 1)


def test_ten_who_are_due_are_one_message(desk: Desk) -> None:
    for number in range(10):
        desk.write(f"Person{number}")
        desk.clock.move(seconds=1)
    desk.clock.move(hours=16)
    desk.turn()
    [letter] = desk.letters("bo")
    assert letter.subject == "10 people wait for an answer. Time left for the first: 8 h"
    assert letter.markdown.count("/inbox/all/") == 10
    assert len(desk.bell(desk.bo)) == 10


def test_what_comes_right_after_a_message_is_in_the_next_one(desk: Desk) -> None:
    for number in range(3):
        desk.write(f"Person{number}")
        desk.clock.move(minutes=2)
    desk.clock.move(hours=16, minutes=-6)
    desk.turn()
    for _ in range(9):
        desk.after(minutes=1)
    assert len(desk.letters("bo")) == 1
    desk.after(minutes=1)
    assert [one.markdown.count("/inbox/all/") for one in desk.letters("bo")] == [1, 2]


def test_a_clock_that_is_put_back_holds_no_message_up(desk: Desk) -> None:
    desk.write("Carol")
    desk.after(hours=16)
    desk.write("Dana")
    desk.clock.move(hours=-1)
    with desk.house.store.unit_of_work() as work:
        work.session.get_one(Wait, 2).next_step_at = work.now
        work.session.get_one(Wait, 2).due_at = work.now
    desk.turn()
    desk.turn()
    assert "Dana" in desk.letters("bo")[-1].subject


def test_a_breach_waits_a_minute_at_most(desk: Desk) -> None:
    first = desk.write("Carol")
    desk.clock.move(seconds=30)
    desk.write("Dana")
    for span in (16, 6, 1.5):
        desk.clock.now = desk.house.conversations()[0].created_at + timedelta(hours=span)
        desk.after(minutes=20)
    before = len(desk.letters("alice"))
    desk.clock.now = desk.house.waits()[0].due_at
    desk.turn()
    assert len(desk.letters("alice")) == before + 1
    assert str(first) in desk.letters("alice")[-1].markdown
    desk.after(seconds=30)
    assert len(desk.letters("alice")) == before + 1
    desk.after(seconds=30)
    assert "Dana has waited 24 h." in desk.letters("alice")[-1].markdown


def test_after_an_outage_there_is_one_digest_that_says_so(desk: Desk) -> None:
    for number in range(30):
        desk.write(f"Person{number}")
    desk.after(hours=23)
    assert len(desk.letters("bo")) == 1
    letter = desk.letters("bo")[0]
    assert letter.markdown.startswith("Some of this comes late, since nobody could be told in the meantime.")
    assert letter.markdown.count("/inbox/all/") == 20
    assert "And 10 more:" in letter.markdown


def test_what_was_answered_before_the_message_leaves_is_not_in_it(desk: Desk) -> None:
    carol, dana = desk.write("Carol"), desk.write("Dana")
    desk.clock.move(hours=16)
    tick.tick(desk.house.store)
    while desk.readers[0].step():
        pass
    telling.tell_due(desk.house.store)
    desk.answer(carol, desk.bo)
    desk.turn()
    [letter] = desk.letters("bo")
    assert letter.subject == "Dana has waited 16 h. 8 h are left."
    assert ("warning", desk.bo, "mail", "skipped") in desk.told(1)
    assert dana


def test_an_answer_stops_the_ladder_and_an_empty_message_is_not_sent(desk: Desk) -> None:
    carol = desk.write()
    desk.clock.move(hours=16)
    tick.tick(desk.house.store)
    desk.answer(carol, desk.bo)
    desk.turn()
    desk.after(hours=12)
    assert desk.letters("bo") == []
    assert desk.bell(desk.bo) == []


def test_strangers_words_make_no_links_in_our_mail(desk: Desk) -> None:
    fake.box(SUPPORT).deliver(
        "Hi", sender="m@evil.example", name="[x](http://evil)", received_at=desk.clock.now, subject="![](http://evil)"
    )
    desk.pull(desk.account)
    desk.after(hours=16)
    [letter] = desk.letters("bo")
    assert "](" not in letter.markdown
    assert not re.search(r"\(http://evil", letter.markdown)


def test_two_workers_at_once_tell_everyone_of_everybody_once(desk: Desk) -> None:
    for number in range(12):
        desk.write(f"Person{number}")
    desk.clock.move(hours=22)

    def work(reader: Any) -> None:
        for _ in range(6):
            tick.tick(desk.house.store)
            while reader.step():
                pass
            telling.tell_due(desk.house.store)
            telling_out.hand_over(desk.house.context)
            desk.house.deliver()
            telling_out.look_after(desk.house.context)

    with ThreadPoolExecutor(max_workers=2) as pool:
        list(pool.map(work, desk.readers))
    desk.after(minutes=10)
    for who in ("alice", "bo", "cy"):
        links = [link for one in desk.letters(who) for link in re.findall(r"/inbox/all/(\d+)", one.markdown)]
        assert sorted(map(int, links)) == list(range(1, 13))


def test_steps_of_the_same_time_all_tell_theirs(desk: Desk) -> None:
    soon = DEFAULT.steps[1]
    steps = (*DEFAULT.steps, *(replace(soon, name=f"step_{one}", whom=(f"teammate:{one}",)) for one in (desk.cy, 1)))
    with desk.house.store.unit_of_work() as work:
        work.session.execute(update(PolicyVersion).values(ladder=json.dumps(dump(replace(DEFAULT, steps=steps)))))
    desk.write()
    desk.after(hours=16)
    desk.after(hours=6)
    assert {step for step, *_ in desk.told()} >= {"soon", f"step_{desk.cy}", "step_1"}
    assert [len(desk.letters(one)) for one in ("alice", "cy")] == [1, 1]  # each in one message


def test_what_the_ladder_mailed_of_somebody_is_gone_once_they_are_erased(desk: Desk, tmp_path: Path) -> None:
    desk.house.context = replace(desk.house.context, settings=Settings(data_dir=tmp_path / "house"))
    desk.write()
    desk.after(hours=16)
    assert len(desk.letters("bo")) == 1
    with desk.house.store.unit_of_work() as work:
        erase.ask(work, desk.house.conversations()[0].contact_id, desk.alice)
    assert data_jobs.run_next(desk.house.context)
    with desk.house.store.reading() as session:
        left = [str(one.payload) for one in session.exec(select(Delivery)).all()]
    assert len(left) == 1
    assert "Carol" not in left[0]


def test_what_fell_due_before_the_first_process_started_is_told(house: House) -> None:
    house.add_teammate("Alice", "founder")
    house.receive(house.add_account(), mail())
    house.clock.move(hours=25)
    jobs = Jobs(house.context)
    jobs.start()
    try:
        assert eventually(lambda: _steps_told(house) == ["breach"])
    finally:
        jobs.stop()


def _steps_told(house: House) -> list[str]:
    with house.store.reading() as session:
        return [one.step for one in session.exec(select(Telling)).all() if one.state == "told"]
