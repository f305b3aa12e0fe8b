"""Rules without code: which there are, in which order, what each would have found last week, and writing one."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from inbox.flow import rules as verbs
from inbox.flow.context import Context
from inbox.flow.errors import NotFoundError, RefusedError
from inbox.flow.rules import Draft, Preview
from inbox.flow.sign_in import Signed
from inbox.store import rules, teammates
from inbox.store.tables import Rule
from inbox.web import rule_words
from inbox.web.deps import House, Me, Sent
from inbox.web.render import done, page
from inbox.web.words import _, tell
from rules.automation import TIMES, Wish, wish

router = APIRouter(prefix="/settings/rules")
HERE = "/settings/rules"
WEEK = timedelta(days=7)
Text = Annotated[str, Form(max_length=5000)]


@router.get("")
def list_rules(request: Request, house: House, me: Me) -> Response:
    """Show the rules, in the order in which they act."""
    with house.store.reading() as session:
        known, worked = rules.everything(session), rules.worked(session, house.clock() - WEEK)
        team = _team(house)
    told = [
        (one, rule_words.when(_draft(one)), rule_words.acts(wish(one.acts), team), worked.get(one.id or 0, 0))
        for one in known
    ]
    return page(request, "rules/page.html", me=me, told=told)


@router.get("/new")
def new(request: Request, house: House, me: Me) -> Response:
    """Show the form of a new rule."""
    return _form(request, house, me, Draft("", "arrived"), None)


@router.post("/write")
def write(request: Request, house: House, me: Me, form: Sent) -> Response:
    """Save a rule, new or again; or say first what it would have found last week."""
    given = {name: value.strip() for name, value in form.items() if isinstance(value, str)}
    notify = [one for one in form.getlist("notify") if isinstance(one, str)]
    rule_id = _id(given.get("rule", ""))
    draft = _read(given, notify)
    try:
        if "preview" in given:
            return _form(request, house, me, draft, rule_id, found=_preview(house, draft))
        with house.store.unit_of_work() as work:
            verbs.save(work, me.id, draft, rule_id)
    except NotFoundError:
        raise
    except RefusedError as error:
        return _form(request, house, me, draft, rule_id, problem=tell(error))
    return done(request, HERE, _("Saved. The rule acts on what happens from now on."))


@router.get("/{rule_id}")
def edit(request: Request, house: House, me: Me, rule_id: int) -> Response:
    """Show the form of a rule."""
    with house.store.reading() as session:
        found = next((one for one in rules.everything(session) if one.id == rule_id), None)
    if found is None:
        raise NotFoundError(_("This rule is not there any more."))
    return _form(request, house, me, _draft(found), rule_id)


@router.post("/{rule_id}/switch")
def switch(request: Request, house: House, me: Me, rule_id: int, on: Text = "") -> Response:
    """Switch a rule on or off."""
    with house.store.unit_of_work() as work:
        verbs.set_enabled(work, me.id, rule_id, on=on == "yes")
    return done(request, HERE, _("The rule is on.") if on == "yes" else _("The rule is off."))


@router.post("/{rule_id}/move")
def move(request: Request, house: House, me: Me, rule_id: int, to: Text = "") -> Response:
    """Let a rule act earlier or later."""
    with house.store.unit_of_work() as work:
        verbs.move(work, me.id, rule_id, up=to == "up")
    return done(request, HERE)


@router.post("/{rule_id}/delete")
def delete(request: Request, house: House, me: Me, rule_id: int) -> Response:
    """Delete a rule; what it did stays."""
    with house.store.unit_of_work() as work:
        verbs.delete(work, me.id, rule_id)
    return done(request, HERE, _("Deleted. What the rule did stays as it is."))


def _read(given: dict[str, str], notify: list[str]) -> Draft:
    trigger, number = given.get("trigger", ""), _number(given.get("time", ""))
    hours = number * 24 if given.get("unit") == "days" else number
    wanted = Wish(
        assign=given.get("assign", ""),
        tag=_tags(given.get("tag", "")),
        untag=_tags(given.get("untag", "")),
        snooze_hours=_number(given.get("snooze", "")),
        note=given.get("note", ""),
        notify=tuple(notify),
        end=given.get("end", ""),
    )
    name, query = given.get("name", ""), given.get("query", "")
    return Draft(name, trigger, hours if trigger in TIMES else 0, query, wanted, stop="stop" in given)


def _id(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


def _tags(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(" ".join(one.lower().split()) for one in text.split(",") if one.strip()))


def _draft(row: Rule) -> Draft:
    return Draft(row.name, row.trigger, row.hours, row.query, wish(row.acts), stop=row.stop)


def _preview(house: Context, draft: Draft) -> Preview:
    with house.store.reading() as session:
        verbs.check(session, draft, house.clock())
        return verbs.preview(session, draft, house.clock())


def _team(house: Context) -> dict[str, str]:
    with house.store.reading() as session:
        return {str(one.id): one.name for one in teammates.active(session)}


def _form(
    request: Request,
    house: Context,
    me: Signed,
    draft: Draft,
    rule_id: int | None,
    *,
    found: Preview | None = None,
    problem: str = "",
) -> Response:
    days = draft.hours and draft.hours % 24 == 0
    shown = {
        "draft": draft,
        "rule_id": rule_id,
        "found": found,
        "problem": problem,
        "team": _team(house),
        "when": [(name, _(text)) for name, text in rule_words.WHEN.items()],
        "times": TIMES,
        "time": draft.hours // 24 if days else draft.hours,
        "days": bool(days),
        "snoozes": [(hours, rule_words.time(hours)) for hours in (1, 4, 8, 24, 72, 168)],
    }
    return page(request, "rules/form.html", me=me, status=422 if problem else 200, **shown)
