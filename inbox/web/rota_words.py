"""How the rota is said: who answers until when, why, and what a layer is, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo

from inbox.web import words
from inbox.web.words import N_, _, _n
from rules.rota import Slot

REASONS = {
    "swap": N_("by a swap"),
    "replace": N_("instead of a colleague"),
    "holiday": N_("on a colleague's public holiday"),
    "stand_in": N_("stands in for somebody who is away"),
    "add": N_("added"),
    "take_over": N_("took over"),
}
"""Why somebody serves whose turn it is not."""
DAYS = (N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday"), N_("Saturday"), N_("Sunday"))
SHORT_DAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))
UNITS = {
    "business_day": N_("working days"),
    "day": N_("days"),
    "week": N_("weeks"),
    "month": N_("months"),
}
STATES = {
    "open": N_("not answered yet"),
    "taken": N_("taken"),
    "declined": N_("declined"),
    "cancelled": N_("taken back"),
    "expired": N_("not answered in time"),
}


def people(ids: Iterable[int], names: Mapping[int, str]) -> str:
    """Name people, or nobody."""
    return ", ".join(names.get(one, "?") for one in ids) or _("Nobody")


def moment(at: datetime, now: datetime, zone: tzinfo) -> str:
    """Say when something to come is: 18:00, Tue 18:00, 3 Dec 18:00."""
    here, today = at.astimezone(zone), now.astimezone(zone)
    if here.date() == today.date():
        return words.said(here, "HH:mm")
    if timedelta(0) <= here - today < timedelta(days=6):
        return words.said(here, "EEE HH:mm")
    return words.said(here, "EEE d MMM HH:mm")


def span(start: datetime, end: datetime, zone: tzinfo) -> str:
    """Say from when to when, each as exactly as needed: Mon 2 Nov 09:00 to 18:00."""
    first, last = start.astimezone(zone), end.astimezone(zone)
    until = words.said(last, "HH:mm" if first.date() == last.date() else "EEE d MMM HH:mm")
    return _("{start} to {end}").format(start=words.said(first, "EEE d MMM HH:mm"), end=until)


def why(slot: Slot) -> str:
    """Say why those serve whose turn it is not; "" for a plain turn."""
    said = [word for word in dict.fromkeys(one.partition(":")[0] for one in slot.why) if word in REASONS]
    if "holiday" in said:
        said = [word for word in said if word != "stand_in"]
    return ", ".join(_(REASONS[word]) for word in said)


def sentence(slots: Sequence[Slot], names: Mapping[int, str], now: datetime, zone: tzinfo) -> str:
    """Say who answers until when, and who then: what a person who opens the page wants to know."""
    runs = _runs(slots, now)
    if not runs:
        return _("Nobody is on duty.")
    first, following = runs[0], runs[1] if len(runs) > 1 else None
    if following is None:
        return _now(first.people, names)
    until = moment(first.end, now, zone)
    after = people(following.people, names) if following.people else _("nobody")
    if not first.people:
        return _("Nobody is on duty until {time}; then {next}.").format(time=until, next=after)
    if len(first.people) > 1:
        who = people(first.people, names)
        return _("{names} are on duty until {time}; then {next}.").format(names=who, time=until, next=after)
    who = people(first.people, names)
    return _("{name} is on duty until {time}; then {next}.").format(name=who, time=until, next=after)


def _now(ids: Sequence[int], names: Mapping[int, str]) -> str:
    if not ids:
        return _("Nobody is on duty.")
    if len(ids) > 1:
        return _("{names} are on duty.").format(names=people(ids, names))
    return _("{name} is on duty.").format(name=people(ids, names))


def _runs(slots: Sequence[Slot], now: datetime) -> list[Slot]:
    """Put slots of the same people together, from now on."""
    runs: list[Slot] = []
    for slot in slots:
        if slot.end <= now:
            continue
        if runs and set(runs[-1].people) == set(slot.people):
            runs[-1] = Slot(runs[-1].start, slot.end, runs[-1].people)
        else:
            runs.append(Slot(slot.start, slot.end, slot.people))
    return runs


def turns(unit: str, length: int) -> str:
    """Say how long a turn of a layer is."""
    if unit == "business_day":
        return _n("Every working day somebody else", "Every {n} working days somebody else", length)
    if unit == "day":
        return _n("Every day somebody else", "Every {n} days somebody else", length)
    if unit == "month":
        return _n("Every month somebody else", "Every {n} months somebody else", length)
    return _n("Every week somebody else", "Every {n} weeks somebody else", length)


def weekdays(chosen: Iterable[int]) -> str:
    """Say on which days, the shortest way that is clear."""
    held = sorted(chosen)
    if held == [*range(7)]:
        return _("every day")
    if held == [*range(5)]:
        return _("Monday to Friday")
    if held == [5, 6]:
        return _("Saturday and Sunday")
    return ", ".join(_(SHORT_DAYS[day]) for day in held)


def days_of(mask: int) -> list[int]:
    """Return the weekdays of a mask: Monday is 1, Sunday is 64."""
    return [day for day in range(7) if mask >> day & 1]
