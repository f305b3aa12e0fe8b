"""How often chaos tests run, and from which seed. CHAOS_KILLS scales them all; CHAOS_SEED repeats a run.

A round of the kill test is 25 kills, and 12 where nobody asked for more, so that CI is quick. 500 kills are twenty
rounds of every chaos test, each with the next seed.
"""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest

ASKED = int(os.environ.get("CHAOS_KILLS") or 0)
KILLS_A_ROUND = 25 if ASKED else 12

FIRST_SEED = int(os.environ.get("CHAOS_SEED") or random.SystemRandom().randrange(1_000_000))
ROUNDS = max(1, -(-ASKED // KILLS_A_ROUND))

rounds = pytest.mark.parametrize("number", [pytest.param(n, id=f"round{n + 1}of{ROUNDS}") for n in range(ROUNDS)])
"""Marks a test that is run once a round; `number` is its round, counted from 0."""


def seed_of(number: int) -> int:
    """Return the seed of a round. With one round, CHAOS_SEED is the seed itself."""
    return FIRST_SEED + number


class Report:
    """Says in one line how a test went, past pytest's capture, and in the file CHAOS_REPORT when it is named."""

    def __init__(self, capsys: pytest.CaptureFixture[str], name: str) -> None:
        self._capsys, self._name = capsys, name
        self._began = time.monotonic()

    def say(self, **figures: object) -> None:
        figures["seconds"] = round(time.monotonic() - self._began, 1)
        line = f"{self._name}: " + ", ".join(f"{value} {name.replace('_', ' ')}" for name, value in figures.items())
        with self._capsys.disabled():
            print(f"\n{line}")
        if path := os.environ.get("CHAOS_REPORT"):
            with Path(path).open("a", encoding="utf-8") as file:
                file.write(line + "\n")
