"""The bell, its list, what an open page may say, and what each chooses."""

from __future__ import annotations

import base64
import os
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from house import mail
from team import Team

from inbox.flow import act, notices
from inbox.store import notices as rows
from inbox.store import teammates


@pytest.fixture
def told(team: Team) -> Team:
    """Bob was given Carol's conversation, by Alice."""
    reader = notices.reader(team.house.store)
    reader.step()
    team.house.receive(team.account, mail(subject="<b>Export</b>"))
    with team.house.store.unit_of_work() as work:
        act.assign(work, 1, team.bob.id, team.alice.id)
    while reader.step():
        pass
    return team


def test_the_bell_counts_what_is_unread_and_the_list_names_it(told: Team) -> None:
    shown = told.bob.get("/notices").text
    assert "Alice gave you the conversation with Carol Diaz." in shown
    assert "&lt;b&gt;Export&lt;/b&gt;" in shown
    assert '<span class="count" data-count="notices">1</span>' in told.bob.get("/search").text
    assert '<span class="count" data-count="notices"></span>' in told.alice.get("/search").text
    assert "Carol Diaz" not in told.alice.get("/notices").text


def test_opening_the_list_or_a_conversation_reads_nothing_by_itself(told: Team) -> None:
    told.bob.get("/notices")
    told.bob.get("/inbox/all/1")
    assert told.bob.get("/notices/fresh").json()["unread"] == 1


def test_looking_at_a_conversation_reads_what_was_told_of_it(told: Team) -> None:
    assert told.alice.post("/notices/read", conversation="1").status_code == 204
    assert told.bob.get("/notices/fresh").json()["unread"] == 1
    told.bob.post("/notices/read", conversation="1")
    assert told.bob.get("/notices/fresh").json()["unread"] == 0


def test_an_open_page_learns_where_it_stands_and_then_what_is_new(told: Team) -> None:
    first = told.bob.get("/notices/fresh").json()
    assert (first["fresh"], first["unread"]) == ([], 1)
    fresh = told.bob.get("/notices/fresh?after=0").json()["fresh"]
    assert [(one["text"], one["path"]) for one in fresh] == [
        ("Alice gave you the conversation with Carol Diaz.", "/inbox/all/1")
    ]
    assert told.bob.get(f"/notices/fresh?after={first['last']}").json()["fresh"] == []


def test_everything_is_read_at_once(told: Team) -> None:
    told.bob.post("/notices/read")
    assert told.bob.get("/notices/fresh").json()["unread"] == 0
    assert "Mark all as read" not in told.bob.get("/notices").text


def test_strangers_get_the_worker_and_nothing_else(team: Team) -> None:
    worker = team.mallory.get("/sw.js")
    assert worker.headers["content-type"] == "text/javascript; charset=utf-8"
    assert worker.headers["cache-control"] == "no-cache"
    assert "fetch" not in worker.text  # it shows, and does nothing else
    assert team.mallory.get("/notices/fresh").status_code in (303, 401)


def test_what_is_chosen_is_kept_and_shown(team: Team) -> None:
    form: dict[str, Any] = {
        "assigned.mail": "yes",
        "assigned.push": "yes",
        "quiet_from": "20:00",
        "quiet_to": "08:00",
        "weekends": "yes",
    }
    team.bob.post("/settings/notices", **form, unclaimed_hours="2")
    shown = team.bob.get("/settings/notices").text
    assert shown.count(" checked") == 3
    assert 'value="20:00"' in shown
    with team.house.store.reading() as session:
        kept = teammates.get(session, team.bob.id)
    assert kept is not None
    assert kept.preferences["notices"]["assigned"] == ["mail", "push"]
    assert kept.preferences["notices"]["reply"] == []
    assert kept.preferences["unclaimed_hours"] == 2


def test_half_of_the_quiet_hours_is_asked_about(team: Team) -> None:
    answer = team.bob.post("/settings/notices", quiet_from="20:00", quiet_to="")
    assert answer.status_code == 422
    assert "Give both times" in answer.text


def test_duty_is_switched(team: Team) -> None:
    team.bob.post("/settings/notices/duty", on="no")
    assert "You are off duty" in team.bob.get("/settings/notices").text
    back = team.bob.post("/settings/notices/duty", on="yes", back="/inbox/mine")
    assert back.headers["location"] == "/inbox/mine"
    astray = team.bob.post("/settings/notices/duty", on="yes", back="//evil.example")
    assert astray.headers["location"] == "/"
    assert "Go off duty" in team.bob.get("/search").text
    assert "You are on duty" in team.bob.get("/settings/notices").text


def test_a_browser_is_added_and_taken_off(team: Team) -> None:
    point = ec.generate_private_key(ec.SECP256R1()).public_key()
    form = serialization.PublicFormat.UncompressedPoint
    p256dh, auth = (
        base64.urlsafe_b64encode(data).decode().rstrip("=")
        for data in (point.public_bytes(serialization.Encoding.X962, form), os.urandom(16))
    )
    key = team.bob.post("/settings/notices/key").text
    assert team.alice.post("/settings/notices/key").text == key
    assert len(base64.urlsafe_b64decode(key + "=")) == 65
    keys: dict[str, Any] = {"p256dh": p256dh, "auth": auth}
    refused = team.bob.post("/settings/notices/browsers", endpoint="http://10.0.0.1/x", **keys)
    assert refused.status_code == 422
    added = team.bob.post("/settings/notices/browsers", endpoint="https://push.example/x", **keys)
    assert added.status_code == 303
    with team.house.store.reading() as session:
        [browser] = rows.browsers_of(session, [team.bob.id])
    team.alice.post(f"/settings/notices/browsers/{browser.id}/forget")
    assert "Take off" in team.bob.get("/settings/notices").text
    team.bob.post(f"/settings/notices/browsers/{browser.id}/forget")
    assert "Take off" not in team.bob.get("/settings/notices").text
