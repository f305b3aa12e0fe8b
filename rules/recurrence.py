"""On which days something recurs: the part of RFC 5545's RRULE that absences need, bounded whatever a stranger wrote.

Days are tried one by one within a span, so that no rule, however odd, costs more than its span. A rule with a part that
is not understood here is None: it is said, never guessed.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
UNDERSTOOD = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "WKST"})
FARTHEST = 3700
"""Days that are tried at most: ten years."""
LARGEST = 10_000
_WEEKDAY = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_ONE_DAY = timedelta(days=1)
_JUST_NUMBER = re.compile(r"[+-]?\d{1,5}")


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A rule. by_day: (which of the month or year, 0 for each; weekday from 0, Monday). until: its last day."""

    freq: str
    interval: int = 1
    count: int | None = None
    until: date | None = None
    by_day: tuple[tuple[int, int], ...] = ()
    by_month_day: tuple[int, ...] = ()
    by_month: tuple[int, ...] = ()
    week_starts: int = 0


def read(text: str) -> Recurrence | None:
    """Read an RRULE ("FREQ=WEEKLY;BYDAY=MO"); None when a part of it is not understood."""
    parts = [part.partition("=") for part in text.strip().upper().split(";") if part]
    said = {name: value for name, _sign, value in parts}
    if len(said) != len(parts) or not said.keys() <= UNDERSTOOD or said.get("FREQ") not in FREQUENCIES:
        return None
    days = [_WEEKDAY.fullmatch(one) for one in _listed(said, "BYDAY")]
    numbers = [_numbers(said, name) for name in ("INTERVAL", "COUNT", "BYMONTHDAY", "BYMONTH")]
    until = _day(said["UNTIL"]) if "UNTIL" in said else None
    starts = said.get("WKST", "MO")
    if None in days or None in numbers or ("UNTIL" in said and until is None) or starts not in DAYS:
        return None
    interval, count, month_days, months = (list(found or ()) for found in numbers)
    made = Recurrence(
        said["FREQ"],
        interval[0] if interval else 1,
        count[0] if count else None,
        until,
        tuple((int(day[1] or 0), DAYS.index(day[2])) for day in days if day),
        tuple(month_days),
        tuple(months),
        DAYS.index(starts),
    )
    return made if _makes_sense(made) else None


def _makes_sense(rule: Recurrence) -> bool:
    counted = any(nth for nth, _day in rule.by_day)
    return (
        rule.interval >= 1
        and (rule.count is None or rule.count >= 1)
        and all(1 <= month <= 12 for month in rule.by_month)
        and all(1 <= abs(day) <= 31 for day in rule.by_month_day)
        and not (counted and rule.freq in {"DAILY", "WEEKLY"})
        and not (rule.by_month_day and rule.freq == "WEEKLY")
        and not (rule.freq == "YEARLY" and counted and not rule.by_month)
    )


def _listed(said: dict[str, str], name: str) -> list[str]:
    return said[name].split(",") if name in said else []


def _numbers(said: dict[str, str], name: str) -> list[int] | None:
    found = _listed(said, name)
    if not all(_JUST_NUMBER.fullmatch(one) for one in found):
        return None
    return [min(int(one), LARGEST) for one in found]


def _day(text: str) -> date | None:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return None


def days(rule: Recurrence, first: date, start: date, end: date) -> Iterator[date]:
    """Give the days within [start, end) on which something that began on `first` recurs, `first` included.

    A rule that counts is counted from its first day, ten years of it at most.
    """
    begin = first if rule.count is not None or start < first else start
    last = min(end, begin + timedelta(days=FARTHEST))
    if rule.until is not None and rule.until < last:
        last = rule.until + _ONE_DAY
    so_many, day = 0, begin
    while day < last:
        if day == first or (day > first and matches(rule, first, day)):
            so_many += 1
            if rule.count is not None and so_many > rule.count:
                return
            if day >= start:
                yield day
        day += _ONE_DAY


def matches(rule: Recurrence, first: date, day: date) -> bool:
    """Whether a day after the first one belongs to the rule."""
    if rule.by_month and day.month not in rule.by_month:
        return False
    if rule.by_month_day and not any(_month_day(day, wanted) for wanted in rule.by_month_day):
        return False
    if rule.by_day and not any(_weekday(rule, day, nth, weekday) for nth, weekday in rule.by_day):
        return False
    return _in_turn(rule, first, day) and _by_itself(rule, first, day)


def _in_turn(rule: Recurrence, first: date, day: date) -> bool:
    """Whether the interval comes round on this day, week, month or year."""
    if rule.freq == "DAILY":
        passed = (day - first).days
    elif rule.freq == "WEEKLY":
        passed = (_week(day, rule.week_starts) - _week(first, rule.week_starts)).days // 7
    elif rule.freq == "MONTHLY":
        passed = (day.year - first.year) * 12 + day.month - first.month
    else:
        passed = day.year - first.year
    return passed % rule.interval == 0


def _by_itself(rule: Recurrence, first: date, day: date) -> bool:
    """What no BY… says is taken from the first day: its weekday, its day of the month, its month."""
    if rule.by_day or rule.by_month_day or rule.freq == "DAILY":
        return True
    if rule.freq == "WEEKLY":
        return day.weekday() == first.weekday()
    same_month = rule.freq == "MONTHLY" or bool(rule.by_month) or day.month == first.month
    return day.day == first.day and same_month


def _week(day: date, starts: int) -> date:
    back = (day.weekday() - starts) % 7
    return day - timedelta(days=back) if day.toordinal() > back else day


def _month_day(day: date, wanted: int) -> bool:
    return day.day == (wanted if wanted > 0 else monthrange(day.year, day.month)[1] + 1 + wanted)


def _weekday(rule: Recurrence, day: date, nth: int, weekday: int) -> bool:
    if day.weekday() != weekday:
        return False
    if nth == 0 or rule.freq in {"DAILY", "WEEKLY"}:
        return True
    length = monthrange(day.year, day.month)[1]
    from_start, from_end = (day.day - 1) // 7 + 1, (length - day.day) // 7 + 1
    return nth in {from_start, -from_end}
