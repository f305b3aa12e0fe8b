"""What a teammate does with a conversation: answer, note, hand over, close, merge, split, tag."""

from __future__ import annotations

import base64
import binascii
import secrets
from datetime import UTC, timedelta

from fastapi import APIRouter

from connectors.contract import File, Handle
from inbox.flow import act, deliver, merge, reply
from inbox.flow import undo as take_back
from inbox.flow.errors import RefusedError
from inbox.web.api.calls import done, made
from inbox.web.api.given import Assignment, Note, Other, Person, Reason, Reply, Tag, Upload
from inbox.web.api.route import ApiRoute
from inbox.web.api.shapes import Done, Id
from inbox.web.deps import ApiUser, House

router = APIRouter(route_class=ApiRoute, tags=["acts"])
HERE = "/conversations/{conversation_id}"


@router.post(f"{HERE}/replies", status_code=201)
def send_reply(house: House, me: ApiUser, conversation_id: int, given: Reply) -> Id:
    """Queue a public reply; 409 when a message newer than `expected_version` is there. The same key twice is one."""
    draft = reply.Draft(
        conversation_id=conversation_id,
        teammate_id=me.id,
        markdown=given.markdown,
        key=f"api-{me.id}-{conversation_id}-{given.key or secrets.token_hex(16)}",
        to=tuple(_handle(one) for one in given.to),
        cc=tuple(_handle(one) for one in given.cc),
        files=tuple(_file(one) for one in given.files),
        expected_version=given.expected_version,
        close=given.close,
        hold=timedelta(seconds=given.hold),
        send_at=given.send_at.astimezone(UTC) if given.send_at else None,
        late=given.late,
        forward=given.forward,
    )
    return made(house, reply.queue_reply, house.vault, draft)


def _handle(one: Person) -> Handle:
    if one.kind == "mail" and ("@" not in one.value or not one.value.isprintable() or " " in one.value):
        raise RefusedError(f"{one.value!r} is not a mail address.")
    return Handle(one.kind, one.value.lower(), one.name)


def _file(one: Upload) -> File:
    try:
        return File(one.filename, one.content_type, base64.b64decode(one.data, validate=True))
    except (binascii.Error, ValueError) as error:
        raise RefusedError(f"The data of {one.filename!r} is not base64.") from error


@router.post("/messages/{message_id}/undo")
def undo_reply(house: House, me: ApiUser, message_id: int) -> Done:
    """Take back a reply that has not left: its text is a draft again; 422 once it has left."""
    return done(house, take_back.take_back, message_id, me.id)


@router.post(f"{HERE}/notes", status_code=201)
def add_note(house: House, me: ApiUser, conversation_id: int, given: Note) -> Id:
    """Add an internal note; it answers nobody."""
    return made(house, reply.add_note, conversation_id, me.id, given.markdown)


@router.post(f"{HERE}/assign")
def assign(house: House, me: ApiUser, conversation_id: int, given: Assignment) -> Done:
    """Hand the conversation to a teammate, or to nobody."""
    return done(house, act.assign, conversation_id, given.assignee_id, me.id)


@router.post(f"{HERE}/close")
def close(house: House, me: ApiUser, conversation_id: int, given: Reason) -> Done:
    """Close; 422 `reason_needed` while somebody waits and no reason is given."""
    return done(house, act.close, conversation_id, me.id, given.reason)


@router.post(f"{HERE}/reopen")
def reopen(house: House, me: ApiUser, conversation_id: int) -> Done:
    """Open a closed conversation again."""
    return done(house, act.reopen, conversation_id, me.id)


@router.post(f"{HERE}/no-reply-needed")
def no_reply_needed(house: House, me: ApiUser, conversation_id: int, given: Reason) -> Done:
    """End the wait without a reply, with a reason."""
    return done(house, act.no_reply_needed, conversation_id, me.id, given.reason)


@router.post(f"{HERE}/spam")
def mark_spam(house: House, me: ApiUser, conversation_id: int) -> Done:
    """Mark as spam."""
    return done(house, act.mark_spam, conversation_id, me.id)


@router.post(f"{HERE}/not-spam")
def not_spam(house: House, me: ApiUser, conversation_id: int) -> Done:
    """It was not spam: the same wait goes on."""
    return done(house, act.not_spam, conversation_id, me.id)


@router.post(f"{HERE}/tags")
def tag(house: House, me: ApiUser, conversation_id: int, given: Tag) -> Done:
    """Put a tag on, or take it off."""
    return done(house, act.tag, conversation_id, given.name, me.id, on=given.on)


@router.post(f"{HERE}/merge", status_code=201)
def merge_into(house: House, me: ApiUser, conversation_id: int, given: Other) -> Id:
    """Move everything into another conversation; returns the merge, for undoing it."""
    return made(house, merge.merge, conversation_id, given.into_id, me.id)


@router.post("/messages/{message_id}/split", status_code=201)
def split(house: House, me: ApiUser, message_id: int) -> Id:
    """Let a message begin a conversation of its own; returns that conversation."""
    return made(house, merge.split, message_id, me.id)


@router.post("/merges/{merge_id}/undo")
def undo(house: House, me: ApiUser, merge_id: int) -> Done:
    """Undo a merge or a split of conversations."""
    return done(house, merge.undo, merge_id, me.id)


@router.post("/deliveries/{delivery_id}/send-again")
def send_again(house: House, me: ApiUser, delivery_id: int) -> Done:
    """Send again what failed, or what may not have arrived."""
    return done(house, deliver.send_again, delivery_id, me.id)


@router.post("/deliveries/{delivery_id}/mark-sent")
def mark_sent(house: House, me: ApiUser, delivery_id: int) -> Done:
    """Somebody looked: it did arrive."""
    return done(house, deliver.mark_sent, delivery_id, me.id)


@router.post("/deliveries/{delivery_id}/cancel")
def cancel(house: House, me: ApiUser, delivery_id: int) -> Done:
    """Hold back what has not left."""
    return done(house, deliver.cancel, delivery_id, me.id)
