"""Webhooks: which events an endpoint is told, when to try again, and when to stop."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

STEPS = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 72_000)
"""Seconds between tries, as Standard Webhooks proposes: 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 20 h."""
TRY_FOR = timedelta(days=3)
"""How long one event is tried."""
OFF_AFTER = timedelta(days=5)
"""How long an endpoint may fail without one success before it is switched off."""
LONGEST_PAUSE = timedelta(hours=24)
"""The most an endpoint may ask us to wait."""
OLD_SECRET_FOR = timedelta(days=1)
"""How long the secret from before a change still signs too."""


def wanted(kind: str, kinds: Collection[str]) -> bool:
    """Whether an endpoint with these kinds is told of a change; `message.*` stands for all that begin so."""
    return kind in kinds or f"{kind.partition('.')[0]}.*" in kinds


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a try. again: when it is tried next, None for never. gone: the endpoint wants no more."""

    sent: bool
    again: datetime | None = None
    gone: bool = False


def judge(
    status: int | None, tries: int, created_at: datetime, now: datetime, *, jitter: float, retry_after: float | None
) -> Verdict:
    """Decide after the `tries`-th try. status: what was answered, None when nothing was. jitter: 0 to 1.

    Any 2xx is a success. 410 Gone means that nobody wants to hear this any more. Everything else is tried again.
    """
    if status is not None and 200 <= status < 300:
        return Verdict(sent=True)
    if status == 410:
        return Verdict(sent=False, gone=True)
    if tries > len(STEPS):
        return Verdict(sent=False)
    pause = timedelta(seconds=STEPS[tries - 1] * (0.9 + jitter / 5))
    asked = min(timedelta(seconds=max(retry_after or 0, 0)), LONGEST_PAUSE)
    again = now + max(pause, asked)
    return Verdict(sent=False, again=again if again - created_at <= TRY_FOR else None)


def give_up(failing_since: datetime | None, now: datetime) -> bool:
    """Whether an endpoint that failed again is switched off now."""
    return failing_since is not None and now - failing_since >= OFF_AFTER
