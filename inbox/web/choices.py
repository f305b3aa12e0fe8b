"""What the forms of several pages let one choose from: time zones, and countries."""

from __future__ import annotations

from functools import cache
from itertools import groupby
from zoneinfo import available_timezones

from inbox.flow import days_off
from inbox.web.language import locale

AREAS = ("Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")


@cache
def zones() -> list[tuple[str, list[str]]]:
    """Return the time zones of the world, by part of it."""
    names = sorted(name for name in available_timezones() if name.startswith(AREAS))
    return [(area, list(group)) for area, group in groupby(names, lambda name: name.split("/")[0])]


def countries() -> list[tuple[str, str]]:
    """Return the countries whose public holidays are known, by name in the reader's language."""
    names = locale().territories
    return sorted(((code, str(names.get(code, code))) for code in days_off.countries()), key=lambda one: one[1])
