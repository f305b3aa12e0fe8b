"""What happened while somebody waited, as lines to read: whoever was told of the same step at the same time is one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from inbox.store.wait_story import Moment
from inbox.web import promise_words
from inbox.web.promise_words import MEANS
from inbox.web.words import _, tell

TOGETHER = timedelta(minutes=2)
"""A mail leaves a little after the list in the app has it: that is still the same telling."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a story. until: what it lasted to, where it lasts."""

    at: datetime
    text: str
    until: datetime | None = None


@dataclass(slots=True)
class _Told:
    """Who was told of one step: each one's means, and whom what did not reach, and why.

    passed_over: means that somebody has not set up; that is news only where nothing else reached them.
    """

    at: datetime
    step: str
    reached: dict[int, list[str]] = field(default_factory=dict)
    failed: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    passed_over: dict[tuple[str, str], list[int]] = field(default_factory=dict)

    def takes(self, one: Moment) -> bool:
        """Whether this moment belongs to it."""
        return self.step == str(one.details["step"]) and one.at - self.at <= TOGETHER

    def add(self, one: Moment) -> None:
        """Add what one person was told, or was not."""
        means, why = str(one.details["means"]), str(one.details.get("error") or "")
        if one.details["state"] == "failed":
            self.failed.setdefault((means, why), []).append(one.person)
        elif one.details["state"] == "skipped":
            self.passed_over.setdefault((means, why), []).append(one.person)
        else:
            self.reached.setdefault(one.person, []).append(means)

    def missed(self) -> Iterator[tuple[str, str, list[int]]]:
        """Yield what did not reach whom, and why."""
        for (means, why), people in self.failed.items():
            yield means, why, people
        for (means, why), people in self.passed_over.items():
            if left := [one for one in people if one not in self.reached]:
                yield means, why, left


def lines(moments: Iterable[Moment], names: Mapping[int, str]) -> list[Line]:
    """Say what happened, in order."""
    found: list[_Told | Moment] = []
    for one in moments:
        told = next((other for other in reversed(found) if isinstance(other, _Told)), None)
        if one.kind != "told":
            found.append(one)
        elif told is not None and told.takes(one):
            told.add(one)
        else:
            told = _Told(one.at, str(one.details["step"]))
            told.add(one)
            found.append(told)
    return [line for one in found for line in _said(one, names)]


def _said(one: _Told | Moment, names: Mapping[int, str]) -> Iterator[Line]:
    if isinstance(one, Moment):
        yield Line(one.at, promise_words.moment(one, names), one.details.get("until"))
        return
    together: dict[tuple[str, ...], list[int]] = {}
    for person, means in one.reached.items():
        together.setdefault(tuple(dict.fromkeys(means)), []).append(person)
    for ways, people in together.items():
        pattern = _("{who} was told {means} ({step}).") if len(people) == 1 else _("Told {means} ({step}): {who}.")
        step = promise_words.step(one.step)
        yield Line(one.at, pattern.format(who=_names(people, names), means=_ways(ways), step=step))
    for way, why, people in one.missed():
        alone = _("{who} could not be told {means}. {why}")
        pattern = alone if len(people) == 1 else _("Not told {means}: {who}. {why}")
        text = pattern.format(who=_names(people, names), means=_ways((way,)), why=tell(why))
        yield Line(one.at, text.strip())


def _names(people: list[int], names: Mapping[int, str]) -> str:
    team = _("The team")
    return ", ".join((names.get(one) or _("Somebody")) if one else team for one in people)


def _ways(means: tuple[str, ...]) -> str:
    return ", ".join(_(MEANS.get(one, one)) for one in means)
