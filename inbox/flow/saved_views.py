"""Lists that teammates make for themselves or for the team: a search under a name."""

from __future__ import annotations

from dataclasses import dataclass

from inbox.flow.errors import NotFoundError, RefusedError
from inbox.say import say
from inbox.store import saved_views, search
from inbox.store.db import Work
from inbox.store.tables import SavedView, Teammate
from inbox.store.tools import clean

LONGEST_NAME = 60
LONGEST_QUERY = 500


@dataclass(frozen=True, slots=True)
class Given:
    """A view as it was written. sorting: newest or urgent; shared: the whole team sees it."""

    name: str
    query: str
    sorting: str = "newest"
    shared: bool = False


def add(work: Work, given: Given, by: int) -> int:
    """Make a view; returns its number."""
    _check(work, given, by)
    if saved_views.count(work.session, by) >= saved_views.MOST:
        raise RefusedError(say("You have {most} views already: delete one first.", most=saved_views.MOST))
    row = SavedView(
        name=clean(given.name.strip()),
        query=clean(given.query.strip()),
        sorting=given.sorting,
        shared=given.shared,
        teammate_id=by,
        place=saved_views.last_place(work.session) + 1,
        created_at=work.now,
    )
    work.session.add(row)
    work.session.flush()
    work.announce("view.saved", teammate_id=by, view_id=row.id, name=row.name)
    return row.id or 0


def change(work: Work, view_id: int, given: Given, by: int) -> None:
    """Change a view; whoever made it may, and a founder a shared one."""
    row = _mine(work, view_id, by)
    _check(work, given, by)
    row.name, row.query = clean(given.name.strip()), clean(given.query.strip())
    row.sorting, row.shared = given.sorting, given.shared
    work.announce("view.saved", teammate_id=by, view_id=row.id, name=row.name)


def remove(work: Work, view_id: int, by: int) -> None:
    """Delete a view; no conversation is touched."""
    row = _mine(work, view_id, by)
    work.announce("view.removed", teammate_id=by, view_id=row.id, name=row.name)
    work.session.delete(row)


def move(work: Work, view_id: int, up: bool, by: int) -> None:  # noqa: FBT001 - up or down
    """Let a view change places with its neighbour."""
    ids = [row.id or 0 for row in saved_views.visible(work.session, by)]
    if view_id not in ids:
        raise NotFoundError(say("This view is not there any more."))
    here = ids.index(view_id)
    there = here - 1 if up else here + 1
    if 0 <= there < len(ids):
        ids[here], ids[there] = ids[there], ids[here]
        saved_views.renumber(work, ids)


def _mine(work: Work, view_id: int, by: int) -> SavedView:
    row = saved_views.get(work.session, view_id, by)
    if row is None:
        raise NotFoundError(say("This view is not there any more."))
    founder = work.session.get_one(Teammate, by).role == "founder"
    if row.teammate_id != by and not founder:
        raise RefusedError(say("Only whoever made this view, or a founder, may change it."))
    return row


def _check(work: Work, given: Given, by: int) -> None:
    if not 0 < len(clean(given.name.strip())) <= LONGEST_NAME or not clean(given.name.strip()).isprintable():
        raise RefusedError(say("Give the view a name of up to {limit} letters.", limit=LONGEST_NAME))
    if not 0 < len(clean(given.query.strip())) <= LONGEST_QUERY:
        raise RefusedError(say("Write what the view shall find, like “is:waiting tag:billing”."))
    if given.sorting not in {"newest", "urgent"}:
        raise RefusedError(say("A view is sorted by the newest, or by the least time left."))
    facts = search.conditions(work.session, given.query, now=work.now, me=by)
    if given.sorting == "urgent" and facts is None:
        raise RefusedError(
            say("By time left, a view can only ask for is:, tag: and assignee:. Take the other words out of it.")
        )
