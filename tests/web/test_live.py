"""The stream of changes: what happened, from where one stopped, for as long as one may listen."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from house import mail
from team import Team, Visitor

from inbox.web import hub


@contextmanager
def listening(visitor: Visitor, last: str = "") -> Iterator[Iterator[str]]:
    headers = {"Last-Event-ID": last} if last else {}
    with visitor.client.stream("GET", "/live", headers=headers, timeout=20) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield answer.iter_lines()


def next_event(lines: Iterator[str], name: str) -> dict[str, Any]:
    for line in lines:
        if line == f"event: {name}":
            told: dict[str, Any] = json.loads(next(lines).removeprefix("data: "))
            return told
    raise AssertionError(f"The stream ended without {name}.")


def test_what_happens_is_told(team: Team) -> None:
    with listening(team.alice) as lines:
        assert next(lines) == "retry: 1000"
        team.house.receive(team.account, mail())
        told = next_event(lines, "changes")
    assert told["conversations"] == [1]
    assert "message.in" in told["kinds"]


def test_whoever_comes_back_hears_what_they_missed(team: Team) -> None:
    before = team.changes()
    team.house.receive(team.account, mail())
    team.house.receive(team.account, mail(sender="Sam <sam@x.example>", subject="Other"))
    with listening(team.alice, str(before)) as lines:
        assert next_event(lines, "changes")["conversations"] == [1, 2]


def test_a_gap_too_long_to_tell_asks_for_a_fresh_page(team: Team) -> None:
    with team.house.store.unit_of_work() as work:
        for _ in range(hub.GAP + 10):
            work.announce("test")
    with listening(team.alice, "1") as lines:
        assert next_event(lines, "reset")["seq"] == team.changes()


def test_whoever_is_signed_out_hears_no_more(team: Team) -> None:
    ended = threading.Event()

    def listen() -> None:
        listener = httpx.Client(base_url=team.url, cookies={"under24": team.bob.client.cookies["under24"]}, timeout=20)
        with listener, listener.stream("GET", "/live") as answer:
            for _ in answer.iter_lines():
                pass
        ended.set()

    thread = threading.Thread(target=listen)
    thread.start()
    team.bob.post("/logout")
    assert ended.wait(30)
    thread.join()


def test_strangers_hear_nothing(team: Team) -> None:
    assert team.mallory.get("/live").status_code == 303
    assert team.mallory.get("/live", headers={"HX-Request": "true"}).status_code == 401


def test_nonsense_for_a_place_begins_now(team: Team) -> None:
    for last in ("x", "-1", "9" * 30, "1.5"):
        with listening(team.alice, last) as lines:
            assert next(lines) == "retry: 1000"
            assert next(lines) == f"id: {team.changes()}"


def test_who_looks_where_is_told_to_everybody(team: Team) -> None:
    with listening(team.alice) as lines:
        assert next_event(lines, "presence") == {"here": {}}
        team.bob.post("/presence", tab="bob000001", conversation="7", typing="reply")
        bob = {"id": team.bob.id, "name": "Bob", "typing": "reply"}
        assert next_event(lines, "presence") == {"here": {"7": [bob]}}
        team.bob.post("/presence", tab="bob000001", conversation="0")
        assert next_event(lines, "presence") == {"here": {}}


def test_whoever_comes_later_sees_who_is_there_already(team: Team) -> None:
    team.bob.post("/presence", tab="bob000001", conversation="7")
    with listening(team.alice) as lines:
        assert list(next_event(lines, "presence")["here"]) == ["7"]


def test_strangers_are_nowhere(team: Team) -> None:
    assert team.mallory.post("/presence", tab="mallory01", conversation="7").status_code in {303, 401, 403}
    with listening(team.alice) as lines:
        assert next_event(lines, "presence") == {"here": {}}


def test_signing_out_says_good_bye(team: Team) -> None:
    with listening(team.bob) as lines:
        assert next(lines) == "retry: 1000"
        team.bob.post("/logout")
        assert next_event(lines, "bye") == {}
