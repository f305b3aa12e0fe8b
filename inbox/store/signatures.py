"""Named questions about signatures."""

from __future__ import annotations

import sqlalchemy as sa
from sqlmodel import Session, col, select

from inbox.store.db import Work
from inbox.store.tables import Signature
from inbox.store.tools import table

EVERY = 0
"""Stands for every teammate, or every account."""


def of(session: Session, teammate_id: int, account_id: int) -> str:
    """Return the signature for a teammate's mail: the most particular one that was written, "" for none.

    One that was written empty is a choice: nothing stands under those mails.
    """
    query = select(Signature).where(
        col(Signature.teammate_id).in_([teammate_id, EVERY]), col(Signature.account_id).in_([account_id, EVERY])
    )
    found = {(row.teammate_id, row.account_id): row.text for row in session.exec(query).all()}
    order = [(teammate_id, account_id), (teammate_id, EVERY), (EVERY, account_id), (EVERY, EVERY)]
    return next((found[key] for key in order if key in found), "")


def written(session: Session, teammate_id: int) -> dict[int, str]:
    """Return the signatures of a teammate (0: of everybody) by account (0: for every account)."""
    query = select(Signature).where(Signature.teammate_id == teammate_id)
    return {row.account_id: row.text for row in session.exec(query).all()}


def put(work: Work, teammate_id: int, account_id: int, text: str | None) -> None:
    """Write a signature anew; None forgets it, so that the more general one counts again."""
    rows = table(Signature)
    here = (rows.c.teammate_id == teammate_id, rows.c.account_id == account_id)
    work.session.execute(sa.delete(rows).where(*here))
    if text is not None:
        work.insert(Signature, [{"teammate_id": teammate_id, "account_id": account_id, "text": text}])
