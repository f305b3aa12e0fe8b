"""The interval of Wilson, against figures worked out elsewhere (Newcombe 1998, table I) and against counting."""

from __future__ import annotations

import math

import pytest

from rules.intervals import wilson


@pytest.mark.parametrize(
    ("hits", "cases", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (29, 29, 0.8830, 1.0),
    ],
)
def test_it_agrees_with_what_was_published(hits: int, cases: int, low: float, high: float) -> None:
    assert wilson(hits, cases) == pytest.approx((low, high), abs=5e-5)


def test_it_holds_the_true_share_about_95_times_in_100() -> None:
    cases, share = 60, 0.9
    held = sum(
        math.comb(cases, hits) * share**hits * (1 - share) ** (cases - hits)
        for hits in range(cases + 1)
        if wilson(hits, cases)[0] <= share <= wilson(hits, cases)[1]
    )
    assert 0.93 < held < 0.98


def test_without_a_case_everything_is_possible() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
