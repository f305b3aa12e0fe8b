"""The colours can be read: every text colour on every ground it stands on, in light and in dark (WCAG 2.2, 4.5:1)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import inbox.web

SHEET = (Path(inbox.web.__file__).parent / "static/css/tokens.css").read_text(encoding="utf-8")
FOUND = re.findall(r"--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)", SHEET)
COLOURS = [{name: light for name, light, _ in FOUND}, {name: dark for name, _, dark in FOUND}]

GROUNDS = ["paper", "surface", "sunken", "raised", "hover", "chosen"]
INKS = ["ink", "ink-soft", "ink-faint", "accent", "time-ok", "time-soon", "time-late", "danger"]
PAIRS = [(ink, ground) for ink in INKS for ground in GROUNDS]
PAIRS += [("on-accent", "accent"), ("on-accent", "accent-strong"), ("on-danger", "danger"), ("paper", "ink")]
PAIRS += [("ink", "note"), ("ink-soft", "note"), ("ink", "mark"), ("accent", "note")]


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colours", COLOURS, ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "ground"), PAIRS)
def test_words_can_be_read(colours: dict[str, str], ink: str, ground: str) -> None:
    assert contrast(colours[ink], colours[ground]) >= 4.5


@pytest.mark.parametrize("colours", COLOURS, ids=["light", "dark"])
def test_fields_can_be_seen(colours: dict[str, str]) -> None:
    assert contrast(colours["line-strong"], colours["surface"]) >= 3
