"""Whether new conversations go to whoever is on duty, for founders' programs."""

from __future__ import annotations

from fastapi import APIRouter

from inbox.flow import duty, routing
from inbox.web.api.given import Given
from inbox.web.api.route import ApiFounder, ApiRoute, ApiSettings
from inbox.web.api.shapes import Told
from inbox.web.deps import House

router = APIRouter(route_class=ApiRoute, tags=["promise"])


class RoutingGiven(Given):
    """to_duty: new conversations go to whoever is on duty; else they stay with nobody."""

    to_duty: bool


class RoutingTold(Told):
    """What happens with a new conversation. on_duty: the teammates of whom one would get it now."""

    to_duty: bool
    on_duty: list[int]


@router.get("/routing")
def read_routing(house: House, me: ApiFounder) -> RoutingTold:  # noqa: ARG001 - the policy
    """Return what happens with a new conversation."""
    with house.store.reading() as session:
        return RoutingTold(to_duty=routing.is_on(session), on_duty=duty.on_duty(session, house.clock()))


@router.put("/routing")
def change_routing(house: House, me: ApiFounder, allowed: ApiSettings, given: RoutingGiven) -> RoutingTold:  # noqa: ARG001 - the policy
    """Say what happens with new conversations from now on."""
    with house.store.unit_of_work() as work:
        routing.set_on(work, me.id, on=given.to_duty)
        return RoutingTold(to_duty=given.to_duty, on_duty=duty.on_duty(work.session, work.now))
