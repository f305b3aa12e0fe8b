"""The ladder: taking on who waits, who was told of it, and where one can be reached."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field

from inbox.flow import claims, means_test, reach, reachable
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


class MeansTold(Told):
    """How one means stands. wrong: what is against it, "" for nothing.

    state: of the last test: queued, sent, failed or unknown; "" where there was none. error: why, as the server said.
    """

    means: str
    wrong: str
    state: str
    at: datetime | None
    error: str


class OutOfReachTold(Told):
    """Somebody whom some steps would reach with the page open only; policy: "" for the promise to everybody."""

    person: int
    name: str
    policy: str
    steps: list[str]
    why: dict[str, str]


class TestAsked(Given):
    """By which means a test is sent."""

    means: Literal["mail", "push", "telegram", "sms", "call"]


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
    return [ToldOf.model_validate(one) for number in ids for one in found.get(number, [])]


@router.put("/me/reach")
def set_reach(house: House, me: ApiSettings, given: Reach) -> Done:
    """Say where the ladder reaches you."""
    phone, telegram = reach.phone(given.phone), reach.telegram(given.telegram)
    with house.store.unit_of_work() as work:
        verbs.prefer(work, me.id, phone=phone or None, telegram=telegram or None)
    return Done()


@router.get("/me/reach")
def my_reach(house: House, me: ApiUser) -> list[MeansTold]:
    """Return what stands against reaching you by each means, and what came of the last test."""
    with house.store.reading() as session:
        return [MeansTold.model_validate(one) for one in means_test.outcomes(session, me.id)]


@router.post("/me/reach/test")
def test_me(house: House, me: ApiUser, given: TestAsked) -> list[MeansTold]:
    """Send yourself a test by one means; mail and messages to a phone say later what came of them."""
    means_test.send(house, me.id, given.means)
    return my_reach(house, me)


@router.get("/ladder/out-of-reach")
def out_of_reach(house: House, me: ApiFounder) -> list[OutOfReachTold]:  # noqa: ARG001 - `me` is the policy
    """Return who would hear of which steps with the page open only, and why."""
    with house.store.reading() as session:
        return [OutOfReachTold.model_validate(one) for one in reachable.out_of_reach(session, house.clock())]


@router.post("/ladder/webhook/test")
def test_hook(house: House, me: ApiFounder) -> MeansTold:
    """Send a test to the team's webhook, and return what came of it."""
    means_test.send(house, me.id, "webhook")
    with house.store.reading() as session:
        return MeansTold.model_validate(means_test.outcomes(session, means_test.ROOM)[0])


@router.get("/ladder/webhook")
def hook(house: House, me: ApiFounder) -> HookTold:  # noqa: ARG001 - `me` is the policy
    """Return to which host the team's webhook leads."""
    with house.store.reading() as session:
        return HookTold(host=reach.hook_host(session))


@router.put("/ladder/webhook")
def set_hook(house: House, me: ApiFounder, allowed: ApiSettings, given: Hook) -> Done:  # noqa: ARG001 - the policy
    """Set the team's webhook, or take it off."""
    return done(house, reach.set_hook, house.vault, given.url, me.id, loopback=house.settings.webhooks_loopback)
