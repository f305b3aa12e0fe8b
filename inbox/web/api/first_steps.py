"""What a new house still needs, for founders' programs."""

from __future__ import annotations

from fastapi import APIRouter

from inbox.flow import first_steps
from inbox.web.api.route import ApiFounder, ApiRoute, ApiSettings
from inbox.web.api.shapes import Told
from inbox.web.deps import House

router = APIRouter(route_class=ApiRoute, tags=["house"])


class StepTold(Told):
    """One of the first steps: account, mail, team, rota, told."""

    key: str
    done: bool


class StepsTold(Told):
    """The first steps. shown: whether the screens still show them to this founder."""

    steps: list[StepTold]
    shown: bool


@router.get("/first-steps")
def read_steps(house: House, me: ApiFounder) -> StepsTold:
    """Return what is to be done first, and what of it is there."""
    with house.store.reading() as session:
        return _told(first_steps.steps(session), shown=bool(first_steps.wanted(session, me.id)))


@router.delete("/first-steps")
def put_away(house: House, me: ApiFounder, allowed: ApiSettings) -> StepsTold:  # noqa: ARG001 - the policy
    """Show this founder the list no more."""
    with house.store.unit_of_work() as work:
        first_steps.put_away(work, me.id)
        return _told(first_steps.steps(work.session), shown=False)


def _told(steps: list[first_steps.Step], *, shown: bool) -> StepsTold:
    return StepsTold(steps=[StepTold(key=one.key, done=one.done) for one in steps], shown=shown)
