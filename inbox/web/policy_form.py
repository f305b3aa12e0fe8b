"""Read what a founder typed into the forms of policies and opening hours, and write it there again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, time, timedelta
from typing import Any

from fastapi.datastructures import FormData

from inbox.flow.errors import RefusedError
from inbox.flow.open_time import Draft as HoursDraft
from inbox.flow.policies import Draft
from inbox.say import say
from rules import escalation
from rules.escalation import BREACH, Ladder, Step
from rules.hours import Span
from rules.sla import Condition

UNITS = {"minutes": 1, "hours": 60, "days": 1440}
DAYS = 7
_SPAN = re.compile(r"(\d{1,2})[:h.](\d{2})\s*(?:-|\u2013|\u2014|to|à)\s*(\d{1,2})[:h.](\d{2})")
_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})\s*[: ]?\s*(.*)")
_CLOSED = frozenset({"", "closed", "fermé", "-", "\u2013"})
_LINES = 1_000


# Policies -------------------------------------------------------------------------------------------------------------


def policy(form: FormData) -> Draft:
    """Return the policy of the form; the verb says what is wrong with it."""
    ends_in = _minutes(form, "ends")
    return Draft(
        _text(form, "name"),
        _condition(form),
        _minutes(form, "time"),
        number(_text(form, "hours")) or None,
        ladder(form),
        ends_in or None,
        pauses="pauses" in form,
    )


def _condition(form: FormData) -> Condition:
    return Condition(
        frozenset(found for one in _many(form, "account") if (found := number(one))),
        frozenset(_many(form, "channel")),
        frozenset(" ".join(one.lower().split()) for one in _text(form, "tags").split(",") if one.strip()),
        tuple(_pair(line) for line in _text(form, "attributes").splitlines()[:_LINES] if line.strip()),
    )


def _pair(line: str) -> tuple[str, str]:
    name, _, value = (part.strip() for part in line.partition("="))
    return name, value


def ladder(form: FormData) -> Ladder:
    """Return the ladder of the form: steps that tell nobody are left out, and those without a name get one."""
    steps: list[Step] = []
    for place in range(escalation.STEPS + 2):
        if not _many(form, f"s{place}-whom"):
            continue
        name = _text(form, f"s{place}-name") or f"step_{place + 1}"
        steps.append(_step(form, f"s{place}-", name))
    steps.sort(key=lambda step: -step.before)
    again, claim_for = _minutes(form, "again"), _minutes(form, "claim")
    return Ladder(tuple(steps), timedelta(minutes=again), timedelta(minutes=claim_for))


def _step(form: FormData, prefix: str, name: str) -> Step:
    within = number(_text(form, f"{prefix}within"))
    return Step(
        name,
        timedelta(0) if name == BREACH else timedelta(minutes=_minutes(form, f"{prefix}before")),
        tuple(_many(form, f"{prefix}whom")),
        tuple(_many(form, f"{prefix}means")),
        timedelta(minutes=within) if within else None,
        tuple(_many(form, f"{prefix}then")) if within else (),
    )


def parts(minutes: int | None) -> tuple[int | str, str]:
    """Return a span as the form shows it: a number and its unit."""
    if not minutes:
        return "", "hours"
    unit = next(name for name in ("days", "hours", "minutes") if minutes % UNITS[name] == 0)
    if unit == "days" and minutes <= 2 * UNITS["days"]:
        unit = "hours"
    return minutes // UNITS[unit], unit


# Opening hours --------------------------------------------------------------------------------------------------------


def hours(form: Mapping[str, Any]) -> HoursDraft:
    """Return the opening hours of the form; RefusedError names the line that cannot be read."""
    week = tuple(spans(str(form.get(f"day{day}", ""))) for day in range(DAYS))
    exceptions = dict(_dated(line) for line in str(form.get("exceptions", "")).splitlines()[:_LINES] if line.strip())
    words = {name: str(form.get(name, "")).strip() for name in ("name", "zone", "country", "subdivision")}
    return HoursDraft(words["name"], words["zone"], week, exceptions, words["country"], words["subdivision"])


def spans(text: str) -> tuple[Span, ...]:
    """Read the intervals of a day: "09:00-12:00, 14:00-18:00"; nothing, or "closed", for none."""
    if text.strip().lower() in _CLOSED:
        return ()
    return tuple(map(_span, re.split(r"[,;]", text)))


def _span(text: str) -> Span:
    found = _SPAN.fullmatch(text.strip())
    numbers = [int(one) for one in found.groups()] if found else []
    if not numbers or numbers[0] > 23 or numbers[2] > 24 or max(numbers[1], numbers[3]) > 59:
        raise RefusedError(say("“{text}” is no opening time: write 09:00-12:00, 14:00-18:00.", text=text.strip()[:40]))
    return Span(time(numbers[0], numbers[1]), time(numbers[2] % 24, numbers[3]))


def _dated(line: str) -> tuple[date, tuple[Span, ...]]:
    found = _DATE.fullmatch(line.strip())
    day = _date(found[1]) if found else None
    if found is None or day is None:
        raise RefusedError(
            say("“{line}” is no date: write 2026-12-24: 09:00-12:00, or 2026-12-25: closed.", line=line.strip()[:40])
        )
    return day, spans(found[2])


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def written(draft: HoursDraft) -> dict[str, str]:
    """Return opening hours as the form shows them."""
    week = {f"day{day}": _told(spans) for day, spans in enumerate(draft.week)}
    days = [f"{day.isoformat()}: {_told(spans) or 'closed'}" for day, spans in sorted(draft.exceptions.items())]
    words = {"name": draft.name, "zone": draft.zone, "country": draft.country, "subdivision": draft.subdivision}
    return {**week, "exceptions": "\n".join(days), **words}


def _told(day: tuple[Span, ...]) -> str:
    return ", ".join(f"{span.start:%H:%M}-{span.end:%H:%M}" for span in day)


# Fields ---------------------------------------------------------------------------------------------------------------


def number(text: str) -> int:
    """Return a number that was typed, 0 for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _minutes(form: FormData, name: str) -> int:
    return number(_text(form, name)) * UNITS.get(_text(form, f"{name}-unit"), 60)


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value.strip()[:5000] if isinstance(value, str) else ""


def _many(form: FormData, name: str) -> list[str]:
    return list(dict.fromkeys(one for one in form.getlist(name)[:200] if isinstance(one, str) and one))
