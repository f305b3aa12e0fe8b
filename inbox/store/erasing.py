"""Removing what people said and who they are, and leaving the numbers: the statements of erasure and retention.

A message, an arrival, a wait keep their rows, so that every count and every time stays true; what was said, by whom
and to whom is gone from them, from the index, from the files and from the raw mail.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from inbox.store import belongings, handovers, search
from inbox.store.belongings import Handle
from inbox.store.db import Work
from inbox.store.tables import (
    Arrival,
    Attachment,
    Awaited,
    Blob,
    Change,
    Contact,
    Conversation,
    Delivery,
    DraftFile,
    Identity,
    Message,
    Notice,
    Review,
    ReviewSample,
    SavedDraft,
    Sender,
    Wait,
    WaitEvent,
)
from inbox.store.tools import chunked, insert_new, table

MARK = b"This was erased.\n"
"""What stands where raw mail was. It is not nothing, for nothing is what an empty file that arrives has."""
EMPTY = hashlib.sha256(MARK).digest()
NOBODY: dict[str, Any] = {"from": None, "reply_to": None, "to": [], "cc": []}
ERASED = "erased"

_arrivals, _attachments = table(Arrival), table(Attachment)
_changes, _contacts, _conversations = table(Change), table(Contact), table(Conversation)
_draft_files, _drafts, _identities, _messages = table(DraftFile), table(SavedDraft), table(Identity), table(Message)
_notices, _outbox, _senders = table(Notice), table(Delivery), table(Sender)
_waits, _events = table(Wait), table(WaitEvent)
_reviews, _samples = table(Review), table(ReviewSample)


@dataclass
class Removed:
    """What a batch held that must not come back: raw hashes, Message-IDs; and blobs that may be loose now."""

    raws: set[bytes] = field(default_factory=set)
    mails: set[str] = field(default_factory=set)
    blobs: set[bytes] = field(default_factory=set)


def forget_contacts(work: Work, contacts: Collection[int], name: str) -> None:
    """Remove names, notes, attributes and handles."""
    blank = {"name": name, "notes": "", "data": {}, "erased_at": work.now}
    work.session.execute(sa.update(_contacts).where(_contacts.c.id.in_(contacts)).values(**blank))
    mails = [value for kind, value in belongings.handles(work.session, contacts) if kind == "mail"]
    work.session.execute(sa.delete(_senders).where(_senders.c.kind == "address", _senders.c.value.in_(mails)))
    work.session.execute(sa.delete(_identities).where(_identities.c.contact_id.in_(contacts)))
    work.session.expire_all()


def empty_conversations(work: Work, ids: Sequence[int]) -> set[bytes]:
    """Remove what stands on conversations and beside them: subjects, snippets, drafts, reasons, notices.

    Returns blobs that may be loose now.
    """
    execute = work.session.execute
    loose: set[bytes] = set()
    for chunk in chunked(ids):
        blank = {"subject": "", "snippet": "", "emptied_at": work.now, "snoozed_until": None}
        execute(sa.update(_conversations).where(_conversations.c.id.in_(chunk)).values(**blank))
        mine = sa.select(_drafts.c.id).where(_drafts.c.conversation_id.in_(chunk))
        loose.update(execute(sa.select(_draft_files.c.sha256).where(_draft_files.c.draft_id.in_(mine))).scalars())
        execute(sa.delete(_draft_files).where(_draft_files.c.draft_id.in_(mine)))
        execute(sa.delete(_drafts).where(_drafts.c.conversation_id.in_(chunk)))
        execute(sa.update(_notices).where(_notices.c.conversation_id.in_(chunk)).values(data={}))
        execute(sa.update(_changes).where(_changes.c.conversation_id.in_(chunk)).values(data={}))
        execute(
            sa.update(_waits).where(_waits.c.conversation_id.in_(chunk), _waits.c.reason != "").values(reason=ERASED)
        )
        _blank_events(work, chunk)
        _blank_reviews(work, chunk)
        handovers.blank(work, chunk)
        cancelled = {"state": "cancelled", "error": ""}
        queued = sa.update(_outbox).where(_outbox.c.conversation_id.in_(chunk), _outbox.c.state == "queued")
        execute(queued.values(**cancelled))
    work.session.expire_all()
    return loose


def _blank_events(work: Work, conversation_ids: Sequence[int]) -> None:
    mine = sa.select(_waits.c.id).where(_waits.c.conversation_id.in_(conversation_ids))
    found = work.session.execute(sa.select(_events.c.id, _events.c.details).where(_events.c.wait_id.in_(mine))).all()
    for row_id, details in found:
        if details.get("reason"):
            plain = {**details, "reason": ERASED}
            work.session.execute(sa.update(_events).where(_events.c.id == row_id).values(details=plain))


def _blank_reviews(work: Work, conversation_ids: Sequence[int]) -> None:
    """Remove what founders wrote about these waits; causes, verdicts and who saw to what stay."""
    mine = sa.select(_waits.c.id).where(_waits.c.conversation_id.in_(conversation_ids))
    for written in (_reviews.c.words, _reviews.c.action, _samples.c.reason):
        theirs = sa.update(written.table).where(written.table.c.wait_id.in_(mine), written != "")
        work.session.execute(theirs.values({written: ERASED}))


def empty_messages(work: Work, ids: Sequence[int]) -> Removed:
    """Remove what these messages say, from whom, to whom, with which files; they stay as messages of their times."""
    removed = _held(work.session, ids)
    search.forget(work, ids)
    keep_empty_blob(work)
    execute = work.session.execute
    execute(sa.delete(_attachments).where(_attachments.c.message_id.in_(ids)))
    execute(sa.delete(table(Awaited)).where(table(Awaited).c.message_id.in_(ids)))
    blank: dict[str, Any] = dict.fromkeys(("subject", "text", "quoted", "external_id", "rfc_message_id"), "")
    blank |= {"in_reply_to": "", "fingerprint": "", "has_html": False, "vouched": False, "written_at": None}
    blank |= {"people": NOBODY, "flags": [ERASED], "raw_sha256": _emptied(_messages.c.raw_sha256)}
    mine = sa.update(_messages).where(_messages.c.id.in_(ids))
    execute(mine.where(_messages.c.kind != "event").values(details={}, **blank))
    _blank_details(work, ids)
    execute(
        sa.update(_outbox)
        .where(_outbox.c.message_id.in_(ids))
        .values(payload=NOBODY, error="", raw_sha256=_emptied(_outbox.c.raw_sha256))
    )
    execute(sa.update(_arrivals).where(_arrivals.c.message_id.in_(ids)).values(sha256=EMPTY, size=0, facts={}))
    set_aside = _arrivals.c.state.in_(("quarantined", "ignored")) & _arrivals.c.sha256.in_(removed.raws)
    execute(sa.update(_arrivals).where(set_aside).values(sha256=EMPTY, size=0, facts={}))
    _index_empty(work, ids)
    work.session.expire_all()
    return removed


def scrub_messages(work: Work, ids: Sequence[int], found: Collection[Handle]) -> Removed:
    """Take a person out of messages of others: from the list of people, the quoted tail, and the raw mail."""
    removed = _held(work.session, ids)
    search.forget(work, ids)
    keep_empty_blob(work)
    for message in work.session.execute(sa.select(_messages).where(_messages.c.id.in_(ids))).all():
        values = {
            "people": _without(message.people, set(found)),
            "quoted": "",
            "has_html": False,
            "flags": [*(flag for flag in message.flags if flag != "quotes_erased"), "quotes_erased"],
            "raw_sha256": EMPTY if message.raw_sha256 is not None else None,
        }
        work.session.execute(sa.update(_messages).where(_messages.c.id == message.id).values(**values))
    execute = work.session.execute
    mine = sa.update(_arrivals).where(_arrivals.c.message_id.in_(ids))
    execute(mine.values(sha256=EMPTY, size=0, facts={}))
    for row in execute(sa.select(_outbox.c.id, _outbox.c.payload).where(_outbox.c.message_id.in_(ids))).all():
        left = {**row.payload, **_without(row.payload, set(found))}
        emptied = {"payload": left, "raw_sha256": _emptied(_outbox.c.raw_sha256)}
        execute(sa.update(_outbox).where(_outbox.c.id == row.id).values(**emptied))
    # Files of the mail itself went with its raw bytes; those a teammate added are stored apart and stay.
    execute(sa.delete(_attachments).where(_attachments.c.message_id.in_(ids), _attachments.c.blob_sha256.is_(None)))
    _index_as_is(work, ids)
    work.session.expire_all()
    return removed


def _without(people: dict[str, Any], found: set[Handle]) -> dict[str, Any]:
    def stays(one: Any) -> bool:  # noqa: ANN401 - a person as stored
        return bool(one) and (one.get("kind"), one.get("value")) not in found

    lists = {name: [one for one in people.get(name) or [] if stays(one)] for name in ("to", "cc")}
    single = {name: people.get(name) if stays(people.get(name)) else None for name in ("from", "reply_to")}
    return {**single, **lists}


def _held(session: Session, ids: Sequence[int]) -> Removed:
    """Say what these messages and their arrivals hold, before it is removed."""
    removed = Removed()
    columns = (_messages.c.raw_sha256, _messages.c.rfc_message_id)
    for raw, name in session.execute(sa.select(*columns).where(_messages.c.id.in_(ids))):
        removed.raws |= {raw} if raw else set()
        removed.mails |= {name} if name else set()
    arrived = sa.select(_arrivals.c.sha256).where(_arrivals.c.message_id.in_(ids))
    removed.raws.update(session.execute(arrived).scalars())
    removed.raws.discard(EMPTY)
    files = sa.select(_attachments.c.blob_sha256).where(_attachments.c.message_id.in_(ids))
    sent = sa.select(_outbox.c.raw_sha256).where(_outbox.c.message_id.in_(ids))
    loose = {*session.execute(files).scalars(), *session.execute(sent).scalars()} - {None, EMPTY}
    removed.blobs = removed.raws | loose
    return removed


def _emptied(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    return sa.case((column.is_(None), sa.null()), else_=sa.literal(EMPTY))


def keep_empty_blob(work: Work) -> None:
    """See that there is something for what was emptied to refer to."""
    insert_new(work, Blob, [{"sha256": EMPTY, "size": len(MARK), "data": MARK}])


def _blank_details(work: Work, ids: Sequence[int]) -> None:
    """Of events only what happened stays, and numbers."""
    query = sa.select(_messages.c.id, _messages.c.details).where(_messages.c.id.in_(ids), _messages.c.kind == "event")
    for row_id, details in work.session.execute(query).all():
        plain = {key: value for key, value in details.items() if key == "event" or isinstance(value, bool | int)}
        work.session.execute(sa.update(_messages).where(_messages.c.id == row_id).values(details=plain, text=""))


def _index_empty(work: Work, ids: Sequence[int]) -> None:
    columns = (_messages.c.id, _messages.c.conversation_id, _messages.c.account_id, _messages.c.at)
    query = sa.select(*columns).where(_messages.c.id.in_(ids), _messages.c.kind == "message")
    search.index(
        work,
        [
            search.Document(row.id, row.conversation_id, "", "", {}, (), row.account_id, row.at)
            for row in work.session.execute(query).all()
        ],
    )


def _index_as_is(work: Work, ids: Sequence[int]) -> None:
    query = sa.select(_messages).where(_messages.c.id.in_(ids), _messages.c.kind == "message")
    search.index(
        work,
        [
            search.Document(row.id, row.conversation_id, row.subject, row.text, row.people, (), row.account_id, row.at)
            for row in work.session.execute(query).all()
        ],
    )


def merge_index(work: Work, *, first: bool) -> bool:
    """Work on the index of words for a moment, so that removed words leave its pages; True when there is more to do."""
    if work.dialect == "postgresql":
        return False
    connection = work.session.connection()
    before = connection.exec_driver_sql("SELECT total_changes()").scalar_one()
    connection.exec_driver_sql("INSERT INTO search(search, rank) VALUES ('merge', ?)", (-400 if first else 400,))
    return int(connection.exec_driver_sql("SELECT total_changes()").scalar_one()) - int(before) >= 2
