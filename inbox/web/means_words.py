"""The means by which the ladder reaches people, in words: what came of a test, and whom nothing would reach."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, tzinfo

from inbox.flow.means_test import Outcome
from inbox.flow.reachable import OutOfReach
from inbox.web.policy_words import HOW
from inbox.web.promise_words import step
from inbox.web.words import N_, _, clock, tell

RESULTS = {
    "queued": N_("The test of {at} is on its way."),
    "sent": N_("The test of {at} was accepted."),
    "failed": N_("The test of {at} did not get through: {why}"),
    "unknown": N_("Whether the test of {at} arrived is not known: {why}"),
}


def named(means: str) -> str:
    """Name a means."""
    return _(HOW[means])


def result(one: Outcome, now: datetime, zone: tzinfo) -> str:
    """Say what came of the last test, "" where there was none."""
    if one.at is None or one.state not in RESULTS:
        return ""
    return _(RESULTS[one.state]).format(at=clock(one.at, now, zone), why=tell(one.error)).strip()


def tried(tests: Iterable[Outcome], now: datetime, zone: tzinfo) -> list[tuple[Outcome, str, str]]:
    """Return each means with its name and what came of its last test."""
    return [(one, named(one.means), result(one, now, zone)) for one in tests]


def missing(one: OutOfReach) -> str:
    """Say what somebody would hear of only with the page open, and why."""
    told = {"name": one.name, "steps": ", ".join(step(name) for name in one.steps), "policy": one.policy}
    said = _("{name} would hear of this with the page open only: {steps}.").format(**told)
    if one.policy:
        said = _("{name} would hear of this with the page open only, by the policy “{policy}”: {steps}.").format(**told)
    return " ".join([said, *reasons(one)])


def reasons(one: OutOfReach) -> list[str]:
    """Say what stands against each means."""
    found = [_("{means}: {why}").format(means=named(means), why=tell(why)) for means, why in one.why.items()]
    return found or [_("These steps tell in the app alone.")]
