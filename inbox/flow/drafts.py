"""Keep what teammates type until they send it: on every device of theirs, and for the team where they share it.

Nothing typed is ever written over unseen: a save names the version it goes on from, and is refused when another tab or
device has saved since; the person chooses then.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from connectors.contract import File
from inbox.flow.errors import ConflictError, NotFoundError, RefusedError
from inbox.flow.reply import MAX_LENGTH, check_length, check_size
from inbox.say import say
from inbox.store import conversations, drafts, outbox
from inbox.store.db import Work
from inbox.store.tables import DraftFile, Message, SavedDraft
from inbox.store.tools import clean

MOST_FILES = 50
"""Files of one draft."""
GONE = say("This draft was sent, discarded or taken over elsewhere. What you have here was not saved.")


class GoneError(ConflictError):
    """The draft is not there any more: it was sent, discarded or taken over elsewhere."""


class WrittenElsewhereError(ConflictError):
    """Another tab or device has saved the draft since; `theirs` is what it says there."""

    def __init__(self, theirs: SavedDraft) -> None:
        """theirs: the draft as it is kept."""
        super().__init__(say("This draft was changed in another tab or on another device."))
        self.theirs = theirs


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the composer. version: of the draft it goes on from, 0 for a new one; key: its key of sending."""

    conversation_id: int
    teammate_id: int
    kind: str
    text: str
    version: int = 0
    key: str = ""
    seen: int = 0
    people: dict[str, Any] | None = None


def save(work: Work, typed: Typed) -> SavedDraft:
    """Keep what was typed. WrittenElsewhereError, GoneError; typed empty it is thrown away, and can be brought back."""
    check_length(typed.text)
    draft = _mine(work, typed.conversation_id, typed.teammate_id, typed.kind)
    if typed.key and (outbox.by_key(work.session, typed.key) or outbox.was_taken_back(work.session, typed.key)):
        raise GoneError(GONE)
    _check_version(draft, typed)
    thrown_away = draft.discarded_at is not None
    if not typed.text.strip() and (thrown_away or not drafts.files(work.session, [draft.id or 0])):
        draft.discarded_at = work.now
    else:
        if thrown_away:
            drafts.clear_files(work, draft.id or 0)
            draft.people, draft.shared = {}, False
        draft.text, draft.discarded_at = clean(typed.text), None
        draft.people = draft.people if typed.people is None else typed.people
        draft.seen = draft.seen or typed.seen
    draft.version += 1
    draft.updated_at = work.now
    if draft.shared:
        _tell(work, draft, typed.teammate_id, "changed")
    return draft


def _check_version(draft: SavedDraft, typed: Typed) -> None:
    alive = draft.discarded_at is None
    if typed.version == draft.version or (typed.version == 0 and not alive):
        return
    if not alive:
        raise GoneError(GONE)
    if draft.text.strip() != typed.text.strip():
        raise WrittenElsewhereError(draft)


def _mine(work: Work, conversation_id: int, teammate_id: int, kind: str) -> SavedDraft:
    """Return the teammate's draft; a new one begins as thrown away, until something is in it."""
    conversation = conversations.lock(work, conversation_id)
    if conversation is None or conversation.merged_into is not None:
        raise NotFoundError(say("This conversation is not there any more."))
    draft = drafts.one(work, conversation_id, teammate_id, kind)
    if draft is None:
        draft = SavedDraft(
            conversation_id=conversation_id,
            teammate_id=teammate_id,
            kind=kind,
            version=0,
            created_at=work.now,
            updated_at=work.now,
            discarded_at=work.now,
        )
        work.session.add(draft)
        work.session.flush()
    return draft


def discard(work: Work, conversation_id: int, by: int, kind: str) -> None:
    """Throw a draft away; `restore` brings it back."""
    draft = drafts.one(work, conversation_id, by, kind)
    if draft is None or draft.discarded_at is not None:
        return
    draft.discarded_at = work.now
    draft.version += 1
    if draft.shared:
        _tell(work, draft, by, "discarded")


def restore(work: Work, conversation_id: int, by: int, kind: str) -> SavedDraft:
    """Bring a draft back that was thrown away."""
    draft = drafts.one(work, conversation_id, by, kind)
    if draft is None or draft.discarded_at is None:
        raise RefusedError(say("There is no draft to bring back."))
    draft.discarded_at, draft.updated_at = None, work.now
    draft.version += 1
    return draft


def share(work: Work, conversation_id: int, by: int, kind: str, *, on: bool) -> None:
    """Show a draft to the whole team, or to nobody else any more."""
    draft = drafts.one(work, conversation_id, by, kind)
    if draft is None or draft.discarded_at is not None:
        raise RefusedError(say("Write something first, then share it."))
    draft.shared = on
    _tell(work, draft, by, "shared" if on else "unshared")


def take_over(work: Work, draft_id: int, by: int) -> SavedDraft:
    """Go on with what a teammate has shared; what one had typed oneself comes first. Returns the draft."""
    named = work.session.get(SavedDraft, draft_id)
    if named is not None:
        conversations.lock(work, named.conversation_id)  # first, as `save` does: else each waits for the other
    theirs = drafts.get(work, draft_id)
    if theirs is None or not theirs.shared or theirs.discarded_at is not None:
        raise RefusedError(say("This draft is not shared any more."))
    if theirs.teammate_id == by:
        return theirs
    mine = _mine(work, theirs.conversation_id, by, theirs.kind)
    if mine.discarded_at is not None:
        _empty(work, mine)
    own = mine.text
    mine.text = "\n\n".join(part for part in (own, theirs.text) if part.strip())
    mine.people = mine.people or theirs.people
    mine.discarded_at, mine.updated_at = None, work.now
    mine.version += 1
    work.session.flush()
    drafts.move_files(work, theirs.id or 0, mine.id or 0)
    _tell(work, theirs, by, "taken_over")
    drafts.remove(work, theirs)
    return mine


def carry(work: Work, from_id: int, into_id: int) -> None:
    """Bring what is being written in one conversation to another that it is merged into; what stands there goes on."""
    for theirs in drafts.of_conversation(work.session, from_id):
        mine = drafts.one(work, into_id, theirs.teammate_id, theirs.kind)
        if mine is None:
            theirs.conversation_id = into_id
            continue
        if mine.discarded_at is not None:
            _empty(work, mine)
        mine.text = "\n\n".join(part for part in (mine.text, theirs.text) if part.strip())
        mine.discarded_at, mine.updated_at = None, work.now
        mine.version += 1
        work.session.flush()
        drafts.move_files(work, theirs.id or 0, mine.id or 0)
        drafts.remove(work, theirs)


def begin_forward(work: Work, message: Message, by: int, head: str, files: list[File]) -> SavedDraft:
    """Begin to pass a message on to somebody else, with its files."""
    draft = _mine(work, message.conversation_id, by, "forward")
    _empty(work, draft)
    draft.text = clean(f"\n\n{head}\n\n{message.text}")[:MAX_LENGTH]
    draft.updated_at = work.now
    for file in files:
        add_file(work, message.conversation_id, by, "forward", file)
    return draft


def add_file(work: Work, conversation_id: int, by: int, kind: str, file: File) -> DraftFile:
    """Keep a file with a draft; it goes out with it."""
    draft = _mine(work, conversation_id, by, kind)
    there = drafts.files(work.session, [draft.id or 0]).get(draft.id or 0, []) if draft.discarded_at is None else []
    if len(there) >= MOST_FILES:
        raise RefusedError(say("That is more files than one message can carry: {n} at most.", n=MOST_FILES))
    check_size(sum(one.size for one in there) + len(file.data))
    if draft.discarded_at is not None:
        _empty(work, draft)
    row = DraftFile(
        draft_id=draft.id or 0,
        filename=file.filename,
        content_type=file.content_type,
        size=len(file.data),
        sha256=hashlib.sha256(file.data).digest(),
    )
    drafts.add_file(work, row, file.data)
    draft.updated_at = work.now
    return row


def version(work: Work, file: DraftFile) -> int:
    """Return the version of the draft that a file goes with."""
    draft = drafts.get(work, file.draft_id)
    return draft.version if draft is not None else 0


def _empty(work: Work, draft: SavedDraft) -> None:
    """Begin anew where a draft was thrown away."""
    drafts.clear_files(work, draft.id or 0)
    draft.text, draft.people, draft.shared, draft.discarded_at = "", {}, False, None
    draft.version += 1


def remove_file(work: Work, file_id: int, by: int) -> None:
    """Take a file out of one's draft."""
    row = drafts.file(work.session, file_id)
    draft = drafts.get(work, row.draft_id) if row is not None else None
    if row is None or draft is None or draft.teammate_id != by:
        raise NotFoundError(say("This file is not in your draft any more."))
    work.session.delete(row)


def _tell(work: Work, draft: SavedDraft, by: int, what: str) -> None:
    work.announce(f"draft.{what}", conversation_id=draft.conversation_id, teammate_id=by)
