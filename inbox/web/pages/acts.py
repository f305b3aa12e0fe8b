"""What a teammate does with a conversation besides writing: each act is one POST and shows what changed."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from inbox.flow import act, bulk, claims, deliver, merge
from inbox.flow.context import Context
from inbox.flow.errors import RefusedError
from inbox.flow.sign_in import Signed
from inbox.store import conversations, messages
from inbox.web.deps import House, Me
from inbox.web.outcome import Undo, changed, elsewhere
from inbox.web.pages.bulk import assignment
from inbox.web.render import zone_of
from inbox.web.words import _, clock

router = APIRouter()
Text = Annotated[str, Form(max_length=600)]
HERE = "/conversations/{conversation_id}"
UNDO_FOR = 20
"""Seconds for which a page offers to undo an act; it can be undone for longer."""


@router.post(HERE + "/assign")
def assign(request: Request, house: House, me: Me, conversation_id: int, to: Text = "", view: Text = "") -> Response:
    """Hand the conversation to a teammate, to "me", to whoever is on "duty", or to nobody ("")."""
    given = assignment(me, to)
    undo = _one(house, me, "assign", given, conversation_id)
    chosen = given.get("to")
    said = _("Assigned.") if chosen or given.get("duty") else _("Nobody has it now.")
    return changed(request, house, me, conversation_id, view, _("It is yours.") if chosen == me.id else said, undo)


@router.post(HERE + "/claim")
def claim(request: Request, house: House, me: Me, conversation_id: int, view: Text = "") -> Response:
    """Say "I'm on it": the ladder climbs no further for a while, and the wait goes on."""
    with house.store.unit_of_work() as work:
        until = claims.claim(work, conversation_id, me.id)
    at = clock(until, house.clock(), zone_of(request))
    return changed(request, house, me, conversation_id, view, _("You are on it until {at}.").format(at=at))


@router.post(HERE + "/release")
def release(request: Request, house: House, me: Me, conversation_id: int, view: Text = "") -> Response:
    """Let go: the ladder climbs on."""
    with house.store.unit_of_work() as work:
        claims.release(work, conversation_id, me.id)
    return changed(request, house, me, conversation_id, view, _("Let go. The ladder climbs on."))


@router.post(HERE + "/close")
def close(
    request: Request,
    house: House,
    me: Me,
    conversation_id: int,
    reason: Text = "",
    other: Text = "",
    view: Text = "",
) -> Response:
    """Close; while somebody waits, a reason says why no reply is needed. The reason "spam" puts it there instead."""
    if reason == "spam":
        return spam(request, house, me, conversation_id, view)
    undo = _one(house, me, "close", {"reason": other.strip() or reason}, conversation_id)
    return changed(request, house, me, conversation_id, view, _("Closed."), undo)


@router.post(HERE + "/no-reply-needed")
def no_reply_needed(
    request: Request,
    house: House,
    me: Me,
    conversation_id: int,
    reason: Text = "",
    other: Text = "",
    view: Text = "",
) -> Response:
    """End the wait without a reply."""
    undo = _one(house, me, "no_reply_needed", {"reason": other.strip() or reason}, conversation_id)
    return changed(request, house, me, conversation_id, view, _("Nobody waits here any more."), undo)


@router.post(HERE + "/reopen")
def reopen(request: Request, house: House, me: Me, conversation_id: int, view: Text = "") -> Response:
    """Open it again."""
    with house.store.unit_of_work() as work:
        act.reopen(work, conversation_id, me.id)
    return changed(request, house, me, conversation_id, view, _("Open again."))


@router.post(HERE + "/spam")
def spam(request: Request, house: House, me: Me, conversation_id: int, view: Text = "") -> Response:
    """Put it away as spam."""
    undo = _one(house, me, "spam", {}, conversation_id)
    return changed(request, house, me, conversation_id, view, _("In spam."), undo)


@router.post(HERE + "/not-spam")
def not_spam(request: Request, house: House, me: Me, conversation_id: int, view: Text = "") -> Response:
    """Take it out of spam; the person waits on as if it had never been there."""
    with house.store.unit_of_work() as work:
        act.not_spam(work, conversation_id, me.id)
    return changed(request, house, me, conversation_id, view, _("Out of spam. The wait goes on since the same time."))


@router.post(HERE + "/tags")
def tag(
    request: Request, house: House, me: Me, conversation_id: int, name: Text = "", off: Text = "", view: Text = ""
) -> Response:
    """Put a tag on, or take it off."""
    undo = _one(house, me, "untag" if off else "tag", {"name": name}, conversation_id)
    said = _("The tag is off.") if off else _("Tagged.")
    return changed(request, house, me, conversation_id, view, said, undo)


@router.post(HERE + "/merge")
def merge_into(
    request: Request, house: House, me: Me, conversation_id: int, into: Text = "", view: Text = ""
) -> Response:
    """Merge this conversation into another one, named by its number."""
    number = into.strip().lstrip("#")
    if not _is_id(number):
        raise RefusedError(_("Give the number of the other conversation."))
    with house.store.unit_of_work() as work:
        merge.merge(work, conversation_id, int(number), me.id)
    return elsewhere(request, view, int(number), _("Merged."))


@router.post("/messages/{message_id}/split")
def split(request: Request, house: House, me: Me, message_id: int, view: Text = "") -> Response:
    """Let a message begin a conversation of its own."""
    with house.store.unit_of_work() as work:
        begun = merge.split(work, message_id, me.id)
    return elsewhere(request, view, begun, _("Split off into a conversation of its own."))


@router.post("/merges/{merge_id}/undo")
def undo(
    request: Request, house: House, me: Me, merge_id: int, conversation_id: Text = "", view: Text = ""
) -> Response:
    """Undo a merge or a split."""
    with house.store.unit_of_work() as work:
        merge.undo(work, merge_id, me.id)
    number = int(conversation_id) if _is_id(conversation_id) else 0
    with house.store.reading() as session:
        found = conversations.survivor(session, number)
    return elsewhere(request, view, found.id if found and found.id else 0, _("Undone."))


@router.post("/deliveries/{delivery_id}/{what}")
def delivery(
    request: Request, house: House, me: Me, delivery_id: int, what: str, message_id: Text = "", view: Text = ""
) -> Response:
    """Decide about a send that failed, may have left, or has not."""
    verbs = {"again": deliver.send_again, "sent": deliver.mark_sent, "cancel": deliver.cancel}
    if what not in verbs:
        raise RefusedError(_("That cannot be done with a message."))
    with house.store.unit_of_work() as work:
        verbs[what](work, delivery_id, me.id)
        message = messages.get(work.session, int(message_id)) if _is_id(message_id) else None
    house.bells.queued.ring()
    said = {"again": _("It is sent again."), "sent": _("Noted as sent."), "cancel": _("Taken back.")}[what]
    return changed(request, house, me, message.conversation_id if message else 0, view, said)


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 16


def _one(house: Context, me: Signed, kind: str, given: dict[str, Any], conversation_id: int) -> Undo:
    """Do one act that can be taken back."""
    with house.store.unit_of_work() as work:
        number = bulk.one(work, kind, given, conversation_id, me.id)
    return Undo(f"/bulk/{number}/undo", UNDO_FOR)
