"""Erase one person: what they wrote, what we wrote to them, and who they are; the figures stay.

Asked for in two steps by a founder, done in the background in bounded batches. Cut short at any moment, it is begun
again and ends the same. What others wrote in a thread with this person is theirs and stays; what it quotes of the
person, and the raw mail that names them, does not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from inbox.flow import audit, erased
from inbox.flow.errors import NotFoundError, RefusedError
from inbox.flow.waits import Closing, close_wait
from inbox.say import say
from inbox.store import belongings, data_jobs, erasing, tombstones, waits
from inbox.store.tables import Contact, Conversation, Message
from inbox.store.tools import chunked

if TYPE_CHECKING:
    from inbox.flow.context import Context
    from inbox.store.belongings import Handle
    from inbox.store.db import Work
    from inbox.store.erasing import Removed
    from inbox.vault import Vault

BATCH = 100
SPAN = 5000
"""Ids of messages that are looked through for a name at once."""
PAGE = 100
HEAD = 64 * 1024
NAME = "Erased person"
FOUND_NOBODY = say("This person is not there any more.")

Progress = Callable[[int, int], None]


def ask(work: Work, contact_id: int, by: int | None) -> int:
    """Queue the erasure of a person; returns the job. It cannot be taken back."""
    contact = find(work, contact_id)
    job_id = data_jobs.add(work, "erase", {"contact": contact.id, "handles": []}, by)
    audit.record(work, by, "person.erase_asked", contact=contact.id, job=job_id)
    return job_id


def find(work: Work, contact_id: int) -> Contact:
    """Return a person who can be exported or erased. NotFoundError | RefusedError."""
    contact = work.session.get(Contact, contact_id)
    if contact is None:
        raise NotFoundError(FOUND_NOBODY)
    if contact.merged_into is not None:
        raise RefusedError(say("This person was merged into another: go to that one."))
    if contact.erased_at is not None:
        raise RefusedError(say("This person was erased already."))
    return contact


def run(context: Context, asked: dict[str, Any], keep: Callable[[dict[str, Any]], None], progress: Progress) -> Any:  # noqa: ANN401 - counts, as JSON holds them
    """Erase; `keep` remembers what a second beginning needs. Returns the counts.

    asked: {"contact", "handles"}, and "at" where it began before, or somebody is erased again who was erased then.
    """
    with context.store.reading() as session:
        contacts = belongings.one_person(session, int(asked["contact"]))
        handles = [*map(tuple, asked["handles"]), *belongings.handles(session, contacts)]
    at = datetime.fromisoformat(asked["at"]) if "at" in asked else context.clock()
    keep({**asked, "handles": sorted(set(handles)), "at": at.isoformat()})
    erased.note(context.settings.data_dir, context.vault, handles, at)
    with context.store.unit_of_work() as work:
        talks = begin(work, context.vault, contacts, handles, at)
    with context.store.reading() as session:
        mine, others = belongings.said(session, contacts), belongings.said_by_others(session, contacts)
    steps = _Steps(progress, len(mine) + len(others))
    for chunk in chunked(mine, BATCH):
        steps.add(empty(context, chunk))
    naming = _naming(context, handles, at, set(mine), steps) if handles else []
    for chunk in chunked(sorted({*others, *naming}), BATCH):
        steps.add(_scrub(context, chunk, handles))
    raws = _set_aside(context, handles, steps) if handles else 0
    tidy_index(context)
    return {"conversations": len(talks), "messages": len(mine), "of_others": len({*others, *naming}), "raw": raws}


class _Steps:
    """Tells how far it is, and in searching that it is still at work."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress, self._total, self._done = progress, total, 0

    def add(self, number: int) -> None:
        self._done += number
        self._progress(self._done, max(self._total, self._done))


def begin(work: Work, vault: Vault, contacts: Sequence[int], handles: Sequence[Handle], at: datetime) -> list[int]:
    """Remove who it was, and end every wait: from here on, whoever writes is somebody new."""
    erased.bury_person(work, vault, handles, at)
    talks = belongings.conversations(work.session, contacts)
    for conversation_id in talks:
        _end_wait(work, conversation_id)
    tombstones.drop_blobs(work, erasing.empty_conversations(work, talks))
    erasing.forget_contacts(work, contacts, NAME)
    for conversation_id in talks:
        work.announce("conversation.erased", conversation_id=conversation_id)
    work.announce("contact.erased", contact_id=contacts[0])
    return talks


def _end_wait(work: Work, conversation_id: int) -> None:
    conversation = work.session.get_one(Conversation, conversation_id, with_for_update=True)
    wait = waits.open_of(work.session, conversation_id)
    if wait is not None:
        close_wait(work, conversation, wait, Closing("erased", work.now))
    if conversation.status == "open":
        conversation.status = "closed"
    work.session.flush()


def empty(context: Context, ids: Sequence[int]) -> int:
    """Empty a batch of messages and remember what must not come back."""
    with context.store.unit_of_work() as work:
        return _bury(context, work, erasing.empty_messages(work, ids), len(ids))


def _scrub(context: Context, ids: Sequence[int], handles: Sequence[Handle]) -> int:
    with context.store.unit_of_work() as work:
        return _bury(context, work, erasing.scrub_messages(work, ids, handles), len(ids))


def _bury(context: Context, work: Work, removed: Removed, number: int) -> int:
    erased.bury(work, context.vault, removed)
    tombstones.drop_blobs(work, removed.blobs)
    return number


def _naming(context: Context, handles: Sequence[Handle], at: datetime, but: set[int], steps: _Steps) -> list[int]:
    """Find the messages of others that name this person, anywhere; not what they write once they are erased."""
    found: list[int] = []
    with context.store.reading() as session:
        highest = belongings.highest(session, Message)
    for low in range(0, highest + 1, SPAN):
        with context.store.reading() as session:
            found += [one for one in belongings.naming(session, handles, at, low, low + SPAN) if one not in but]
        steps.add(0)
    return found


def _set_aside(context: Context, handles: Sequence[Handle], steps: _Steps) -> int:
    """Let go of raw mail from this person that became no message: automatic replies, what could not be read."""
    needles = [value.encode().lower() for _, value in handles]
    after, emptied = 0, 0
    while True:
        with context.store.reading() as session:
            page = tombstones.set_aside(session, after, PAGE)
        if not page:
            return emptied
        after = page[-1][0]
        hits = [(row_id, sha) for row_id, sha, raw in page if any(one in raw[:HEAD].lower() for one in needles)]
        with context.store.unit_of_work() as work:
            tombstones.bury(work, {erased.raw_key(context.vault, sha) for _, sha in hits})
            loose = tombstones.empty_arrivals(work, [row_id for row_id, _ in hits], erased.REASON)
            tombstones.drop_blobs(work, loose)
        emptied += len(hits)
        steps.add(0)


def tidy_index(context: Context) -> None:
    """Let removed words leave the pages of the index, a moment of work at a time."""
    first = True
    while True:
        with context.store.unit_of_work() as work:
            if not erasing.merge_index(work, first=first) and not first:
                return
        if context.store.dialect == "postgresql":
            return
        first = False
