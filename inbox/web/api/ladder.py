"""The ladder: taking on who waits, who was told of it, and where one can be reached."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from inbox.flow import claims, reach
from inbox.flow import notices as verbs
from inbox.store import tellings, waits
from inbox.web.api.calls import done
from inbox.web.api.given import Given
from inbox.web.api.route import ApiFounder, ApiRoute, ApiSettings
from inbox.web.api.shapes import Done, Told
from inbox.web.deps import ApiUser, House

router = APIRouter(route_class=ApiRoute, tags=["ladder"])
HERE = "/conversations/{conversation_id}"


class ClaimTold(Told):
    """Until when a claim counts."""

    until: datetime


class ToldOf(Told):
    """Somebody who was told of a step by one means. person: 0 is the team's webhook."""

    wait_id: int
    step: str
    person: int
    means: str
    state: str
    at: datetime
    left_at: datetime | None
    error: str
    nobody: bool


class Reach(Given):
    """Where the ladder reaches a teammate besides mail and push; "" for not at all."""

    phone: Annotated[str, Field(max_length=40)] = ""
    telegram: Annotated[str, Field(max_length=40)] = ""


class Hook(Given):
    """Where the team reads what the ladder tells; "" for nowhere."""

    url: Annotated[str, Field(max_length=2000)]


class HookTold(Told):
    """The host of the team's webhook; its address is never shown again."""

    host: str


@router.post(f"{HERE}/claim")
def claim(house: House, me: ApiUser, conversation_id: int) -> ClaimTold:
    """Say "I'm on it": the ladder climbs no further until then, and the wait goes on."""
    with house.store.unit_of_work() as work:
        return ClaimTold(until=claims.claim(work, conversation_id, me.id, via="api"))


@router.post(f"{HERE}/release")
def release(house: House, me: ApiUser, conversation_id: int) -> Done:
    """Let go: the ladder climbs on."""
    return done(house, claims.release, conversation_id, me.id)


@router.get(f"{HERE}/told")
def told(house: House, me: ApiUser, conversation_id: int) -> list[ToldOf]:  # noqa: ARG001 - `me` is the policy
    """Return who was told of which step of its waits, when, and by which means."""
    with house.store.reading() as session:
        ids = [one.id or 0 for one in waits.of_conversation(session, conversation_id)]
        found = tellings.told(session, ids)
    names = [name for name in ToldOf.model_fields if name != "wait_id"]
    return [
        ToldOf(wait_id=number, **{name: getattr(one, name) for name in names})
        for number in ids
        for one in found.get(number, [])
    ]


@router.put("/me/reach")
def set_reach(house: House, me: ApiSettings, given: Reach) -> Done:
    """Say where the ladder reaches you."""
    phone, telegram = reach.phone(given.phone), reach.telegram(given.telegram)
    with house.store.unit_of_work() as work:
        verbs.prefer(work, me.id, phone=phone or None, telegram=telegram or None)
    return Done()


@router.get("/ladder/webhook")
def hook(house: House, me: ApiFounder) -> HookTold:  # noqa: ARG001 - `me` is the policy
    """Return to which host the team's webhook leads."""
    with house.store.reading() as session:
        return HookTold(host=reach.hook_host(session))


@router.put("/ladder/webhook")
def set_hook(house: House, me: ApiFounder, allowed: ApiSettings, given: Hook) -> Done:  # noqa: ARG001 - the policy
    """Set the team's webhook, or take it off."""
    return done(house, reach.set_hook, house.vault, given.url, me.id, loopback=house.settings.webhooks_loopback)
