"""When to try again."""

from __future__ import annotations

from datetime import timedelta

SEND_STEPS = (1, 5, 15, 60, 120, 240, 480)
"""Minutes between tries of a send; the last one repeats."""
SEND_FOR = timedelta(days=3)
"""How long a send is tried, as mail servers do (RFC 5321 section 4.5.4.1 asks for 4-5 days at least of a relay; a
customer who waits for an answer needs to hear sooner)."""
READ_TRIES = 5
"""How often a message is read before it is set aside: a reading that never ended may have stopped the process. A power
cut that happens to come then must not be taken for that, so it is more than a few."""


def send_again_in(tries: int, retry_after: float | None = None) -> timedelta:
    """Return how long to wait after the `tries`-th failure (1 is the first); never less than the other side asked."""
    step = timedelta(minutes=SEND_STEPS[min(tries, len(SEND_STEPS)) - 1])
    return max(step, timedelta(seconds=retry_after or 0))


def read_again_in(tries: int) -> timedelta:
    """Return how long a reading that the store did not take is left alone: 2, 4, 8 … seconds, at most 5 minutes."""
    return timedelta(seconds=min(2**tries, 300))


def reconnect_in(failures: int, jitter: float) -> float:
    """Return seconds before an account is tried again: 1, 2, 4 … at most 300, spread by jitter (0 to 1)."""
    return float(min(2 ** min(failures - 1, 9), 300)) * (0.75 + jitter / 2)
