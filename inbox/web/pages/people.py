"""The person beside the conversation: name, notes, and when two contacts are one person."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from inbox.flow import people
from inbox.flow.errors import RefusedError
from inbox.store import contacts
from inbox.web.deps import House, Me
from inbox.web.outcome import changed
from inbox.web.words import _

router = APIRouter()
Text = Annotated[str, Form(max_length=25_000)]
Number = Annotated[int, Form()]


class Person(BaseModel):
    """What the form beside a conversation sends. language: None leaves it."""

    conversation_id: int
    name: str = Field("", max_length=25_000)
    notes: str = Field("", max_length=25_000)
    language: str | None = Field(None, max_length=8)
    view: str = Field("", max_length=100)


@router.post("/contacts/{contact_id}")
def save(request: Request, house: House, me: Me, contact_id: int, given: Annotated[Person, Form()]) -> Response:
    """Change what we call a person, what we note about them, and the language of our letters to them."""
    with house.store.unit_of_work() as work:
        people.rename(work, contact_id, given.name, me.id)
        people.set_notes(work, contact_id, given.notes, me.id)
        if given.language is not None:
            people.set_language(work, contact_id, given.language, me.id)
    return changed(request, house, me, given.conversation_id, given.view, _("Saved."))


@router.post("/contacts/{contact_id}/merge")
def merge(
    request: Request,
    house: House,
    me: Me,
    contact_id: int,
    conversation_id: Number,
    same_as: Text = "",
    view: Text = "",
) -> Response:
    """Say that this person is one we know by another address."""
    with house.store.unit_of_work() as work:
        found = [contact for contact, value in contacts.find(work.session, same_as) if value == same_as.strip().lower()]
        if not found or found[0].id is None:
            raise RefusedError(_("Nobody is known by this address or number."))
        people.merge(work, contact_id, found[0].id, me.id)
    return changed(request, house, me, conversation_id, view, _("Joined. They are one person now."))


@router.post("/contacts/merges/{merge_id}/undo")
def undo(request: Request, house: House, me: Me, merge_id: int, conversation_id: Number, view: Text = "") -> Response:
    """Make two people of one again."""
    with house.store.unit_of_work() as work:
        people.undo(work, merge_id, me.id)
    return changed(request, house, me, conversation_id, view, _("Two people again."))
