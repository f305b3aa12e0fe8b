"""The people who write to us: what we call them, what we note about them, and when two of them are one."""

from __future__ import annotations

from inbox.flow.errors import NotFoundError, RefusedError
from inbox.say import say
from inbox.store import people
from inbox.store.db import Work
from inbox.store.tables import Contact

NAME_LIMIT = 200
NOTES_LIMIT = 20_000


def rename(work: Work, contact_id: int, name: str, by: int) -> None:
    """Call a person by another name."""
    words = " ".join(name.split())[:NAME_LIMIT]
    if not words:
        raise RefusedError("A person needs a name.")
    _found(work, contact_id).name = words
    work.announce("contact.changed", teammate_id=by, contact_id=contact_id)


def set_notes(work: Work, contact_id: int, notes: str, by: int) -> None:
    """Replace what the team notes about a person."""
    _found(work, contact_id).notes = notes.strip()[:NOTES_LIMIT]
    work.announce("contact.changed", teammate_id=by, contact_id=contact_id)


def set_language(work: Work, contact_id: int, language: str, by: int) -> None:
    """Say which language we write to a person in: en, fr, or "" while nobody knows."""
    if language not in {"", "en", "fr"}:
        raise RefusedError("Letters are written in English or in French.")
    _found(work, contact_id).language = language
    work.announce("contact.changed", teammate_id=by, contact_id=contact_id)


def merge(work: Work, from_id: int, into_id: int, by: int) -> int:
    """Say that two contacts are one person; returns the merge, which can be undone.

    Addresses and conversations go over to `into_id`. Messages keep saying who wrote them.
    """
    if from_id == into_id:
        raise RefusedError("Choose two different people to merge.")
    source, target = _living(work, from_id), _living(work, into_id)
    moved = people.move_contact(work, from_id, into_id)
    source.merged_into = target.id
    merge_id = people.record(work, "contacts", from_id, into_id, moved, by)
    work.announce("contact.merged", teammate_id=by, contact_id=into_id, from_id=from_id, merge_id=merge_id)
    return merge_id


def undo(work: Work, merge_id: int, by: int) -> None:
    """Make two people of one again: what was moved, and is still there, goes back."""
    found = people.get(work, merge_id)
    if found is None or found.kind != "contacts":
        raise NotFoundError("There is no such merge of two people.")
    if found.undone_at is not None:
        raise RefusedError("This merge was undone already.")
    target = _found(work, found.into_id)
    if target.merged_into is not None:
        raise RefusedError(say("{name} was merged into somebody else since: undo that merge first.", name=target.name))
    _found(work, found.from_id).merged_into = None
    work.session.flush()
    people.move_back(work, found)
    found.undone_at = work.now
    work.announce("contact.parted", teammate_id=by, contact_id=found.into_id, from_id=found.from_id, merge_id=merge_id)


def _found(work: Work, contact_id: int) -> Contact:
    contact = work.session.get(Contact, contact_id, with_for_update=True)
    if contact is None:
        raise NotFoundError("This person is not there any more.")
    return contact


def _living(work: Work, contact_id: int) -> Contact:
    contact = _found(work, contact_id)
    if contact.merged_into is not None:
        raise RefusedError(say("{name} was merged into somebody else already.", name=contact.name))
    return contact
