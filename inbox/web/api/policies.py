"""Policies and opening hours, for founders' programs."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from inbox.flow import opening_hours
from inbox.flow import policies as verbs
from inbox.flow.open_time import Draft as HoursDraft
from inbox.flow.policies import Draft
from inbox.store import policies, resolutions
from inbox.web import policy_form
from inbox.web.api.calls import done, made
from inbox.web.api.given import Given
from inbox.web.api.route import ApiFounder, ApiRoute, ApiSettings
from inbox.web.api.shapes import Done, Id, Told
from inbox.web.deps import House
from rules import escalation
from rules.escalation import Ladder, Step
from rules.hours import Span
from rules.sla import Condition

router = APIRouter(route_class=ApiRoute, tags=["promise"])
Word = Annotated[str, Field(max_length=100)]
Words = Annotated[list[Word], Field(max_length=60)]
Minutes = Annotated[int, Field(ge=-600_000, le=600_000)]
Spans = Annotated[list[Annotated[list[Word], Field(min_length=2, max_length=2)]], Field(max_length=10)]


class StepGiven(Given):
    """A step. whom, then: assignee, duty, next, everyone, founders, teammate:<id>. means: app, push, mail and so on."""

    name: Word
    before: Minutes
    whom: Words
    means: Words = Field(default_factory=lambda: ["app", "push", "mail"])
    claim_within: Minutes | None = None
    then: Words = Field(default_factory=list)


class LadderGiven(Given):
    """Who is told when; spans are minutes. again: how often after the breach. claim_for: how long a claim lasts."""

    steps: Annotated[list[StepGiven], Field(max_length=20)]
    again: Minutes = 1440
    claim_for: Minutes = 120


class PolicyGiven(Given):
    """A policy. minutes: to answer; hours_id: of which opening hours, null for the wall clock.

    ends_in: minutes to the end of the matter as a whole, null for nothing promised about that.
    """

    name: Word = ""
    accounts: Annotated[list[int], Field(max_length=60)] = Field(default_factory=list)
    channels: Words = Field(default_factory=list)
    tags: Words = Field(default_factory=list)
    attributes: Annotated[dict[Word, Word], Field(max_length=60)] = Field(default_factory=dict)
    minutes: Minutes = 1440
    hours_id: int | None = None
    ladder: LadderGiven | None = None
    ends_in: Minutes | None = None
    pauses: bool = True


class PolicyTold(Told):
    """A policy, as it counts now; the one for everybody has no name and stands last."""

    id: int
    name: str
    version: int
    default: bool
    accounts: list[int]
    channels: list[str]
    tags: list[str]
    attributes: list[tuple[str, str]]
    minutes: int
    hours_id: int | None
    ladder: dict[str, Any]
    ends_in: int | None
    pauses: bool


class MeaningTold(Told):
    """What a policy would have meant for the waits of the last seven days; `open` ones keep their deadline."""

    considered: int
    fits: int
    late: int
    open: int
    more: bool


class ResolutionsTold(Told):
    """Matters that began in a span: how many ended, how many of those in time; the median in seconds."""

    began: int
    ended: int
    in_time: int
    median: float | None
    more: bool


class HoursGiven(Given):
    """Opening hours. week: seven lists of ["09:00", "18:00"], Monday first. exceptions: the same by date."""

    name: Word
    zone: Word
    week: Annotated[list[Spans], Field(min_length=7, max_length=7)]
    exceptions: Annotated[dict[date, Spans], Field(max_length=400)] = Field(default_factory=dict)
    country: Word = ""
    subdivision: Word = ""


class HoursTold(Told):
    """Opening hours."""

    id: int
    name: str
    zone: str
    week: list[Any]
    exceptions: dict[str, Any]
    country: str
    subdivision: str


@router.get("/policies")
def list_policies(house: House, me: ApiFounder) -> list[PolicyTold]:  # noqa: ARG001 - the policy
    """Return the policies in their order: the first that fits counts."""
    with house.store.reading() as session:
        return [
            _told(row.id or 0, row.number, verbs.drafted(row), default=row.is_default)
            for row in policies.everything(session)
        ]


@router.post("/policies", status_code=201)
def add_policy(house: House, me: ApiFounder, allowed: ApiSettings, given: PolicyGiven) -> Id:  # noqa: ARG001 - the policy
    """Write a policy; it counts for waits that open from now on."""
    return made(house, verbs.save, me.id, _draft(given))


@router.post("/policies/preview")
def preview_policy(house: House, me: ApiFounder, given: PolicyGiven) -> MeaningTold:  # noqa: ARG001 - the policy
    """Say what a policy would have meant last week; nothing is changed."""
    with house.store.reading() as session:
        verbs.check(session, _draft(given), default=False)
        return MeaningTold.model_validate(verbs.preview(session, _draft(given), house.clock()))


@router.put("/policies/{policy_id}")
def change_policy(house: House, me: ApiFounder, allowed: ApiSettings, policy_id: int, given: PolicyGiven) -> Done:  # noqa: ARG001 - the policy
    """Write a policy anew; waits that are open keep their deadline."""
    return done(house, verbs.save, me.id, _draft(given), policy_id)


@router.post("/policies/{policy_id}/{to}")
def move_policy(
    house: House,
    me: ApiFounder,
    allowed: ApiSettings,  # noqa: ARG001 - the policy
    policy_id: int,
    to: Literal["up", "down"],
) -> Done:
    """Let a policy count earlier (up) or later (down)."""
    return done(house, verbs.move, me.id, policy_id, up=to == "up")


@router.delete("/policies/{policy_id}")
def delete_policy(house: House, me: ApiFounder, allowed: ApiSettings, policy_id: int) -> Done:  # noqa: ARG001 - the policy
    """Let a policy count for nobody any more."""
    return done(house, verbs.archive, me.id, policy_id)


@router.get("/resolutions")
def resolution_figures(
    house: House,
    me: ApiFounder,  # noqa: ARG001 - the policy
    days: Annotated[int, Query(ge=1, le=366)] = 30,
) -> ResolutionsTold:
    """Return how long matters took that began in the last days, where a policy promises something about that."""
    now = house.clock()
    with house.store.reading() as session:
        return ResolutionsTold.model_validate(resolutions.figures(session, now - timedelta(days=days), now))


@router.get("/opening-hours")
def list_hours(house: House, me: ApiFounder) -> list[HoursTold]:  # noqa: ARG001 - the policy
    """Return the opening hours that policies can count in."""
    with house.store.reading() as session:
        return [HoursTold.model_validate(one) for one in policies.calendars(session)]


@router.post("/opening-hours", status_code=201)
def add_hours(house: House, me: ApiFounder, allowed: ApiSettings, given: HoursGiven) -> Id:  # noqa: ARG001 - the policy
    """Write opening hours."""
    return made(house, opening_hours.save, me.id, _hours(given))


@router.put("/opening-hours/{hours_id}")
def change_hours(house: House, me: ApiFounder, allowed: ApiSettings, hours_id: int, given: HoursGiven) -> Done:  # noqa: ARG001 - the policy
    """Write opening hours anew; waits that are open keep their deadline."""
    return done(house, opening_hours.save, me.id, _hours(given), hours_id)


@router.delete("/opening-hours/{hours_id}")
def delete_hours(house: House, me: ApiFounder, allowed: ApiSettings, hours_id: int) -> Done:  # noqa: ARG001 - the policy
    """Delete opening hours that no policy counts in."""
    return done(house, opening_hours.archive, me.id, hours_id)


def _draft(given: PolicyGiven) -> Draft:
    tags = frozenset(" ".join(one.lower().split()) for one in given.tags)
    condition = Condition(
        frozenset(given.accounts), frozenset(given.channels), tags, tuple(sorted(given.attributes.items()))
    )
    ladder = _ladder(given.ladder) if given.ladder else escalation.DEFAULT
    return Draft(given.name, condition, given.minutes, given.hours_id, ladder, given.ends_in, pauses=given.pauses)


def _ladder(given: LadderGiven) -> Ladder:
    steps = tuple(
        Step(
            one.name,
            timedelta(minutes=one.before),
            tuple(one.whom),
            tuple(one.means),
            None if one.claim_within is None else timedelta(minutes=one.claim_within),
            tuple(one.then),
        )
        for one in given.steps
    )
    return Ladder(steps, timedelta(minutes=given.again), timedelta(minutes=given.claim_for))


def _hours(given: HoursGiven) -> HoursDraft:
    week = tuple(_spans(day) for day in given.week)
    exceptions = {day: _spans(pairs) for day, pairs in given.exceptions.items()}
    return HoursDraft(given.name, given.zone, week, exceptions, given.country, given.subdivision)


def _spans(pairs: list[list[str]]) -> tuple[Span, ...]:
    return policy_form.spans(", ".join("-".join(pair) for pair in pairs))


def _told(policy_id: int, version: int, draft: Draft, *, default: bool) -> PolicyTold:
    condition = draft.condition
    return PolicyTold(
        id=policy_id,
        name=draft.name,
        version=version,
        default=default,
        accounts=sorted(condition.accounts),
        channels=sorted(condition.channels),
        tags=sorted(condition.tags),
        attributes=list(condition.attributes),
        minutes=draft.minutes,
        hours_id=draft.hours_id,
        ladder=escalation.dump(draft.ladder),
        ends_in=draft.ends_in,
        pauses=draft.pauses,
    )
