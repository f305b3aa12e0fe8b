"""Named questions about drafts and the files that go with them."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlmodel import Session, col, select

from inbox.store.db import Work
from inbox.store.tables import Blob, DraftFile, SavedDraft
from inbox.store.tools import insert_new, table

MOST = 50
"""Drafts of one conversation that are ever shown."""


def of_conversation(session: Session, conversation_id: int) -> list[SavedDraft]:
    """Return everybody's drafts of a conversation that were not thrown away, the newest first."""
    query = select(SavedDraft).where(
        SavedDraft.conversation_id == conversation_id, col(SavedDraft.discarded_at).is_(None)
    )
    return list(session.exec(query.order_by(col(SavedDraft.updated_at).desc()).limit(MOST)).all())


def one(work: Work, conversation_id: int, teammate_id: int, kind: str) -> SavedDraft | None:
    """Return a teammate's draft, also one that was thrown away, locked."""
    query = select(SavedDraft).where(
        SavedDraft.conversation_id == conversation_id, SavedDraft.teammate_id == teammate_id, SavedDraft.kind == kind
    )
    return work.session.exec(query.with_for_update().execution_options(populate_existing=True)).first()


def get(work: Work, draft_id: int) -> SavedDraft | None:
    """Return a draft, locked."""
    return work.session.get(SavedDraft, draft_id, with_for_update=True, populate_existing=True)


def files(session: Session, draft_ids: Sequence[int]) -> dict[int, list[DraftFile]]:
    """Return the files of these drafts, in the order they were added."""
    found: dict[int, list[DraftFile]] = {}
    query = select(DraftFile).where(col(DraftFile.draft_id).in_(list(draft_ids))).order_by(col(DraftFile.id))
    for row in session.exec(query).all():
        found.setdefault(row.draft_id, []).append(row)
    return found


def file(session: Session, file_id: int) -> DraftFile | None:
    """Return one file of a draft."""
    return session.get(DraftFile, file_id)


def add_file(work: Work, row: DraftFile, data: bytes) -> None:
    """Keep a file with a draft."""
    insert_new(work, Blob, [{"sha256": row.sha256, "size": len(data), "data": data}])
    work.session.add(row)
    work.session.flush()


def move_files(work: Work, from_id: int, into_id: int) -> None:
    """Let the files of one draft go with another."""
    rows = table(DraftFile)
    work.session.execute(sa.update(rows).where(rows.c.draft_id == from_id).values(draft_id=into_id))


def clear_files(work: Work, draft_id: int) -> None:
    """Forget which files went with a draft."""
    rows = table(DraftFile)
    work.session.execute(sa.delete(rows).where(rows.c.draft_id == draft_id))


def remove(work: Work, draft: SavedDraft) -> None:
    """Forget a draft and which files went with it."""
    work.session.flush()
    rows, drafts = table(DraftFile), table(SavedDraft)
    work.session.execute(sa.delete(rows).where(rows.c.draft_id == draft.id))
    work.session.execute(sa.delete(drafts).where(drafts.c.id == draft.id))
    work.session.expunge(draft)
