"""Policies in words: for whom one is, how fast it answers, whom its ladder tells, and an example."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from inbox.flow.resolution import Standing
from inbox.store import policies
from inbox.store.db import Session
from inbox.store.tables import Wait
from inbox.web import telling
from inbox.web.words import N_, _, clock, said, span
from rules import hours
from rules.escalation import BREACH, WHOM, Ladder, Step
from rules.hours import Hours, NeverOpenError
from rules.sla import Condition, Terms

WHO = {
    "assignee": N_("Whoever has it, else who is on duty"),
    "duty": N_("Whoever is on duty"),
    "next": N_("Whoever is on duty next"),
    "everyone": N_("Everybody on the rota"),
    "founders": N_("The founders"),
}
HOW = {
    "app": N_("In the app"),
    "push": N_("By push to the browser"),
    "mail": N_("By mail"),
    "webhook": N_("By webhook"),
    "telegram": N_("By Telegram"),
    "sms": N_("By SMS"),
    "call": N_("By phone"),
}
FRIDAY, SHOWN = 4, 3
HOUR = timedelta(hours=1)


def minutes(number: int) -> str:
    """Say a number of minutes as a span."""
    return span(number * 60)


def answers(number: int, calendar: str) -> str:
    """Say how fast somebody is answered. calendar: the name of the opening hours, "" for the wall clock."""
    if calendar:
        return _("{span} of the hours “{name}”").format(span=minutes(number), name=calendar)
    return minutes(number)


def whom(condition: Condition, accounts: Mapping[int, str]) -> list[str]:
    """Say for whom a policy is, one sentence for each kind of condition."""
    told = []
    if condition.accounts:
        names = sorted(accounts.get(one, _("an account that is gone")) for one in condition.accounts)
        told.append(_("It came to {names}").format(names=_either(names)))
    if condition.channels:
        names = [telling.channel(one) for one in sorted(condition.channels)]
        told.append(_("It came by {names}").format(names=_either(names)))
    if condition.tags:
        told.append(_("It is tagged {names}").format(names=_either([f"“{one}”" for one in sorted(condition.tags)])))
    if condition.attributes:
        pairs = [f"{name} = {value}" for name, value in condition.attributes]
        told.append(_("Of the person is known: {names}").format(names=_either(pairs)))
    return told


def who(word: str, team: Mapping[str, str]) -> str:
    """Say whom a word of the ladder means. team: names by number."""
    if word in WHOM:
        return _(WHO[word])
    return team.get(word.partition(":")[2], _("somebody who left"))


def rung(step: Step) -> str:
    """Say when a step of the ladder rings."""
    if step.name == BREACH:
        return _("When the time is over")
    told = span(abs(step.before).total_seconds())
    return _("{span} before").format(span=told) if step.before > timedelta(0) else _("{span} after").format(span=told)


def promised(session: Session, wait: Wait | None) -> str:
    """Say by which policy somebody waits; nothing where it is the promise for everybody."""
    terms = policies.terms(session, [wait.policy_version_id])[wait.policy_version_id] if wait else None
    if terms is None or terms.default:
        return ""
    told = {"span": span(terms.duration.total_seconds()), "name": terms.name}
    if terms.hours:
        return _("Reply within {span} of opening time: policy {name}").format(**told)
    return _("Reply within {span}: policy {name}").format(**told)


def matter(standing: Standing | None, now: datetime, zone: tzinfo) -> str:
    """Say how the matter of a conversation stands, where something is promised about its end."""
    if standing is None:
        return ""
    told = {"spent": span(standing.spent.total_seconds()), "target": span(standing.target.total_seconds())}
    if standing.closed:
        return _("Closed after {spent}; {target} were planned.").format(**told)
    if standing.due_at is None:
        return _("Waits for the person, after {spent} of {target}.").format(**told)
    return _("To be closed by {time}; {spent} of {target} have passed.").format(
        time=clock(standing.due_at, now, zone), **told
    )


def ladder(told: Ladder, team: Mapping[str, str]) -> list[tuple[str, str]]:
    """Say each step: when, and whom it tells."""
    return [(rung(step), ", ".join(who(one, team) for one in step.whom)) for step in told.steps]


def example(terms: Terms, now: datetime, zone: str = "") -> str:
    """Say until when whoever writes on the next Friday at half past five has an answer."""
    here = ZoneInfo(terms.hours.zone if terms.hours else zone or "UTC")
    start = _next_friday(now, here)
    due = terms.due(start).astimezone(here)
    pattern = "EEEE HH:mm" if due - start < timedelta(days=6) else "EEEE d MMMM HH:mm"
    friday = said(start.astimezone(here), "EEEE HH:mm")
    return _("A message on {start} is due {due}.").format(start=friday, due=said(due, pattern))


def openings(calendar: Hours, now: datetime) -> str:
    """Say whether a calendar is open now, or when it opens next."""
    try:
        at = hours.opens_at(now, calendar)
    except NeverOpenError:
        return _("These hours are never open.")
    if at == now:
        return _("These hours are open now.")
    here = at.astimezone(ZoneInfo(calendar.zone))
    return _("These hours open next on {time}.").format(time=said(here, "EEEE d MMMM HH:mm"))


def closed_days(calendar: Hours, now: datetime) -> list[str]:
    """Name the next public holidays that are closed days."""
    today = now.astimezone(ZoneInfo(calendar.zone)).date()
    days = [day for day in sorted(calendar.holidays - calendar.exceptions.keys()) if day >= today][:SHOWN]
    named = ", ".join(said(datetime.combine(day, time(12), UTC), "EEEE d MMMM y") for day in days)
    return [_("The next closed days are {days}.").format(days=named)] if days else []


def _next_friday(now: datetime, zone: ZoneInfo) -> datetime:
    day = now.astimezone(zone).date() + timedelta(days=1)
    day += timedelta(days=(FRIDAY - day.weekday()) % 7)
    return datetime.combine(day, time(17, 30), zone).astimezone(UTC)


def _either(names: list[str]) -> str:
    return _(" or ").join(names)
