"""Snoozing, following, blocking, what was seen, and being on duty."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from inbox.flow import bulk, reading
from inbox.flow.context import Context
from inbox.flow.errors import NotFoundError, RefusedError
from inbox.flow.sign_in import Signed
from inbox.flow.snooze import PastDeadlineError
from inbox.store import conversations, mentions, readers, senders
from inbox.web.deps import House, Me
from inbox.web.outcome import Undo, changed, known
from inbox.web.pages.acts import HERE, UNDO_FOR, Text
from inbox.web.render import done, fragment, zone_of
from inbox.web.words import _
from inbox.web.writing import moment

router = APIRouter()


@router.post(HERE + "/snooze")
def snooze(
    request: Request,
    house: House,
    me: Me,
    conversation_id: int,
    until: Text = "",
    past_deadline: Text = "",
    view: Text = "",
) -> Response:
    """Put it away until a time; past the deadline only after the person was asked."""
    at = moment(until, zone_of(request))
    if at is None:
        raise RefusedError(_("Choose a day and a time."))
    given = {"until": at.isoformat(), "past_deadline": bool(past_deadline)}
    try:
        undo = _one(house, me, "snooze", given, conversation_id)
    except PastDeadlineError:
        if request.headers.get("hx-request") != "true":
            raise
        asked = fragment(
            request, "inbox/past_deadline.html", me=me, until=until, conversation_id=conversation_id, view=known(view)
        )
        asked.headers.update({"HX-Retarget": "#toasts", "HX-Reswap": "innerHTML"})
        return asked
    return changed(
        request, house, me, conversation_id, view, _("Snoozed. It comes back then, or when they write."), undo
    )


@router.post(HERE + "/wake")
def wake(request: Request, house: House, me: Me, conversation_id: int, view: Text = "") -> Response:
    """Bring it back now."""
    undo = _one(house, me, "wake", {}, conversation_id)
    return changed(request, house, me, conversation_id, view, _("It is back."), undo)


@router.post(HERE + "/follow")
def follow(request: Request, house: House, me: Me, conversation_id: int, off: Text = "", view: Text = "") -> Response:
    """Follow it, or stop."""
    undo = _one(house, me, "unfollow" if off else "follow", {}, conversation_id)
    said = _("You follow this no more.") if off else _("You follow this now.")
    return changed(request, house, me, conversation_id, view, said, undo)


@router.post(HERE + "/seen", status_code=204)
def seen(house: House, me: Me, conversation_id: int, version: Annotated[int, Form(ge=0)] = 0) -> Response:
    """The teammate has it before their eyes."""
    with house.store.reading() as session:
        known_version = readers.seen(session, me.id, [conversation_id]).get(conversation_id, -1)
        named = mentions.unseen(session, conversation_id, me.id)
    if known_version < version or named:
        with house.store.unit_of_work() as work:
            reading.see(work, conversation_id, me.id, version)
    return Response(status_code=204)


@router.post(HERE + "/unread")
def unread(request: Request, house: House, me: Me, conversation_id: int, view: Text = "") -> Response:
    """Make it unread again, and go back to the list."""
    with house.store.unit_of_work() as work:
        reading.unsee(work, conversation_id, me.id)
    return done(request, f"/inbox/{known(view)}", _("Unread again."))


@router.post(HERE + "/block")
def block(request: Request, house: House, me: Me, conversation_id: int, what: Text = "", view: Text = "") -> Response:
    """Block who began this conversation, or their whole domain, and put it in spam."""
    with house.store.reading() as session:
        value = _sender(session, conversation_id)
    value = value.rpartition("@")[2] if what == "domain" else value
    undo = _one(house, me, "block", {"value": value}, conversation_id)
    said = _("{sender} is blocked; their mail goes to spam.").format(sender=value)
    return changed(request, house, me, conversation_id, view, said, undo)


def _sender(session: Any, conversation_id: int) -> str:  # noqa: ANN401 - a session of the store
    held = conversations.survivor(session, conversation_id)
    first = senders.first_words(session, held.id or 0) if held else None
    author = (first.people or {}).get("from") if first else None
    if held is None:
        raise NotFoundError(_("This conversation is not there any more."))
    if not author or author.get("kind") != "mail":
        raise RefusedError(_("Only a mail address can be blocked, and nobody is named as the sender here."))
    return str(author["value"])


def _one(house: Context, me: Signed, kind: str, given: dict[str, Any], conversation_id: int) -> Undo:
    with house.store.unit_of_work() as work:
        number = bulk.one(work, kind, given, conversation_id, me.id)
    return Undo(f"/bulk/{number}/undo", UNDO_FOR)
