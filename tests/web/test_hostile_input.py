"""Whatever is sent to whichever door is answered in a sentence and breaks nothing; new routes are tried as well."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import weeks
from doors import Door, doors
from house import mail
from knocking import Knock, Knocking, everything, ordinary, some, unkeepable
from stores import MovedClock, postgres_store, sqlite_store
from team import Team, team_on

from inbox.flow.verify import verify

Ways = Callable[[Door, int], Iterator[Knock]]


def furnish(team: Team) -> None:
    """Let there be one of everything that a door may be about."""
    team.house.receive(team.account, mail(), mail("Dora <dora@customer.example>", "Another matter.\n"))
    team.house.receive(team.account, b"\x00 not a mail")
    weeks.furnish(team)
    team.bob.post("/conversations/1/note", text="A *note*")
    team.bob.post("/conversations/1/tags", name="billing")
    team.house.reply(1, team.bob.id, "An answer")
    alice = team.alice
    alice.post("/settings/promise-to-customers", a_day="2", zone="UTC", public="yes")
    alice.post("/settings/rules/write", name="Bills", trigger="arrived", query="subject:bill", tag="billing")
    alice.post("/settings/promise/hours/write", name="Office", zone="Europe/Paris", day0="09:00-17:00")
    alice.post("/settings/promise/write", name="Quick", time="4", tags="vip", hours="1")
    alice.post("/settings/webhooks/new", url="https://hook.example/", name="Hook", kind="message.in")
    alice.post("/settings/replies", name="Thanks", text="Thank you")
    alice.post("/settings/views", name="Bills", query="tag:billing")
    alice.post("/settings/teammates", mail="erin@example.com", role="member")
    alice.post("/rota/calendars/link")
    alice.post("/conversations/2/draft", text="So far", kind="reply")


@pytest.fixture(params=["sqlite", "postgres"])
def team(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Team]:
    clock = MovedClock()
    if request.param == "sqlite":
        with sqlite_store(tmp_path, clock) as store, team_on(store) as made:
            furnish(made)
            yield made
        return
    with postgres_store(request.getfixturevalue("postgres_server"), clock) as store, team_on(store) as made:
        furnish(made)
        yield made


def knocks(found: list[Door], ways: Ways) -> Iterator[Knock]:
    for number, door in enumerate(found):
        yield from ways(door, number)


@contextmanager
def nothing_changes(team: Team) -> Iterator[None]:
    """Fail when anything was committed meanwhile; on PostgreSQL the feed of changes has to do for a witness."""
    if team.house.store.dialect != "sqlite":
        before = team.changes()
        yield
        assert team.changes() == before
        return
    with closing(sqlite3.connect(str(team.house.store.path))) as witness:
        (before,) = witness.execute("PRAGMA data_version").fetchone()
        yield
        assert witness.execute("PRAGMA data_version").fetchone() == (before,)


def all_is_answered(team: Team, ways: Ways) -> int:
    """Knock everywhere: first where one looks, then where one acts, and look at every page again."""
    found, mallory, before = doors(team), Knocking(team), broken_laws(team)
    # Whoever guesses links from outside is counted, by a GET too.
    looking = [door for door in found if door.method in {"GET", "HEAD"} and door.policy != "anyone"]
    with nothing_changes(team):
        wrong = mallory.wrong(knocks(looking, ways))
    wrong += mallory.wrong(knocks([door for door in found if door not in looking], ways))
    wrong += mallory.wrong(ordinary(door) for door in found if door.method == "GET")
    assert "\n".join(wrong) == ""
    assert broken_laws(team) == before
    return mallory.made


def broken_laws(team: Team) -> set[str]:
    """Return what `inbox verify` says, without its numbers: the weeks behind the team were only written down."""
    return {re.sub(r"\d+|:.*", "", line) for line in verify(team.house.store)}


@pytest.mark.timeout(600)
def test_whatever_is_sent_is_answered_in_a_sentence(team: Team) -> None:
    # PostgreSQL is the stricter one with what a column holds: that is tried there, and all the rest on SQLite.
    least, ways = (1_000, some) if team.house.store.dialect == "sqlite" else (500, unkeepable)
    assert all_is_answered(team, ways) > least


@pytest.mark.fuzz
@pytest.mark.exhaustive
@pytest.mark.timeout(3_600)
def test_everything_that_was_ever_odd_is_answered_in_a_sentence(team: Team) -> None:
    assert all_is_answered(team, lambda door, _number: everything(door)) > 20_000


HEADERS = (
    *("Origin", "Cookie", "Accept-Language", "User-Agent", "If-None-Match", "HX-Current-URL", "HX-Request", "Range"),
    *("Authorization", "Sec-Fetch-Site", "X-CSRF-Token", "Content-Type", "Accept-Encoding", "X-Forwarded-For"),
)
ODD = (
    *("", "http://[::1", "a" * 9000, "\xff\xfe", "under24=%00; lang=fr; lang=; tz=/etc; notice=%ff%00", "Bearer x"),
    *("Basic ::", "fr;q=1e999,*;q=nan", "text/plain; charset=nothing", "bytes=9-1,-" + "9" * 400, '"' * 50),
    "tz=" + "../" * 30,
)


def test_no_header_breaks_a_door(same_team: Team) -> None:
    wrong = {}
    for number, name in enumerate(HEADERS):
        for method, path in (("GET", "/rota"), ("POST", "/login"), ("POST", "/preview"), ("GET", "/api/v1/me")):
            who = (same_team.alice, same_team.mallory)[number % 2].client
            for odd in ODD:
                answer = who.request(method, path, headers=[(name.encode(), odd.encode("latin-1"))], content=b"text=a")
                if answer.status_code >= 500:
                    wrong[name, odd[:40], path] = answer.status_code
    assert wrong == {}
