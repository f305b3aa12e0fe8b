"""The lists every team has, and what makes a conversation belong to each.

Lists of the team are one walk along one index (see Conversation.__table_args__), whatever the size of the table. Lists
of one person's own doing (mentions, following) are as long as what that person did, and are sorted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import sqlalchemy as sa

from inbox.store.tables import Conversation, Follow, Mention, Message
from inbox.store.tools import table

ViewName = Literal[
    "waiting",
    "mine",
    "unassigned",
    "snoozed",
    "waiting-for-them",
    "mentions",
    "following",
    "sent",
    "open",
    "all",
    "closed",
    "spam",
]
VIEWS: tuple[str, ...] = get_args(ViewName)

_c = table(Conversation).c
_follows = table(Follow).c
_mentions = table(Mention).c
_messages = table(Message).c

# Written out, not as parameters: a partial index is used only where the planner can see that it fits.
_OPEN = _c.status == sa.literal_column("'open'")
_OURS = _c.last_from == sa.literal_column("'us'")
_VISIBLE = _c.merged_into.is_(None)
_AWAKE = _c.snoozed_until.is_(None)


@dataclass(frozen=True, slots=True)
class View:
    """How a list is asked for: what belongs to it, what it is ordered by, and what must be joined for that.

    urgent: the least time left comes first, or the earliest to come back; else the newest.
    """

    key: sa.ColumnElement[Any]
    wanted: list[sa.ColumnElement[bool]]
    urgent: bool = False
    joined: sa.FromClause | None = None
    on: sa.ColumnElement[bool] | None = field(default=None)

    def apply(self, query: sa.Select[Any]) -> sa.Select[Any]:
        """Ask only for what belongs here."""
        if self.joined is not None and self.on is not None:
            query = query.join(self.joined, self.on)
        return query.where(*self.wanted)

    def after(self, at: object, row_id: int) -> sa.ColumnElement[bool]:
        """Go on behind a place."""
        here = sa.tuple_(sa.literal(at, self.key.type), sa.literal(row_id))
        mine = sa.tuple_(self.key, _c.id)
        return mine > here if self.urgent else mine < here

    @property
    def order(self) -> tuple[sa.ColumnElement[Any], sa.ColumnElement[Any]]:
        """The order of the list; the id breaks ties."""
        return (self.key.asc(), _c.id.asc()) if self.urgent else (self.key.desc(), _c.id.desc())


def view(name: str, me: int) -> View:
    """Return a list by its name, as this teammate sees it."""
    if name == "mentions":
        return _mentioned(me)
    if name == "following":
        mine = sa.and_(_follows.conversation_id == _c.id, _follows.teammate_id == me)
        return View(_c.updated_at, [_VISIBLE], joined=table(Follow), on=mine)
    return _OF_ALL.get(name) or View(_c.updated_at, _of_work(name, me))


def _of_work(name: str, me: int) -> list[sa.ColumnElement[bool]]:
    if name == "mine":
        return [_c.assignee_id == me, _OPEN, _VISIBLE, _AWAKE]
    if name == "unassigned":
        return [_c.assignee_id.is_(None), _OPEN, _VISIBLE, _AWAKE]
    if name == "all":
        return [_VISIBLE]
    if name in {"open", "closed", "spam"}:
        return [_c.status == name, _VISIBLE]
    raise ValueError(f"There is no view {name!r}.")


def _mentioned(me: int) -> View:
    """List where a note names this teammate, the newest note first."""
    newest = (
        sa.select(_messages.conversation_id, sa.func.max(_messages.at).label("at"))
        .select_from(table(Mention))
        .join(table(Message), _messages.id == _mentions.message_id)
        .where(_mentions.teammate_id == me)
        .group_by(_messages.conversation_id)
        .subquery("mentioned")
    )
    return View(newest.c.at, [_VISIBLE], joined=newest, on=newest.c.conversation_id == _c.id)


_OF_ALL = {
    "waiting": View(_c.due_at, [_c.due_at.is_not(None), _AWAKE], urgent=True),
    "snoozed": View(_c.snoozed_until, [_c.snoozed_until.is_not(None), _VISIBLE], urgent=True),
    "waiting-for-them": View(_c.updated_at, [_OPEN, _c.due_at.is_(None), _OURS, _VISIBLE, _AWAKE]),
    "sent": View(_c.replied_at, [_c.replied_at.is_not(None), _VISIBLE]),
}
RISING = frozenset(name for name, one in _OF_ALL.items() if one.urgent)
"""Lists whose first row has the least time left."""


def awake_and_waiting() -> list[sa.ColumnElement[bool]]:
    """What belongs to the list of who waits."""
    return [_c.due_at.is_not(None), _AWAKE]
