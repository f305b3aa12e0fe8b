"""Conversations: lists, search, one with its timeline."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Response

from inbox.flow.errors import NotFoundError
from inbox.store import conversations, listing, messages, outbox, search, waits
from inbox.store.db import Session
from inbox.store.tables import Attachment, Conversation, Delivery, Message
from inbox.store.views import ViewName
from inbox.web import originals
from inbox.web.api.route import ApiRoute, Cursor, Limit, cursor_of, place_of
from inbox.web.api.shapes import (
    ConversationRow,
    Conversations,
    ConversationTold,
    FileTold,
    MessageTold,
    Sending,
    WaitTold,
)
from inbox.web.deps import ApiUser, House

router = APIRouter(route_class=ApiRoute, tags=["conversations"])


@router.get("/conversations")
def list_conversations(
    house: House, me: ApiUser, view: ViewName = "waiting", cursor: Cursor = "", limit: Limit = 50
) -> Conversations:
    """Return a page of a view; `waiting` and `snoozed` have the most urgent first, the others the newest."""
    place = place_of(cursor)
    with house.store.reading() as session:
        found = listing.page(session, view, me.id, listing.Place(*place) if place else None, limit)
    rows = [ConversationRow.model_validate(row) for row in found.rows]
    return Conversations(conversations=rows, next=cursor_of(found.next.at, found.next.id) if found.next else None)


@router.get("/search")
def search_conversations(
    house: House,
    me: ApiUser,
    q: Annotated[str, Query(max_length=1000)],
    cursor: Cursor = "",
    limit: Limit = 50,
) -> Conversations:
    """Find conversations by what their messages say; `snippet` is the text around the first word found."""
    place = search.Place.read(cursor) if cursor else None
    if cursor and place is None:
        raise NotFoundError("This cursor is not one of ours.")
    with house.store.reading() as session:
        found = search.search(session, q, now=house.clock(), me=me.id, limit=limit, before=place)
        rows = listing.named(session, [hit.conversation_id for hit in found.hits], me.id)
    told = [
        ConversationRow.model_validate(rows[hit.conversation_id]).model_copy(update={"snippet": hit.snippet})
        for hit in found.hits
        if hit.conversation_id in rows
    ]
    return Conversations(conversations=told, next=str(found.next) if found.next else None, problems=found.problems)


@router.get("/conversations/{conversation_id}")
def get_conversation(house: House, me: ApiUser, conversation_id: int) -> ConversationTold:  # noqa: ARG001 - the policy
    """Return a conversation with its newest thousand entries."""
    with house.store.reading() as session:
        found = conversations.get(session, conversation_id)
        if found is None:
            raise NotFoundError("This conversation is not there any more.")
        return _told(session, found, conversation_id)


@router.get("/attachments/{attachment_id}", response_class=Response)
def get_attachment(house: House, me: ApiUser, attachment_id: int) -> Response:  # noqa: ARG001 - the policy
    """Return a file's bytes, to be saved and not shown."""
    row, data = originals.file(house, attachment_id)
    return Response(
        data, media_type="application/octet-stream", headers={"Content-Disposition": _saved_as(row.filename)}
    )


@router.get("/messages/{message_id}/raw", response_class=Response)
def get_raw(house: House, me: ApiUser, message_id: int) -> Response:  # noqa: ARG001 - the policy
    """Return the raw bytes a message was made of."""
    with house.store.reading() as session:
        found = originals.find(session, message_id)
    headers = {"Content-Disposition": f'attachment; filename="message-{message_id}.eml"'}
    return Response(found.raw, media_type="application/octet-stream", headers=headers)


def _saved_as(filename: str) -> str:
    """Name a file in a header (RFC 6266), whatever a stranger called it."""
    return f"attachment; filename*=UTF-8''{quote(filename[:200], safe='')}"


def _told(session: Session, row: Conversation, row_id: int) -> ConversationTold:
    timeline = messages.timeline(session, row_id)
    ids = [message.id or 0 for message in timeline]
    files, sent = messages.attachments_of(session, ids), outbox.of_messages(session, ids)
    told = [_message(one, files.get(one.id or 0, []), sent.get(one.id or 0)) for one in timeline]
    values: dict[str, Any] = {
        **row.model_dump(),
        "tags": conversations.tags_of(session, row_id),
        "messages": told,
        "waits": [WaitTold.model_validate(wait) for wait in waits.of_conversation(session, row_id)],
    }
    return ConversationTold.model_validate(values)


def _message(row: Message, files: list[Attachment], sent: Delivery | None) -> MessageTold:
    values = {
        **row.model_dump(exclude={"raw_sha256"}),
        "attachments": [
            FileTold.model_validate({**file.model_dump(exclude={"blob_sha256"}), "sha256": file.sha256.hex()})
            for file in files
        ],
        "delivery": Sending.model_validate(sent) if sent else None,
    }
    return MessageTold.model_validate(values)
