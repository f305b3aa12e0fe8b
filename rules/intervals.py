"""How sure a share is: the interval of Wilson, which holds for few cases and for shares near all or nothing."""

from __future__ import annotations

import math

NINETY_FIVE = 1.959964
"""Of the normal distribution: 95 of 100 such intervals hold the true share."""


def wilson(hits: int, cases: int, z: float = NINETY_FIVE) -> tuple[float, float]:
    """Return between which shares the true one lies, given so many hits; everything is possible without a case."""
    if cases <= 0:
        return 0.0, 1.0
    share, square = hits / cases, z * z
    middle = share + square / (2 * cases)
    around = z * math.sqrt(share * (1 - share) / cases + square / (4 * cases * cases))
    whole = 1 + square / cases
    return max(0.0, (middle - around) / whole), min(1.0, (middle + around) / whole)
