"""The promise: which policies there are, in which order, what each promises, and whom its ladder tells."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from inbox.flow import means_test, reachable
from inbox.flow import policies as verbs
from inbox.flow.context import Context
from inbox.flow.errors import NotFoundError, RefusedError
from inbox.flow.policies import Draft, Preview
from inbox.flow.sign_in import Signed
from inbox.say import say
from inbox.store import accounts, policies, teammates
from inbox.store.db import Session
from inbox.store.tables import Policy
from inbox.web import means_words, policy_form, policy_words, telling
from inbox.web.deps import Founder, House, Sent
from inbox.web.render import done, page, zone_of
from inbox.web.words import _, tell
from rules import escalation
from rules.escalation import MEANS, WHOM, Ladder, Step
from rules.sla import Condition

router = APIRouter(prefix="/settings/promise")
HERE = "/settings/promise"
BLANK = Draft("", minutes=240)


@dataclass(frozen=True, slots=True)
class Shown:
    """A policy on the list."""

    row: Policy
    answers: str
    whom: list[str]
    ladder: list[tuple[str, str]]
    example: str
    hours: str


@router.get("")
def list_policies(request: Request, house: House, me: Founder) -> Response:
    """Show the policies in their order, and the opening hours."""
    zone, now = zone_of(request), house.clock()
    with house.store.reading() as session:
        calendars = policies.calendars(session)
        names = {one.id: one.name for one in calendars}
        offers = {one.terms.policy_id: one for one in policies.offers(session)}
        known, team = _accounts(session), _team(session)
        shown = [
            Shown(
                row,
                policy_words.answers(row.duration_minutes, names.get(row.hours_id, "")),
                policy_words.whom(Condition.load(row.condition), known),
                policy_words.ladder(escalation.load(json.loads(row.ladder)), team),
                policy_words.example(offers[row.id or 0].terms, now, str(zone)),
                names.get(row.hours_id, ""),
            )
            for row in policies.everything(session)
        ]
        tests = means_words.tried(means_test.outcomes(session, means_test.ROOM), now, zone)
        missing = [means_words.missing(one) for one in reachable.out_of_reach(session, now)]
    more: dict[str, Any] = {
        "tests": tests,
        "tests_at": HERE,
        "tests_title": _("The team's room"),
        "tests_help": _("Steps of the ladder that name a webhook are told there. Its address is set under Notices."),
        "missing": missing,
    }
    return page(request, "terms/page.html", me=me, shown=shown, calendars=calendars, **more)


@router.post("/test")
def send_test(request: Request, house: House, me: Founder) -> Response:
    """Send a test to the team's webhook."""
    means_test.send(house, me.id, "webhook")
    return done(request, f"{HERE}#tests", _("A test was sent; this page says what came of it."))


@router.get("/new")
def new(request: Request, house: House, me: Founder) -> Response:
    """Show the form of a new policy."""
    return _form(request, house, me, BLANK, None)


@router.post("/write")
def write(request: Request, house: House, me: Founder, form: Sent) -> Response:
    """Save a policy, new or again; or say first what it would have meant last week."""
    policy_id = policy_form.number(str(form.get("policy", ""))) or None
    draft = policy_form.policy(form)
    try:
        if "preview" in form:
            return _form(request, house, me, draft, policy_id, found=_preview(house, draft, policy_id))
        with house.store.unit_of_work() as work:
            verbs.save(work, me.id, draft, policy_id)
    except NotFoundError:
        raise
    except RefusedError as error:
        return _form(request, house, me, draft, policy_id, problem=tell(error))
    return done(request, HERE, _("Saved. It counts for whoever writes from now on; who waits keeps their deadline."))


@router.get("/{policy_id}")
def edit(request: Request, house: House, me: Founder, policy_id: int) -> Response:
    """Show the form of a policy."""
    with house.store.reading() as session:
        found = policies.get(session, policy_id)
    if found is None or found.archived_at is not None:
        raise NotFoundError(say("This policy is not there any more."))
    return _form(request, house, me, verbs.drafted(found), policy_id)


@router.post("/{policy_id}/move")
def move(request: Request, house: House, me: Founder, policy_id: int, to: Annotated[str, Form()] = "") -> Response:
    """Let a policy count earlier or later."""
    with house.store.unit_of_work() as work:
        verbs.move(work, me.id, policy_id, up=to == "up")
    return done(request, HERE)


@router.post("/{policy_id}/delete")
def delete(request: Request, house: House, me: Founder, policy_id: int) -> Response:
    """Let a policy count for nobody any more."""
    with house.store.unit_of_work() as work:
        verbs.archive(work, me.id, policy_id)
    return done(request, HERE, _("Deleted. Who waits by it keeps their deadline."))


def _preview(house: Context, draft: Draft, policy_id: int | None) -> Preview:
    with house.store.reading() as session:
        row = policies.get(session, policy_id) if policy_id else None
        verbs.check(session, draft, default=row is not None and row.is_default)
        return verbs.preview(session, draft, house.clock(), policy_id)


def _form(
    request: Request,
    house: Context,
    me: Signed,
    draft: Draft,
    policy_id: int | None,
    *,
    found: Preview | None = None,
    problem: str = "",
) -> Response:
    with house.store.reading() as session:
        row = policies.get(session, policy_id) if policy_id else None
        known, team, calendars = _accounts(session), _team(session), policies.calendars(session)
        terms = verbs.terms(session, draft, house.clock())
        kept = policies.open_waits(session, policy_id) if policy_id else 0
        channels = sorted({*draft.condition.channels, *(one.kind for one in accounts.all_accounts(session))})
    shown: dict[str, Any] = {
        "draft": draft,
        "policy_id": policy_id,
        "default": row is not None and row.is_default,
        "found": found,
        "problem": problem,
        "kept": kept,
        # What is refused may lie beyond all calendars: there is no example of it.
        "example": "" if problem else policy_words.example(terms, house.clock(), str(zone_of(request))),
        "accounts": known,
        "calendars": calendars,
        "channels": [(one, telling.channel(one)) for one in channels],
        "attributes": "\n".join(f"{name} = {value}" for name, value in draft.condition.attributes),
        "parts": policy_form.parts,
        "steps": _steps(draft.ladder),
        "whom": [(one, _(policy_words.WHO[one])) for one in WHOM] + [(f"teammate:{one}", team[one]) for one in team],
        "means": [(one, _(policy_words.HOW[one])) for one in MEANS],
    }
    return page(request, "terms/policy.html", me=me, status=422 if problem else 200, **shown)


def _steps(ladder: Ladder) -> list[tuple[str, Step, int]]:
    """Return each step with its heading and its minutes, and one more to fill in before the breach."""
    told = [(policy_words.rung(step), step, int(step.before.total_seconds() // 60)) for step in ladder.steps]
    if len(told) < escalation.STEPS:
        names = {step.name for step in ladder.steps}
        free = next(name for n in range(1, 99) if (name := f"step_{n}") not in names)
        told.append((_("One more step"), Step(free, timedelta(0), ()), 0))
    return told


def _accounts(session: Session) -> dict[int, str]:
    return {one.id or 0: one.address for one in accounts.all_accounts(session)}


def _team(session: Session) -> dict[str, str]:
    return {str(one.id): one.name for one in teammates.active(session)}
