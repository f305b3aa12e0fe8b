"""Texts that are written often: kept by name, found by any word in them, filled in for one person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from inbox.flow import business
from inbox.flow.errors import NotFoundError, RefusedError
from inbox.say import say
from inbox.store import accounts, conversations, replies, teammates
from inbox.store.db import Session, Work
from inbox.store.tables import Contact, SavedReply
from inbox.store.tools import clean
from rules import variables

MOST_LETTERS = 20_000
NAME, FOLDER = 100, 60
VARIABLES = (
    "contact.first_name",
    "contact.name",
    "me.first_name",
    "me.name",
    "account.name",
    "account.address",
    "conversation.subject",
    *business.VARIABLES,
)


@dataclass(frozen=True, slots=True)
class Given:
    """What a teammate wants to keep. personal: for nobody else."""

    name: str
    text: str
    folder: str = ""
    personal: bool = False


def add(work: Work, by: int, given: Given) -> int:
    """Keep a new one; returns its id."""
    if replies.count(work.session) >= replies.MOST:
        raise RefusedError(say("There are {n} saved replies; remove some first.", n=replies.MOST))
    checked = _checked(given)
    owner = by if given.personal else None
    row = SavedReply(name=checked["name"], text=checked["text"], owner_id=owner, updated_at=work.now)
    row.folder = checked["folder"]
    work.session.add(row)
    work.session.flush()
    work.announce("saved_reply.added", teammate_id=by, saved_reply_id=row.id)
    return row.id or 0


def update(work: Work, reply_id: int, by: int, given: Given) -> None:
    """Change one."""
    row = _found(work, reply_id, by)
    for name, value in _checked(given).items():
        setattr(row, name, value)
    row.owner_id, row.updated_at = by if given.personal else None, work.now
    work.announce("saved_reply.changed", teammate_id=by, saved_reply_id=reply_id)


def remove(work: Work, reply_id: int, by: int) -> None:
    """Remove one."""
    _found(work, reply_id, by)
    replies.remove(work, reply_id)
    work.announce("saved_reply.removed", teammate_id=by, saved_reply_id=reply_id)


def use(work: Work, reply_id: int, by: int) -> None:
    """Count that one was put into a reply."""
    _found(work, reply_id, by)
    replies.used(work, reply_id)


def search(session: Session, teammate_id: int, words: str, limit: int) -> list[SavedReply]:
    """Return those that hold every word; a name counts more than a text, and what is used more comes first."""
    wanted = words.lower().split()
    found = []
    for row in replies.visible(session, teammate_id):
        name, rest = f"{row.folder} {row.name}".lower(), row.text.lower()
        if all(word in name or word in rest for word in wanted):
            in_name = sum(word in name for word in wanted)
            found.append((-in_name, -row.used, name, row))
    return [row for *_order, row in sorted(found, key=lambda one: one[:3])[:limit]]


def known(session: Session, conversation_id: int, teammate_id: int) -> dict[str, str]:
    """Return what variables stand for in a conversation. A contact known by address only has no name."""
    conversation = conversations.survivor(session, conversation_id)
    author = teammates.get(session, teammate_id)
    if conversation is None or author is None:
        return {}
    contact = session.get_one(Contact, conversation.contact_id)
    account = accounts.get(session, conversation.account_id)
    named = "" if "@" in contact.name else contact.name
    return {
        "contact.name": named,
        "contact.first_name": variables.first_name(named),
        "me.name": author.name,
        "me.first_name": variables.first_name(author.name),
        "account.name": account.name if account else "",
        "account.address": account.address if account else "",
        "conversation.subject": conversation.subject,
        **business.variables(business.read(session)),
    }


def check_text(text: str, known: Iterable[str], most: int) -> None:
    """Refuse a text that is longer than so many letters, or has a variable that nothing will ever fill in."""
    if len(text) > most:
        raise RefusedError(say("That is too long: {limit} letters at most.", limit=most))
    odd = variables.unfilled(variables.fill(text, dict.fromkeys(known, "x")))
    if odd:
        raise RefusedError(say("{variable} is not a variable we know. See the list below.", variable=odd[0]))


def _checked(given: Given) -> dict[str, str]:
    name, folder = " ".join(given.name.split()), " ".join(given.folder.split())
    if not name:
        raise RefusedError(say("Give it a name to find it by."))
    if not given.text.strip():
        raise RefusedError(say("Write the text that is to be kept."))
    if len(name) > NAME or len(folder) > FOLDER:
        raise RefusedError(say("That is too long: {limit} letters at most.", limit=MOST_LETTERS))
    check_text(given.text, VARIABLES, MOST_LETTERS)
    return {"name": clean(name), "folder": clean(folder), "text": clean(given.text)}


def _found(work: Work, reply_id: int, by: int) -> SavedReply:
    row = replies.get(work.session, reply_id, by)
    if row is None:
        raise NotFoundError(say("This saved reply is not there any more."))
    return row
