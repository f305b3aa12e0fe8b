"""Contacts and teammates."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from inbox.flow import people
from inbox.flow.errors import NotFoundError
from inbox.store import contacts, listing, teammates
from inbox.store.db import Session
from inbox.store.tables import Contact
from inbox.web.api.calls import done, made
from inbox.web.api.given import ContactChange, Other
from inbox.web.api.route import ApiRoute
from inbox.web.api.shapes import ContactTold, ConversationRow, Conversations, Done, Id, IdentityTold, TeammateTold
from inbox.web.deps import ApiUser, House

router = APIRouter(route_class=ApiRoute, tags=["people"])


@router.get("/contacts")
def find_contacts(
    house: House,
    me: ApiUser,  # noqa: ARG001 - the policy
    q: Annotated[str, Query(min_length=2, max_length=320, description="How an address, number or handle begins.")],
) -> list[ContactTold]:
    """Find people by how an address, number or handle of theirs begins."""
    with house.store.reading() as session:
        return [_told(session, contact) for contact, _ in contacts.find(session, q)]


@router.get("/contacts/{contact_id}")
def get_contact(house: House, me: ApiUser, contact_id: int) -> ContactTold:  # noqa: ARG001 - the policy
    """Return a person."""
    with house.store.reading() as session:
        return _told(session, _found(session, contact_id))


@router.get("/contacts/{contact_id}/conversations")
def conversations_of(house: House, me: ApiUser, contact_id: int) -> Conversations:  # noqa: ARG001 - the policy
    """Return a person's newest conversations, at most 200."""
    with house.store.reading() as session:
        _found(session, contact_id)
        rows = listing.of_contact(session, contact_id, 200)
    return Conversations(conversations=[ConversationRow.model_validate(row) for row in rows], next=None)


@router.patch("/contacts/{contact_id}")
def change_contact(house: House, me: ApiUser, contact_id: int, given: ContactChange) -> ContactTold:
    """Rename a person, or replace what the team notes about them."""
    with house.store.unit_of_work() as work:
        if given.name is not None:
            people.rename(work, contact_id, given.name, me.id)
        if given.notes is not None:
            people.set_notes(work, contact_id, given.notes, me.id)
        return _told(work.session, _found(work.session, contact_id))


@router.post("/contacts/{contact_id}/merge", status_code=201)
def merge_contact(house: House, me: ApiUser, contact_id: int, given: Other) -> Id:
    """Say that this is the same person as another; returns the merge, for undoing it."""
    return made(house, people.merge, contact_id, given.into_id, me.id)


@router.post("/contact-merges/{merge_id}/undo")
def undo_merge(house: House, me: ApiUser, merge_id: int) -> Done:
    """Make two people of one again."""
    return done(house, people.undo, merge_id, me.id)


@router.get("/teammates")
def list_teammates(house: House, me: ApiUser) -> list[TeammateTold]:  # noqa: ARG001 - the policy
    """Return everybody who works here, also those who left."""
    with house.store.reading() as session:
        return [TeammateTold.model_validate(one) for one in teammates.everyone(session)]


@router.get("/me")
def whoami(house: House, me: ApiUser) -> TeammateTold:
    """Return the teammate that this token or session speaks for."""
    with house.store.reading() as session:
        return TeammateTold.model_validate(teammates.get(session, me.id))


def _found(session: Session, contact_id: int) -> Contact:
    contact = contacts.get(session, contact_id)
    if contact is None:
        raise NotFoundError("This person is not there any more.")
    return contact


def _told(session: Session, contact: Contact) -> ContactTold:
    known = [IdentityTold.model_validate(one) for one in contacts.identities_of(session, contact.id or 0)]
    return ContactTold.model_validate({**contact.model_dump(), "identities": known})
