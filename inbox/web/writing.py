"""What a composer shows: what was typed and kept, what the channel allows, and who else writes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from jinja2 import pass_context

from inbox.flow import outgoing
from inbox.store import accounts, drafts, teammates
from inbox.store.db import Session
from inbox.store.tables import DraftFile, SavedDraft
from inbox.web.words import _
from rules import limits
from rules.limits import Limits

if TYPE_CHECKING:
    from jinja2.runtime import Context as Scope

    from inbox.flow.context import Context
    from inbox.web.story import Story

MORNING = 9
KINDS = ("reply", "note", "forward")


@dataclass(frozen=True, slots=True)
class Theirs:
    """A draft that a colleague shares."""

    id: int
    who: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Later:
    """A time at which a reply may leave; `at` is what the form sends: local to the reader, to the minute."""

    said: str
    at: str


@dataclass(slots=True)
class Desk:
    """One teammate's desk. drafts: one's own by kind."""

    drafts: dict[str, SavedDraft] = field(default_factory=dict)
    files: dict[str, list[DraftFile]] = field(default_factory=dict)
    theirs: list[Theirs] = field(default_factory=list)
    limits: Limits = field(default_factory=Limits)
    channel: str = "mail"
    signature: str = ""
    later: list[Later] = field(default_factory=list)
    earliest: str = ""
    stale: bool = False

    def text(self, kind: str) -> str:
        """Return what was typed and kept."""
        return self.drafts[kind].text if kind in self.drafts else ""

    def version(self, kind: str) -> int:
        """Return the version of the kept draft, 0 for none."""
        return self.drafts[kind].version if kind in self.drafts else 0

    def people(self, kind: str, name: str) -> str:
        """Return the addresses that were changed in a draft."""
        kept = self.drafts[kind].people.get(name, []) if kind in self.drafts else []
        return ", ".join(str(one.get("value", "")) for one in kept)

    @property
    def tab(self) -> str:
        """What is written first: a forward that was begun, else the reply, unless only a note was begun."""
        return next((kind for kind in ("forward", "reply", "note") if self.text(kind) or self.files.get(kind)), "reply")


@pass_context
def of(scope: Scope, story: Story) -> Desk:
    """Return the reader's desk in the conversation that a template shows."""
    context: Context = scope["request"].app.state.context
    with context.store.reading() as session:
        return desk(session, story.id, story.row.version, scope["me"].id, scope["now"], scope["zone"])


def desk(session: Session, conversation_id: int, version: int, me_id: int, now: datetime, zone: tzinfo) -> Desk:
    """Return the desk of a teammate in a conversation."""
    place = accounts.of_conversation(session, conversation_id)
    author = teammates.get(session, me_id)
    if place is None or author is None:
        return Desk()
    channel, account = place
    kept = drafts.of_conversation(session, conversation_id)
    mine = {one.kind: one for one in kept if one.teammate_id == me_id}
    files = drafts.files(session, [one.id or 0 for one in mine.values()]) if mine else {}
    names = teammates.names(session) if len(kept) > len(mine) else {}
    theirs = [
        Theirs(one.id or 0, names.get(one.teammate_id, ""), one.kind, one.text)
        for one in kept
        if one.shared and one.teammate_id != me_id
    ]
    reply = mine.get("reply")
    return Desk(
        drafts=mine,
        files={kind: files.get(one.id or 0, []) for kind, one in mine.items()},
        theirs=theirs,
        limits=limits.of(channel),
        channel=channel,
        signature=outgoing.signed(session, channel, account, author),
        later=_times(now.astimezone(zone)),
        earliest=f"{now.astimezone(zone) + timedelta(minutes=1):%Y-%m-%dT%H:%M}",
        stale=bool(reply and reply.seen and reply.seen < version),
    )


def _times(here: datetime) -> list[Later]:
    """Offer the times that most people mean."""
    tomorrow = (here + timedelta(days=1)).replace(hour=MORNING, minute=0)
    monday = (here + timedelta(days=7 - here.weekday())).replace(hour=MORNING, minute=0)
    offered = [(_("In 2 hours"), here + timedelta(hours=2)), (_("Tomorrow at 9"), tomorrow)]
    if monday.date() != tomorrow.date():
        offered.append((_("On Monday at 9"), monday))
    return [Later(said, f"{at:%Y-%m-%dT%H:%M}") for said, at in offered]


def moment(text: str, zone: tzinfo) -> datetime | None:
    """Read a time that a form sends, local to the reader; None for anything else."""
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M").replace(tzinfo=zone)
    except ValueError:
        return None
