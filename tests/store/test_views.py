"""Each list of the team holds what belongs to it, in its order, and is one walk along one index."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa
from search_desk import NOW as START
from search_desk import Desk

from inbox.store import listing, readers, views
from inbox.store.db import Store
from inbox.store.tables import Conversation, Mention, Teammate
from inbox.store.tools import table

HOUR = timedelta(hours=1)


@pytest.fixture
def alice(desk: Desk) -> int:
    with desk.work() as work:
        work.session.add(Teammate(name="Alice", mail="alice@example.com", created_at=START))
    return 1


def waits(hours: float) -> dict[str, Any]:
    return {"due_at": START + hours * HOUR, "waiting_since": START + (hours - 24) * HOUR}


def listed(store: Store, name: str, me: int = 1) -> list[int]:
    """Walk a list in pages of two."""
    found: list[int] = []
    before = None
    with store.reading() as session:
        while True:
            page = listing.page(session, name, me, before, limit=2)
            found += [row.id for row in page.rows]
            before = page.next
            if before is None:
                assert sorted(found) == sorted(listing.ids(session, name, me, 100))
                return found


def test_every_list_holds_what_belongs_to_it(desk: Desk, store: Store, alice: int) -> None:
    late, soon = talk(desk, **waits(-1)), talk(desk, **waits(3))
    asleep = talk(desk, **{**waits(5), "snoozed_until": START + 2 * HOUR, "assignee_id": alice})
    with_them = talk(desk, last_from="us", replied_at=START - HOUR, assignee_id=alice)
    theirs_last = talk(desk, last_from="them", replied_at=START - 2 * HOUR)
    gone = talk(desk, status="spam")
    done = talk(desk, status="closed", last_from="us", replied_at=START - 3 * HOUR)
    merged = talk(desk, status="closed", merged_into=done)
    expected = {
        "waiting": [late, soon],
        "mine": [with_them],
        "unassigned": [theirs_last, soon, late],
        "snoozed": [asleep],
        "waiting-for-them": [with_them],
        "sent": [with_them, theirs_last, done],
        "open": [theirs_last, with_them, asleep, soon, late],
        "closed": [done],
        "spam": [gone],
        "all": [done, gone, theirs_last, with_them, asleep, soon, late],
        "mentions": [],
        "following": [],
    }
    assert set(expected) == set(views.VIEWS)
    for name, wanted in expected.items():
        assert listed(store, name) == wanted, name
        with store.reading() as session:
            assert [row.id for row in listing.some(session, name, 1, [*wanted, merged])] == wanted, name
    with store.reading() as session:
        counts = listing.counts(session, alice, START)
    assert counts == listing.Counts(2, 1, 3, 0, 1, snoozed=1, snoozed_late=0, with_them=1, mentions=0, spam=1)


_seconds = count(1)


def talk(desk: Desk, **fields: Any) -> int:
    """Open a conversation; the later it is made, the newer it is."""
    fields = {"updated_at": START + timedelta(seconds=next(_seconds)), "created_at": START, **fields}
    with desk.work() as work:
        row = Conversation(contact_id=1, account_id=1, channel="mail", **fields)
        work.session.add(row)
        work.session.flush()
        assert row.id is not None
        return row.id


def test_mentions_and_follows_are_one_persons_own(desk: Desk, store: Store, alice: int) -> None:
    first, second, third = (talk(desk) for _ in range(3))
    with desk.work() as work:
        work.session.add(Teammate(name="Bob", mail="bob@example.com", created_at=START))
    notes = [
        desk.say(where, "@Alice look", kind="note", at=START + n * HOUR) for n, where in enumerate((second, first))
    ]
    with desk.work() as work:
        work.insert(Mention, [{"message_id": note, "teammate_id": alice, "seen_at": None} for note in notes])
        readers.set_follow(work, alice, third, on=True)
        readers.set_follow(work, alice, first, on=True)
        readers.set_follow(work, alice, third, on=False)
    assert listed(store, "mentions") == [first, second]
    assert listed(store, "following") == [first]
    assert listed(store, "mentions", me=2) == listed(store, "following", me=2) == []
    with store.reading() as session:
        assert listing.counts(session, alice, START).mentions == 2
        rows = listing.named(session, [first, second, third], alice)
    assert {number: (row.mentioned, row.following) for number, row in rows.items()} == {
        first: (True, True),
        second: (True, False),
        third: (False, False),
    }


def test_unread_is_what_this_teammate_has_not_seen(desk: Desk, store: Store, alice: int) -> None:
    fresh, closed = talk(desk, version=3), talk(desk, version=3, status="closed")
    with store.reading() as session:
        assert {row.id: row.unread for row in listing.named(session, [fresh, closed], alice).values()} == {
            fresh: True,
            closed: False,
        }
    with desk.work() as work:
        readers.see(work, alice, fresh, 3)
        readers.see(work, alice, fresh, 2)
    with store.reading() as session:
        assert not listing.named(session, [fresh], alice)[fresh].unread
    with desk.work() as work:
        readers.unsee(work, alice, fresh)
    with store.reading() as session:
        assert listing.named(session, [fresh], alice)[fresh].unread


@pytest.mark.parametrize("name", [name for name in views.VIEWS if name not in {"mentions", "following"}])
def test_a_list_of_the_team_is_one_walk_along_an_index(sqlite_store: Store, name: str) -> None:
    asked = views.view(name, 1)
    query = asked.apply(sa.select(views._c.id).select_from(table(Conversation)))
    query = query.where(asked.after(START, 5)).order_by(*asked.order).limit(50)
    with sqlite_store.reading() as session:
        told = str(query.compile(session.get_bind(), compile_kwargs={"render_postcompile": True}))
        values = query.compile(session.get_bind()).params
        connection = session.connection().connection
        plan = connection.execute(f"EXPLAIN QUERY PLAN {told}", tuple(1 for _ in values)).fetchall()
    steps = [row[3] for row in plan]
    assert len(steps) == 1, steps
    assert "INDEX" in steps[0], steps
