"""Snoozing, following, reading, blocking, saved views, tags, and acts on many conversations."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from inbox.flow import bulk, reading, saved_views, snooze, unwanted
from inbox.flow.bulk import Progress
from inbox.flow.errors import RefusedError
from inbox.say import say
from inbox.store import saved_views as views
from inbox.store import senders, tags
from inbox.web.api.calls import done, made
from inbox.web.api.given import Blocked, Bulk, Seen, Until, ViewGiven
from inbox.web.api.route import ApiRoute
from inbox.web.api.shapes import BulkTold, Done, Id, SenderTold, TagTold, ViewTold
from inbox.web.deps import ApiUser, House

router = APIRouter(route_class=ApiRoute, tags=["lists"])
HERE = "/conversations/{conversation_id}"


@router.post(f"{HERE}/snooze")
def snooze_it(house: House, me: ApiUser, conversation_id: int, given: Until) -> Done:
    """Put it away until a time; 422 when somebody's answer is due before and `past_deadline` does not say so."""
    return done(house, snooze.snooze, conversation_id, given.until, me.id, past_deadline=given.past_deadline)


@router.post(f"{HERE}/wake")
def wake(house: House, me: ApiUser, conversation_id: int) -> Done:
    """Bring it back now."""
    return done(house, snooze.wake, conversation_id, me.id)


@router.post(f"{HERE}/follow")
def follow(house: House, me: ApiUser, conversation_id: int) -> Done:
    """Follow it."""
    return done(house, reading.follow, conversation_id, me.id)


@router.post(f"{HERE}/unfollow")
def unfollow(house: House, me: ApiUser, conversation_id: int) -> Done:
    """Follow it no more."""
    return done(house, reading.follow, conversation_id, me.id, on=False)


@router.post(f"{HERE}/seen")
def see(house: House, me: ApiUser, conversation_id: int, given: Seen) -> Done:
    """Say which version one has had before one's eyes."""
    return done(house, reading.see, conversation_id, me.id, given.version)


@router.post(f"{HERE}/assign-on-duty")
def assign_on_duty(house: House, me: ApiUser, conversation_id: int) -> Id:
    """Hand it to whoever is on duty and has least; returns who that is."""
    return made(house, reading.assign_on_duty, conversation_id, me.id)


@router.get("/senders")
def list_senders(house: House, me: ApiUser, before: int | None = None) -> list[SenderTold]:  # noqa: ARG001 - the policy
    """Return whose new mail goes to spam, newest first, a hundred at a time; `before` is the last id of a page."""
    with house.store.reading() as session:
        return [SenderTold.model_validate(row) for row, _ in senders.everyone(session, before)]


@router.post("/senders", status_code=201)
def block(house: House, me: ApiUser, given: Blocked) -> Id:
    """Block an address or a domain."""
    return made(house, unwanted.block, given.what, me.id)


@router.delete("/senders/{sender_id}")
def unblock(house: House, me: ApiUser, sender_id: int) -> Done:
    """Let somebody write again."""
    return done(house, unwanted.unblock, sender_id, me.id)


@router.get("/tags")
def list_tags(house: House, me: ApiUser) -> list[TagTold]:  # noqa: ARG001 - the policy
    """Return the tags there are."""
    with house.store.reading() as session:
        return [TagTold.model_validate(row) for row in tags.used(session)]


@router.get("/views")
def list_views(house: House, me: ApiUser) -> list[ViewTold]:
    """Return the saved views this teammate sees."""
    with house.store.reading() as session:
        return [ViewTold.model_validate(row) for row in views.visible(session, me.id)]


@router.post("/views", status_code=201)
def add_view(house: House, me: ApiUser, given: ViewGiven) -> Id:
    """Save a view."""
    return made(house, saved_views.add, saved_views.Given(**given.model_dump()), me.id)


@router.delete("/views/{view_id}")
def remove_view(house: House, me: ApiUser, view_id: int) -> Done:
    """Delete a view; the conversations stay."""
    return done(house, saved_views.remove, view_id, me.id)


@router.post("/bulk", status_code=201)
def begin(house: House, me: ApiUser, given: Bulk) -> BulkTold:
    """Do something with many conversations; the first batch is done when this answers."""
    told: dict[str, Any] = given.given.model_dump(mode="json")
    if given.kind == "snooze" and told["until"] is None:
        raise RefusedError(say("Choose a day and a time."))
    with house.store.unit_of_work() as work:
        number = bulk.start(work, given.kind, told, given.conversation_ids, me.id)
    with house.store.unit_of_work() as work:
        return _told(bulk.step(work, number))


@router.post("/bulk/{bulk_id}/go")
def go_on(house: House, me: ApiUser, bulk_id: int) -> BulkTold:
    """Do, or undo, the next batch."""
    with house.store.unit_of_work() as work:
        bulk.progress(work, bulk_id, me.id)
        return _told(bulk.step(work, bulk_id))


@router.post("/bulk/{bulk_id}/undo")
def undo(house: House, me: ApiUser, bulk_id: int) -> BulkTold:
    """Begin to take it all back."""
    with house.store.unit_of_work() as work:
        return _told(bulk.undo(work, bulk_id, me.id))


def _told(progress: Progress) -> BulkTold:
    count = progress.tally.count
    return BulkTold(
        id=progress.id,
        kind=progress.kind,
        state=progress.state,
        finished=progress.finished,
        total=progress.total,
        done=count("undone") if progress.state in {"undoing", "undone"} else count("done"),
        refused=count("refused", "kept"),
        reasons=dict(progress.tally.reasons),
    )
