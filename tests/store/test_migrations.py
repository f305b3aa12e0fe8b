"""The tables are what the models say, and every step can be taken back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from inbox.store.db import Store
from inbox.store.migrate import config
from inbox.store.tables import (
    Account,
    Contact,
    Conversation,
    Notice,
    NoticeSend,
    RotaOverride,
    RotaSwap,
    RotaTable,
    Teammate,
    metadata,
)


def test_migrations_make_what_the_models_describe(store: Store) -> None:
    """The search index is no model: each database has its own."""
    with store.writer.begin() as connection:
        found = compare_metadata(MigrationContext.configure(connection), metadata)
    assert [one for one in found if not getattr(one[1], "name", "").startswith("search")] == []


def test_every_step_can_be_taken_back_and_again(store: Store) -> None:
    with store.writer.begin() as connection:
        command.downgrade(config(connection), "base")
        assert set(sa.inspect(connection).get_table_names()) <= {"alembic_version"}
    with store.writer.begin() as connection:
        command.upgrade(config(connection), "head")
        assert set(metadata.tables) <= set(sa.inspect(connection).get_table_names())


def test_notices_keep_their_sends_when_their_table_is_made_anew(store: Store) -> None:
    with store.unit_of_work() as work:
        work.session.add(Teammate(name="Bo", mail="bo@home.example", created_at=work.now))
        work.session.add(Contact(name="Carol", created_at=work.now))
        work.session.add(Account(kind="mail", address="support@example.com", created_at=work.now))
        work.session.flush()
        talk = Conversation(contact_id=1, account_id=1, channel="mail", created_at=work.now, updated_at=work.now)
        work.session.add(talk)
        work.session.flush()
        work.session.add(Notice(teammate_id=1, kind="reply", subject="message:1", conversation_id=1, at=work.now))
        work.session.add(Notice(teammate_id=1, kind="outage", subject="outage:1:silent", at=work.now))
        work.session.flush()
        work.session.add(NoticeSend(notice_id=1, means="mail", not_before=work.now))
    with store.writer.begin() as connection:
        command.downgrade(config(connection), "0012")
        command.upgrade(config(connection), "head")
        kept = connection.execute(
            sa.text("SELECT subject, means FROM notices JOIN notice_sends ON notice_id = notices.id")
        )
        assert [tuple(row) for row in kept] == [("message:1", "mail")]


def test_what_was_agreed_of_a_swap_outlives_the_step_to_exchanges_and_back(store: Store) -> None:
    def kept() -> list[tuple[int, int]]:
        query = "SELECT o.teammate_id, o.instead_of_id FROM rota_overrides o JOIN rota_swaps s ON s.id = o.swap_id"
        with store.writer.begin() as connection:
            return [(row[0], row[1]) for row in connection.execute(sa.text(f"{query} ORDER BY o.id"))]

    start = store.clock()
    shift: dict[str, Any] = {"starts_at": start, "ends_at": start + timedelta(days=1)}
    with store.unit_of_work() as work:
        work.session.add_all(
            Teammate(name=name, mail=f"{name}@home.example", created_at=work.now) for name in ("Ann", "Bo")
        )
        work.session.add(RotaTable(name="", zone="UTC", stamp="x", created_at=work.now))
        work.session.flush()
        swap = RotaSwap(rota_id=1, teammate_id=1, taker_id=2, state="taken", asked_at=work.now, in_return=True, **shift)
        swap.back_starts_at, swap.back_ends_at = shift["starts_at"], shift["ends_at"]
        work.session.add(swap)
        work.session.flush()
        for person, other in ((2, 1), (1, 2)):
            agreed: dict[str, Any] = {"teammate_id": person, "instead_of_id": other, "swap_id": 1, "by_id": 2, **shift}
            work.session.add(RotaOverride(rota_id=1, kind="swap", created_at=work.now, **agreed))
    assert kept() == [(2, 1), (1, 2)]
    with store.writer.begin() as connection:
        command.downgrade(config(connection), "0018")
    assert kept() == [(2, 1)]
    with store.writer.begin() as connection:
        command.upgrade(config(connection), "head")
    assert kept() == [(2, 1)]
    with store.reading() as session:
        assert session.get_one(RotaSwap, 1).in_return is False
