"""Rules without code, what one is told, and what one prefers to be told."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import Field

from inbox.flow import notices as verbs
from inbox.flow import reading, rules
from inbox.flow.notice_words import sentence
from inbox.flow.rules import Draft
from inbox.store import notices
from inbox.store import rules as rows
from inbox.web.api.calls import done, made
from inbox.web.api.given import Given
from inbox.web.api.route import ApiRoute, ApiSettings
from inbox.web.api.shapes import Done, Id, Told
from inbox.web.deps import ApiUser, House
from rules.automation import TRIGGERS, Wish, wish

router = APIRouter(route_class=ApiRoute, tags=["rules and notices"])
PAGE = 100
Short = Annotated[str, Field(max_length=100)]


class Wished(Given):
    """What a rule does. assign: "nobody", "duty" or a teammate's id. notify: ids, "duty", "assignee"."""

    assign: Short = ""
    tag: Annotated[list[Short], Field(max_length=10)] = Field(default_factory=list)
    untag: Annotated[list[Short], Field(max_length=10)] = Field(default_factory=list)
    snooze_hours: Annotated[int, Field(ge=0, le=2160)] = 0
    note: Annotated[str, Field(max_length=4000)] = ""
    notify: Annotated[list[Short], Field(max_length=50)] = Field(default_factory=list)
    end: Literal["", "close", "spam"] = ""


class RuleGiven(Given):
    """A rule. trigger: one of GET /rules/triggers; hours: for waiting, due and silent."""

    name: Short
    trigger: Short
    hours: Annotated[int, Field(ge=0, le=2160)] = 0
    query: Annotated[str, Field(max_length=500)] = ""
    acts: Wished
    stop: bool = False


class RuleTold(Told):
    """A rule, as it stands."""

    id: int
    name: str
    trigger: str
    hours: int
    query: str
    acts: dict[str, Any]
    position: int
    enabled: bool
    stop: bool


class PreviewTold(Told):
    """What a rule would have found in the last seven days. more: only the newest part was looked at."""

    count: int
    more: bool
    conversations: list[int]


class NoticeTold(Told):
    """One thing one was told."""

    id: int
    kind: str
    text: str
    conversation_id: int | None
    at: datetime
    read_at: datetime | None


class Duty(Given):
    """Whether one is on duty."""

    on: bool


class Switch(Given):
    """Whether a rule is on."""

    on: bool


@router.get("/rules/triggers")
def triggers(me: ApiUser) -> list[str]:  # noqa: ARG001 - the policy
    """Return what can wake a rule."""
    return list(TRIGGERS)


@router.get("/rules")
def list_rules(house: House, me: ApiUser) -> list[RuleTold]:  # noqa: ARG001 - the policy
    """Return the rules, in the order in which they act."""
    with house.store.reading() as session:
        found = rows.everything(session)
    return [RuleTold.model_validate({**one.model_dump(), "acts": asdict(wish(one.acts))}) for one in found]


@router.post("/rules", status_code=201)
def add_rule(house: House, me: ApiSettings, given: RuleGiven) -> Id:
    """Write a rule; it acts on what happens from now on."""
    return made(house, rules.save, me.id, _draft(given))


@router.post("/rules/preview")
def preview(house: House, me: ApiUser, given: RuleGiven) -> PreviewTold:  # noqa: ARG001 - the policy
    """Say what a rule would have found last week; nothing is changed."""
    with house.store.reading() as session:
        rules.check(session, _draft(given), house.clock())
        found = rules.preview(session, _draft(given), house.clock())
    return PreviewTold(count=found.count, more=found.more, conversations=[one.id for one in found.shown])


@router.put("/rules/{rule_id}")
def change_rule(house: House, me: ApiSettings, rule_id: int, given: RuleGiven) -> Done:
    """Write a rule anew."""
    return done(house, rules.save, me.id, _draft(given), rule_id)


@router.post("/rules/{rule_id}/enabled")
def switch_rule(house: House, me: ApiSettings, rule_id: int, given: Switch) -> Done:
    """Switch a rule on or off."""
    return done(house, rules.set_enabled, me.id, rule_id, on=given.on)


@router.post("/rules/{rule_id}/{to}")
def move_rule(house: House, me: ApiSettings, rule_id: int, to: Literal["up", "down"]) -> Done:
    """Let a rule act earlier (up) or later (down)."""
    return done(house, rules.move, me.id, rule_id, up=to == "up")


@router.delete("/rules/{rule_id}")
def delete_rule(house: House, me: ApiSettings, rule_id: int) -> Done:
    """Delete a rule; what it did stays."""
    return done(house, rules.delete, me.id, rule_id)


@router.get("/notices")
def list_notices(house: House, me: ApiUser, before: int | None = None) -> list[NoticeTold]:
    """Return what one was told, newest first, a hundred at a time; `before` is the last id of a page."""
    with house.store.reading() as session:
        found = notices.newest(session, me.id, PAGE, before)
    return [NoticeTold.model_validate({**one.model_dump(), "text": sentence(one.kind, one.data)}) for one in found]


@router.post("/notices/{notice_id}/read")
def read_notice(house: House, me: ApiUser, notice_id: int) -> Done:
    """Mark a notice of one's own as read."""
    return done(house, verbs.read, me.id, notice_id=notice_id)


@router.put("/duty")
def set_duty(house: House, me: ApiUser, given: Duty) -> Done:
    """Go on duty, or off."""
    return done(house, reading.set_duty, me.id, on=given.on)


def _draft(given: RuleGiven) -> Draft:
    said = given.acts
    wanted = Wish(
        said.assign, tuple(said.tag), tuple(said.untag), said.snooze_hours, said.note, tuple(said.notify), said.end
    )
    return Draft(given.name, given.trigger, given.hours, given.query, wanted, stop=given.stop)
