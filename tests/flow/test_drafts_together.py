"""Two who write in one conversation at the same moment never wait for each other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa
from house import House, mail
from sqlmodel import select

from inbox.flow import drafts
from inbox.flow.drafts import Typed
from inbox.store import conversations
from inbox.store.tables import SavedDraft


def kept(house: House) -> list[SavedDraft]:
    with house.store.reading() as session:
        return [row for row in session.exec(select(SavedDraft)).all() if row.discarded_at is None]


def test_taking_a_draft_over_while_its_writer_saves_ends_for_both(house: House) -> None:
    bob, alice = house.add_teammate("Bob"), house.add_teammate("Alice")
    house.receive(house.add_account(), mail())
    talk = house.conversations()[0].id or 0
    with house.store.unit_of_work() as work:
        drafts.save(work, Typed(talk, bob, "reply", "One"))
        drafts.share(work, talk, bob, "reply", on=True)
    [shared] = kept(house)

    def take() -> int:
        with house.store.unit_of_work() as work:
            return drafts.take_over(work, shared.id or 0, alice).teammate_id

    with ThreadPoolExecutor(1) as other:
        with house.store.unit_of_work() as work:
            conversations.lock(work, talk)
            taken = other.submit(take)
            _until_it_waits(house)
            drafts.save(work, Typed(talk, bob, "reply", "Two", version=shared.version))
        assert taken.result(timeout=20) == alice
    assert [(row.teammate_id, row.text) for row in kept(house)] == [(alice, "Two")]


def _until_it_waits(house: House) -> None:
    """Return when another transaction waits for a lock of ours; on SQLite it waits before it begins."""
    waiting = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    while house.store.dialect == "postgresql":
        with house.store.reading() as session:
            if session.execute(waiting).scalar():
                return
