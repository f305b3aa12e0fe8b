"""Everything one conversation's screen shows, asked in a fixed number of questions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone, tzinfo

from markupsafe import Markup

from inbox.flow import outgoing, resolution
from inbox.flow.errors import NotFoundError
from inbox.store import accounts, contacts, conversations, listing, messages, outbox, standins, teammates, waits
from inbox.store.db import Session
from inbox.store.listing import Row
from inbox.store.tables import Attachment, Contact, Delivery, Identity, Merge, Message, Teammate, Wait
from inbox.web import policy_words, prose, telling
from inbox.web.words import _, said, tell

ENTRIES = 200
OTHERS = 8
PRINTED = 2000


@dataclass(slots=True)
class Entry:
    """One line of the timeline, ready to be shown."""

    message: Message
    who: str
    body: Markup = field(default_factory=Markup)
    quoted: Markup = field(default_factory=Markup)
    more: bool = False
    told: str = ""
    picture: str = ""
    day: str = ""
    day_key: str = ""
    their: str = ""
    flags: list[str] = field(default_factory=list)
    files: list[Attachment] = field(default_factory=list)
    delivery: Delivery | None = None
    delivered: str = ""
    alarming: bool = False
    undo: int | None = None


@dataclass(slots=True)
class Story:
    """One conversation: its row, its people, its timeline, and what can be done with it."""

    row: Row
    contact: Contact
    address: str
    entries: list[Entry]
    wait: Wait | None
    team: list[Teammate]
    identities: list[Identity]
    others: list[Row]
    merges: list[Merge]
    contact_merges: list[Merge]
    to: str
    earlier: str
    offset: int | None
    policy: str = ""
    matter: str = ""

    @property
    def id(self) -> int:
        """The conversation's number."""
        return self.row.id


def load(session: Session, conversation_id: int, now: datetime, zone: tzinfo, limit: int = 0) -> Story:
    """Return a conversation's story; of a merged one, the story of the one that holds its messages. NotFoundError."""
    found = conversations.survivor(session, conversation_id)
    row = listing.named(session, [found.id]).get(found.id) if found and found.id else None
    if found is None or row is None:
        raise NotFoundError(_("This conversation is not there any more."))
    timeline, more = _newest(session, row.id, limit or _shown(session, row.id), None)
    offset = _offset(timeline)
    merges = conversations.merges_of(session, row.id)
    wait = waits.open_of(session, row.id)
    return Story(
        row=row,
        contact=session.get_one(Contact, row.contact_id),
        address=_address(session, found.account_id),
        entries=_entries(session, timeline, row, merges, now, zone, offset),
        wait=wait,
        policy=policy_words.promised(session, wait),
        matter=policy_words.matter(resolution.standing(session, row.id, now), now, zone),
        team=teammates.active(session),
        identities=contacts.identities_of(session, row.contact_id),
        others=[other for other in listing.of_contact(session, row.contact_id, OTHERS + 1) if other.id != row.id],
        merges=merges,
        contact_merges=contacts.merges_of(session, row.contact_id),
        to=_answered_to(timeline, row),
        earlier=more,
        offset=offset,
    )


def earlier(
    session: Session, conversation_id: int, before: tuple[datetime, int], now: datetime, zone: tzinfo
) -> tuple[list[Entry], str]:
    """Return the entries before a place, and the place before which there are more ("" for none). NotFoundError."""
    found = conversations.survivor(session, conversation_id)
    row = listing.named(session, [found.id]).get(found.id) if found and found.id else None
    if row is None:
        raise NotFoundError(_("This conversation is not there any more."))
    timeline, more = _newest(session, row.id, ENTRIES, before)
    merges = conversations.merges_of(session, row.id)
    return _entries(session, timeline, row, merges, now, zone, _offset(timeline)), more


def _shown(session: Session, conversation_id: int) -> int:
    """Return how many entries to show: the newest 200 and so many more that the first stays as others are added.

    What was brought from before it then goes on without a gap.
    """
    whole = messages.count(session, conversation_id)
    return whole if whole < 2 * ENTRIES else ENTRIES + whole % ENTRIES


def _newest(
    session: Session, conversation_id: int, limit: int, before: tuple[datetime, int] | None
) -> tuple[list[Message], str]:
    timeline = messages.timeline(session, conversation_id, limit + 1, before)
    shown = timeline[-limit:]
    return shown, placed(shown[0].at, shown[0].id or 0) if len(timeline) > limit else ""


def placed(at: datetime, number: int) -> str:
    """Write a place in a timeline for an address."""
    return f"{round(at.timestamp() * 1_000_000)}-{number}"


def _offset(timeline: list[Message]) -> int | None:
    """Return how far east of UTC the person's clock stands, as far as their newest message tells."""
    for message in reversed(timeline):
        offset = message.details.get("offset")
        if message.direction == "in" and isinstance(offset, int):
            return offset
    return None


def _their(message: Message, zone: tzinfo, latest: int | None) -> str:
    """Say what the person's own clock showed at a message, "" where that is unknown or the same as the reader's."""
    offset = message.details.get("offset", latest)
    if message.kind != "message" or not isinstance(offset, int):
        return ""
    here, there = message.at.astimezone(zone), message.at.astimezone(timezone(timedelta(minutes=offset)))
    if here.utcoffset() == there.utcoffset():
        return ""
    return said(there, "HH:mm" if here.date() == there.date() else "EEE HH:mm")


def _address(session: Session, account_id: int) -> str:
    account = accounts.get(session, account_id)
    return account.address if account else ""


def _answered_to(timeline: list[Message], row: Row) -> str:
    """Return the address an answer goes to, as far as the timeline tells; sending decides by the same rule."""
    for message in reversed(timeline):
        if message.direction == "in" and message.kind == "message" and message.nature == "person":
            wanted = outgoing.asks_for(message)
            return str(wanted["value"]) if wanted else row.contact
    return row.contact


def _entries(
    session: Session,
    timeline: list[Message],
    row: Row,
    merges: list[Merge],
    now: datetime,
    zone: tzinfo,
    offset: int | None,
) -> list[Entry]:
    ids = [message.id for message in timeline if message.id and message.kind == "message"]
    files = messages.attachments_of(session, ids) if ids else {}
    sent = outbox.of_messages(session, ids) if ids else {}
    team = teammates.names(session)
    people = contacts.names(session, sorted({m.contact_id for m in timeline if m.contact_id}))
    undoable = {merge.id for merge in merges}
    entries = []
    for message in timeline:
        entry = Entry(message, _who(message, team, people, row), their=_their(message, zone, offset))
        if message.kind == "event":
            entry.told = telling.event(message.details, entry.who)
            entry.picture = telling.picture(message.details)
            merge_id = message.details.get("merge_id")
            entry.undo = merge_id if merge_id in undoable else None
        else:
            _write(entry)
            entry.files = files.get(message.id or 0, [])
            _add_delivery(entry, sent.get(message.id or 0), now, zone)
        entries.append(entry)
    _divide(entries, now, zone)
    return entries


def _divide(entries: list[Entry], now: datetime, zone: tzinfo) -> None:
    """Name the day at its first entry."""
    last = None
    for entry in entries:
        day = entry.message.at.astimezone(zone).date()
        if day != last:
            entry.day, entry.day_key = telling.day(entry.message.at, now, zone), day.isoformat()
        last = day


def _who(message: Message, team: dict[int, str], people: dict[int, str], row: Row) -> str:
    if message.teammate_id is not None:
        return team.get(message.teammate_id, _("Somebody who left"))
    if message.details.get("rule"):
        return _("Rule “{name}”").format(name=message.details["rule"])
    if message.kind == "event":
        return _("Under24")
    if message.details.get("letter"):
        return _("Under24, by itself")
    if message.direction == "out":
        return _("The team, from another mail program")
    return people.get(message.contact_id or 0, row.contact)


def _write(entry: Entry) -> None:
    message = entry.message
    text, entry.more = prose.shortened(tell(message.text) if standins.FLAG in message.flags else message.text)
    ours = message.kind == "note" or (
        message.direction == "out" and (message.teammate_id or "letter" in message.details)
    )
    entry.body = prose.markdown(text) if ours else prose.plain(text)
    entry.quoted = prose.plain(prose.shortened(message.quoted)[0])
    entry.flags = telling.flags(message)


def _add_delivery(entry: Entry, row: Delivery | None, now: datetime, zone: tzinfo) -> None:
    if row is not None:
        entry.delivery = row
        entry.delivered = telling.delivery(row, now, zone)
        entry.alarming = row.state in telling.ALARMING
