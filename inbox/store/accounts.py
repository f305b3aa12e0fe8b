"""Named questions about accounts."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from inbox.store.db import Work
from inbox.store.tables import Account, Conversation


def all_accounts(session: Session) -> list[Account]:
    """Return every account, oldest first."""
    return list(session.exec(select(Account).order_by(col(Account.id))).all())


def get(session: Session, account_id: int) -> Account | None:
    """Return one account."""
    return session.get(Account, account_id)


def of_conversation(session: Session, conversation_id: int) -> tuple[str, Account] | None:
    """Return the channel of a conversation and the account it runs over."""
    query = select(Conversation.channel, Account).join(Account, col(Account.id) == col(Conversation.account_id))
    found = session.exec(query.where(Conversation.id == conversation_id)).first()
    return (found[0], found[1]) if found else None


def by_address(session: Session, kind: str, address: str) -> Account | None:
    """Return the account of that kind and address (lower case)."""
    return session.exec(select(Account).where(Account.kind == kind, Account.address == address.lower())).first()


def move_cursor(
    work: Work, account_id: int, cursor: str | None, caught_up_at: datetime | None, trouble: str = ""
) -> None:
    """Remember how far the account was read, in the transaction that stores what was read; it is well by that.

    trouble: one sentence on a part of it that could not be read, while the rest goes on.
    """
    account = work.session.get_one(Account, account_id)
    before = account.error
    account.cursor, account.checked_at = cursor, work.now
    account.caught_up_at = caught_up_at or account.caught_up_at
    looked_at = min(work.now, caught_up_at or work.now)
    account.error_since = (account.error_since or looked_at) if trouble else None
    account.error = trouble
    if trouble != before:
        work.announce("account.trouble" if trouble else "account.well", account_id=account_id, error=trouble)


def mark_error(work: Work, account_id: int, sentence: str) -> bool:
    """Remember what is wrong since when; True when it is news."""
    account = work.session.get_one(Account, account_id)
    news = account.error != sentence
    account.checked_at = work.now
    account.error_since = account.error_since or work.now
    account.error = sentence
    return news


def mark_reconciled(work: Work, account_id: int, counts: dict[str, int]) -> None:
    """Remember the last comparison of the provider's list with ours."""
    values = {"reconciled_at": work.now, "reconciled": counts}
    work.session.execute(sa.update(Account).where(Account.id == account_id).values(**values))  # type: ignore[arg-type]
