"""The language of the search box: text in, a Query out, problems as sentences. Pure; it knows no database.

    invoice "payment failed" refund* -newsletter from:carol to:@example.com subject:"your order"
    tag:vip is:waiting assignee:bob has:attachment in:support@example.com after:2026-01-31 before:7d

Everything must hold. What is not understood is searched for as plain words, and said.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from inbox.say import Said, say
from inbox.store.search_words import MARKS, marked, words

QUERY_LIMIT = 500
TERMS_LIMIT = 10
PHRASE_LIMIT = 40
PREFIX_LEAST = 3
LONG_WORD = 200

STATES = ("open", "closed", "spam", "waiting", "answered", "snoozed", "unassigned", "mine", "following")
_OPERATORS = (*MARKS, "tag", "is", "assignee", "has", "before", "after", "in")
_PART = re.compile(rf'(-?)(?:({"|".join(_OPERATORS)}):)?(?:"([^"]*)"?|(\S+))', re.IGNORECASE)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_SPAN = re.compile(r"(\d{1,4})([dw])", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True)
class Phrase:
    """Words that stand side by side; with `prefix`, the last one may go on."""

    words: tuple[str, ...]
    prefix: bool = False


@dataclass(frozen=True)
class Filter:
    """A condition that is not about words: kind is tag, is, assignee, has or in; `wanted` is False behind a minus.

    ids: the teammates it is about, once they are looked up.
    """

    kind: str
    value: str
    wanted: bool = True
    typed: str = ""
    ids: tuple[int, ...] = ()


@dataclass
class Query:
    """What a search asks for. since <= time of the message < until, where given."""

    needs: list[Phrase] = field(default_factory=list)
    rejects: list[Phrase] = field(default_factory=list)
    filters: list[Filter] = field(default_factory=list)
    since: datetime | None = None
    until: datetime | None = None
    problems: list[str] = field(default_factory=list)
    asks: bool = False

    def add_words(self, text: str, *, wanted: bool = True, mark: str = "", prefix: bool = False) -> bool:
        """Ask for the words of `text`, side by side; False when it holds none."""
        found = words(text)[:PHRASE_LIMIT]
        if found:
            phrase = _phrase(found, mark, prefix=prefix)
            (self.needs if wanted else self.rejects).append(phrase)
            self.asks = True
        return bool(found)

    def not_understood(self, typed: str, why: Said) -> None:
        """Say what was wrong, and search for its words instead."""
        self.problems.append(say("{why} “{typed}” was searched for as words.", why=why, typed=_short(typed)))
        self.add_words(typed)


def parse(text: str, now: datetime) -> Query:
    """Read a query; `now` gives today's date and the time zone of the dates. Never raises."""
    query = Query()
    if len(text) > QUERY_LIMIT:
        query.problems.append(say("Only the first {n} characters were searched for.", n=QUERY_LIMIT))
    terms = 0
    for part in _PART.finditer(text[:QUERY_LIMIT]):
        if terms == TERMS_LIMIT:
            told = say(
                "Only the first {n} parts were searched for, up to “{last}”.", n=TERMS_LIMIT, last=_short(part[0])
            )
            query.problems.append(told)
            break
        terms += _read(query, part, now)
    if not query.asks:
        query.problems.append(say("There is nothing to search for: write a word, a name or an address."))
    return query


def _read(query: Query, part: re.Match[str], now: datetime) -> bool:
    minus, operator, quoted, bare = part.groups()
    value = bare if quoted is None else quoted
    mark = MARKS.get((operator or "").lower(), "")
    if not operator or mark:
        found = _worded(query, value, mark, wanted=not minus, star=quoted is None and value.endswith("*"))
        if found or not operator:
            return found
        query.not_understood(part[0], say("“{operator}:” needs a word behind it.", operator=operator))
        return True
    _operated(query, operator.lower(), value, part[0], now)
    return True


def _worded(query: Query, value: str, mark: str, *, wanted: bool, star: bool) -> bool:
    if star and not _may_go_on(value):
        told = say("“{word}” is too short for a star: write {n} letters or more.", word=_short(value), n=PREFIX_LEAST)
        query.problems.append(told)
        star = False
    return query.add_words(value, wanted=wanted, mark=mark, prefix=star)


def _may_go_on(value: str) -> bool:
    found = words(value)
    return not found or len(found[-1]) >= PREFIX_LEAST


def _operated(query: Query, operator: str, value: str, typed: str, now: datetime) -> None:
    if operator in ("before", "after"):
        _dated(query, operator, value, typed, now)
    else:
        _filtered(query, Filter(operator, value.strip().lower(), not typed.startswith("-"), typed))


def _filtered(query: Query, asked: Filter) -> None:
    known: dict[str, Callable[[str], bool]] = {
        "is": STATES.__contains__,
        "has": ("attachment", "attachments").__contains__,
    }
    if not known.get(asked.kind, bool)(asked.value):
        query.not_understood(asked.typed, _WHY[asked.kind])
        return
    query.asks = True
    query.filters.append(replace(asked, value="attachment") if asked.kind == "has" else asked)


_WHY = {
    "is": say("“is:” knows {names} and {last}.", names=", ".join(STATES[:-1]), last=STATES[-1]),
    "has": say("“has:” knows attachment."),
    "tag": say("“tag:” needs a tag behind it."),
    "in": say("“in:” needs the name or address of an account behind it."),
    "assignee": say("“assignee:” needs a teammate, me or nobody behind it."),
}


def _dated(query: Query, operator: str, value: str, typed: str, now: datetime) -> None:
    moment = _moment(value.strip().lower(), now)
    if moment is None:
        told = say("“{operator}:” needs a date like 2026-01-31, 7d, 2w, yesterday or today.", operator=operator)
        query.not_understood(typed, told)
        return
    query.asks = True
    if (operator == "before") != typed.startswith("-"):
        query.until = moment if query.until is None else min(query.until, moment)
    else:
        query.since = moment if query.since is None else max(query.since, moment)


def _moment(value: str, now: datetime) -> datetime | None:
    """Return the start of the day named, or the moment a span before `now`."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    named = {"today": midnight, "yesterday": midnight - timedelta(days=1)}
    try:
        if value in named:
            return named[value]
        if span := _SPAN.fullmatch(value):
            return now - timedelta(days=int(span[1]) * (7 if span[2] == "w" else 1))
        return _day(value, now) if _DAY.fullmatch(value) else None
    except (ValueError, OverflowError):
        return None


def _day(value: str, now: datetime) -> datetime | None:
    made = datetime.fromisoformat(value).replace(tzinfo=now.tzinfo)
    return made if 1 < made.year < 9999 else None  # the edges leave the calendar in some time zones


def _phrase(found: list[str], mark: str, *, prefix: bool) -> Phrase:
    # A word that no index holds in full is looked for by its beginning.
    for place, word in enumerate(found):
        if len(word) > LONG_WORD:
            return Phrase(tuple(marked([*found[:place], word[:LONG_WORD]], mark)), prefix=True)
    return Phrase(tuple(marked(found, mark)), prefix and len(found[-1]) >= PREFIX_LEAST)


def _short(typed: str) -> str:
    shown = " ".join(typed.split())
    return shown if len(shown) <= 40 else f"{shown[:40]}…"
