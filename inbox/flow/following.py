"""What follows the feed of changes in the background: rules, notices, and what carries notices out.

Each `step` does what is due and returns the seconds until it should look again; a change rings before that.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from inbox.flow import (
    acknowledge,
    calendar_source,
    handover,
    notice_mail,
    notices,
    outages,
    push,
    resolution,
    rota_letters,
    rule_runs,
    telling,
    telling_direct,
    telling_out,
)
from inbox.store import notices as rows
from inbox.store import tellings

if TYPE_CHECKING:
    from inbox.flow.context import Context
    from inbox.store.rules import Place

LOOK = 5.0
"""Seconds between looks while nothing rings."""
SWEEP = timedelta(seconds=30)
"""How often what depends on the time alone is looked for."""
TIDY = timedelta(hours=1)


class Rules:
    """Lets rules act on what happens, and on what has lasted long enough; acknowledges what came, where that is on."""

    def __init__(self, context: Context) -> None:
        """Begin where the store says."""
        self._context = context
        self._reader = rule_runs.reader(context.store)
        self._acknowledging = acknowledge.reader(context.store, context.vault)
        self._resolutions = resolution.reader(context.store)
        self._swept: datetime | None = None
        self._places: dict[int, Place | None] = {}

    def step(self) -> float:
        """Do what is due."""
        if self._reader.step() or self._acknowledging.step() or self._resolutions.step():
            return 0
        now = self._context.clock()
        if _over(self._swept, now, SWEEP):
            if rule_runs.sweep(self._context.store, self._places):
                return 0
            self._swept = now
        return LOOK


class Notices:
    """Makes notices of what happens, and mails those that are to be mailed."""

    def __init__(self, context: Context) -> None:
        """Begin where the store says."""
        self._context = context
        self._reader = notices.reader(context.store)
        self._swept: datetime | None = None

    def step(self) -> float:
        """Do what is due."""
        if self._reader.step():
            return 0
        now = self._context.clock()
        if _over(self._swept, now, SWEEP):
            self._swept = now
            notices.sweep(self._context.store)
        if _due(self._context, "mail") and notice_mail.send_due(self._context):
            return 0
        return LOOK


class Handover:
    """Sends the note from one shift to the next, says when nobody took over, and writes of changes of the rota."""

    def __init__(self, context: Context) -> None:
        """Begin where the store says."""
        self._context = context
        self._reader = handover.reader(context)
        self._letters = rota_letters.reader(context)
        self._swept: datetime | None = None
        self._tidied = context.clock()

    def step(self) -> float:
        """Do what is due."""
        if self._reader.step() or self._letters.step():
            return 0
        now = self._context.clock()
        if _over(self._swept, now, SWEEP):
            self._swept = now
            handover.sweep(self._context)
        if _over(self._tidied, now, TIDY):
            self._tidied = now
            handover.tidy(self._context)
        return LOOK


class Ladder:
    """Tells people of the steps that ring and of accounts that do not work, by whatever reaches them."""

    def __init__(self, context: Context) -> None:
        """Begin where the store says."""
        self._context = context
        self._readers = (telling.reader(context.store), outages.reader(context.store))
        self._watched: dict[int, datetime] = {}
        self._swept: datetime | None = None

    def step(self) -> float:
        """Do what is due: first all that rang, then who is told of it, then one message to each for all of it."""
        context = self._context
        if any([reader.step() for reader in self._readers]):  # noqa: C419 - each has its turn
            return 0
        now = context.clock()
        if _over(self._swept, now, SWEEP):
            self._swept = now
            outages.sweep(context, self._watched)
        done = telling_out.look_after(context)
        with context.store.reading() as session:
            due = tellings.next_at(session)
        if due is not None and due <= now:
            done += telling.tell_due(context.store)
            done = done or telling_out.hand_over(context) + telling_direct.send_due(context)
        if done:
            return 0
        return LOOK if due is None or due <= now else min(LOOK, max((due - now).total_seconds(), 0.05))


class Calendars:
    """Reads teammates' own calendars again, each hour; a slow one holds up nothing else."""

    def __init__(self, context: Context) -> None:
        """Begin where the store says."""
        self._context = context

    def step(self) -> float:
        """Do what is due."""
        return 0 if calendar_source.sync(self._context) else LOOK


class Push:
    """Sends what is due to browsers; a slow push service holds up nothing else."""

    def __init__(self, context: Context) -> None:
        """Begin where the store says."""
        self._context = context

    def step(self) -> float:
        """Do what is due."""
        if _due(self._context, "push") and push.send_due(self._context):
            return 0
        return LOOK


def _over(last: datetime | None, now: datetime, span: timedelta) -> bool:
    """Whether it is time again, also after a clock that ran ahead was put back."""
    return last is None or not timedelta(0) <= now - last < span


def _due(context: Context, means: str) -> bool:
    with context.store.reading() as session:
        due = rows.next_due(session, means)
    return due is not None and due <= context.clock()
