"""How times, spans and sizes are said, in the reader's language."""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

from inbox.web.language import N_, _, _n, language, locale, tell

__all__ = [
    "N_",
    "_",
    "_n",
    "ago",
    "bounded",
    "clock",
    "for_scripts",
    "full",
    "initials",
    "left",
    "number_of",
    "said",
    "size",
    "span",
    "tell",
]

KILO = 1024


def span(seconds: float) -> str:
    """Say a span in at most two units: "40 min", "2 h 10", "3 d"."""
    minutes = int(seconds // 60)
    if minutes < 1:
        return _("under 1 min")
    if minutes < 60:
        return _("{n} min").format(n=minutes)
    hours, rest = divmod(minutes, 60)
    if hours < 48:
        return _("{h} h {m:02d}").format(h=hours, m=rest) if rest and hours < 24 else _("{h} h").format(h=hours)
    return _("{n} d").format(n=hours // 24)


def left(due_at: datetime, now: datetime) -> str:
    """Say how much of the promise is left, or by how much it is broken."""
    seconds = (due_at - now).total_seconds()
    if seconds >= 0:
        return _("{span} left").format(span=span(seconds))
    return _("{span} late").format(span=span(-seconds))


def waited(since: datetime, due_at: datetime, now: datetime) -> str:
    """Say the whole sentence behind a ring."""
    promise = span((due_at - since).total_seconds())
    if now <= due_at:
        return _("Waiting for {waited}. {left} of {promise}.").format(
            waited=span((now - since).total_seconds()), left=left(due_at, now), promise=promise
        )
    return _("Waiting for {waited}. The promise was {promise}.").format(
        waited=span((now - since).total_seconds()), promise=promise
    )


def ago(at: datetime, now: datetime) -> str:
    """Say how long ago something was."""
    seconds = (now - at).total_seconds()
    return _("just now") if seconds < 60 else _("{span} ago").format(span=span(seconds))


def clock(at: datetime, now: datetime, zone: tzinfo) -> str:
    """Say when something was, as briefly as it is clear: 09:12, Mon 09:12, 3 Nov, 3 Nov 2024."""
    here, today = at.astimezone(zone), now.astimezone(zone)
    if here.date() == today.date():
        return here.strftime("%H:%M")
    if timedelta(0) <= today - here < timedelta(days=6):
        return said(here, "EEE HH:mm")
    return said(here, "d MMM" if here.year == today.year else "d MMM y")


def full(at: datetime, zone: tzinfo) -> str:
    """Say when something was, exactly."""
    here = at.astimezone(zone)
    return f"{said(here, 'EEEE d MMMM y, HH:mm:ss')} {here.strftime('%Z')}"


def said(here: datetime, pattern: str) -> str:
    """Write a time by a pattern of Babel, in the reader's language: EEE d MMM y HH:mm.

    A page writes hundreds of times of a few days, so the day is remembered as it was written.
    """
    end = next((end for end in _CLOCKS if pattern.endswith(end)), "")
    before = pattern.removesuffix(end)
    if not _OF_A_DAY.issuperset(before):
        return format_datetime(here, pattern, locale=locale())
    return _day_said(here.date(), before, language()) + (here.strftime(_CLOCKS[end]) if end else "")


_CLOCKS = {"HH:mm:ss": "%H:%M:%S", "HH:mm": "%H:%M"}
_OF_A_DAY = frozenset("EdMy ,")


@lru_cache(maxsize=4096)
def _day_said(day: date, pattern: str, _language: str) -> str:
    return format_date(day, pattern, locale=locale()) if pattern else ""


def size(number: int) -> str:
    """Say the size of a file."""
    if number < KILO:
        return _n("{n} byte", "{n} bytes", number)
    if number < KILO * KILO:
        return _("{n} kB").format(n=round(number / KILO))
    return _("{n} MB").format(n=number_of(number / KILO / KILO, "0.0"))


def bounded(number: int, ceiling: int = 1000) -> str:
    """Say a count that was only counted up to a ceiling."""
    return f"{number_of(ceiling)}+" if number > ceiling else number_of(number)


def number_of(value: float, pattern: str = "#,##0.###") -> str:
    """Write a number: 1,234.5 or 1\u202f234,5."""
    return format_decimal(value, pattern, locale=locale())


def initials(name: str) -> str:
    """Return one or two letters that stand for a person."""
    words = [word for word in name.replace("@", " ").split() if word[0].isalnum()]
    if not words:
        return "?"
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


def for_scripts() -> dict[str, str]:
    """Return the texts that scripts write: the same words that the server writes, so that nothing changes its tone."""
    return {
        "moment": _("under 1 min"),
        "minutes": _("{n} min"),
        "hours": _("{h} h"),
        "hours_minutes": _("{h} h {m}"),
        "days": _("{n} d"),
        "left": _("{span} left"),
        "late": _("{span} late"),
        "ago": _("{span} ago"),
        "just_now": _("just now"),
        "waiting": _("Waiting for {waited}. {left} left of {promise}."),
        "broken": _("Waiting for {waited}. The promise was {promise}."),
        "fresh": _("{n} new"),
        "chosen": _("{n} chosen"),
        "chosen_all": _("All of this list is chosen"),
        "wrote": _("{name} wrote."),
        "offline": _(
            "Offline. What you see is from {time}. What you write stays here; this page catches up by itself."
        ),
        "online": _("Connected again. Everything is up to date."),
        "also_here": _("Also here: {names}."),
        "types_reply": _("{name} is typing a reply."),
        "types_note": _("{name} is writing a note."),
        "is_here": _("{name} is looking at it"),
        "is_typing": _("{name} is writing there"),
        "palette_acts": _("Do"),
        "palette_places": _("Go to"),
        "palette_people": _("People"),
        "palette_conversations": _("Conversations"),
        "palette_replies": _("Saved replies"),
        "palette_none": _("Nothing fits. Try other words."),
        "palette_search": _("Search everywhere for “{words}”"),
        "assign_to": _("Assign: {name}"),
        "too_large": _("The files are larger than 25 MB together; most mail servers refuse that."),
        "as_sent": _("Show as sent"),
        "as_text": _("Show as text"),
        "frame": _("The mail as it was sent"),
        "show_images": _("Show images"),
        "one_held": _("1 picture from elsewhere was not loaded."),
        "many_held": _("{n} pictures from elsewhere were not loaded."),
    }
