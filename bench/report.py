"""Lines of a table, each with its limit and whether it was kept; printed as they come, written down at the end."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

NOISE = 1.15
"""A figure this far beyond its limit is not called missed: two runs on an idle machine differ as much."""


@dataclass(frozen=True)
class Line:
    """One figure. verdict: ok, near (beyond the limit by less than the noise), missed, or "" where there is none."""

    part: str
    name: str
    value: float
    unit: str
    limit: str = ""
    verdict: str = ""


class Report:
    """Collects lines."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self._part = ""

    def begin(self, part: str) -> None:
        """Start a part of the table."""
        self._part = part
        print(f"\n{part}", flush=True)

    def say(self, text: str) -> None:
        """Print a remark."""
        print(f"  {text}", flush=True)

    def add(
        self,
        name: str,
        value: float,
        unit: str,
        *,
        most: float | None = None,
        least: float | None = None,
        crowd: float = 1.0,
    ) -> None:
        """Add a figure; `crowd` is how much slower than alone we were, where the figure is of the wall's clock."""
        limit, beyond = "", 0.0
        if most is not None:
            limit, beyond = f"<= {_short(most)}", value / most
        elif least is not None:
            limit, beyond = f">= {_short(least)}", least / value if value else float("inf")
        verdict = "" if not limit else "ok" if beyond <= 1 else "near" if beyond <= NOISE * crowd else "missed"
        line = Line(self._part, name, round(value, 4), unit, limit, verdict)
        self.lines.append(line)
        print(f"  {name:<48} {_short(value):>10} {unit:<9} {limit:<10} {verdict}".rstrip(), flush=True)

    @property
    def missed(self) -> list[Line]:
        """What was missed by more than the noise."""
        return [line for line in self.lines if line.verdict == "missed"]

    def write(self, path: Path, facts: dict[str, str]) -> None:
        """Keep it all as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        told = {"machine": facts, "lines": [asdict(line) for line in self.lines]}
        path.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def _short(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}".replace(",", "\u202f")
    return f"{value:.1f}" if value >= 10 else f"{value:.3g}"


def crowd(seconds: float = 0.3) -> float:
    """Return how many seconds a second of processor takes here, now: 1 when nobody else wants it."""
    wall, cpu = time.perf_counter(), time.process_time()
    while time.process_time() - cpu < seconds:
        sum(range(1000))
    return max(1.0, (time.perf_counter() - wall) / (time.process_time() - cpu))
