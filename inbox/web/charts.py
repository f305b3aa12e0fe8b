"""Charts drawn on the server: each has a title and a description, and the page gives the same figures as a table.

They are read without colour: what is dark was kept, what is hatched was not, and every column says its figure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

from markupsafe import Markup, escape

HEIGHT = 96
TOP = 18
COLUMN = 44
NARROW = 26
FOOT = 34
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Column:
    """One column. whole: how high it is, of `most`; broken: how much of that is hatched.

    above: the figure at its top; below, under: what stands under it.
    """

    whole: float
    broken: float = 0
    above: str = ""
    below: str = ""
    under: str = ""


def columns(drawn: Sequence[Column], title: str, told: str, *, most: float = 0, narrow: bool = False) -> Markup:
    """Draw columns side by side. most: the value of a full one, the highest for 0."""
    wide, number = NARROW if narrow else COLUMN, next(_numbers)
    highest = most or max((one.whole for one in drawn), default=0) or 1
    across, down = wide * len(drawn), TOP + HEIGHT + FOOT
    parts = [_column(place * wide, wide, one, highest, number) for place, one in enumerate(drawn)]
    return Markup(
        '<svg class="chart" viewBox="0 0 {across} {down}" width="{across}" height="{down}" role="img"'
        ' aria-labelledby="chart-{n}-title chart-{n}-told"><title id="chart-{n}-title">{title}</title>'
        '<desc id="chart-{n}-told">{told}</desc><defs><pattern id="chart-{n}-hatch" width="5" height="5"'
        ' patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="chart-gap" width="5" height="5"/>'
        '<rect class="chart-broken" width="2.5" height="5"/></pattern></defs>{parts}'
        '<line class="chart-line" x1="0" x2="{across}" y1="{floor}" y2="{floor}"/></svg>'
    ).format(
        across=across, down=down, n=number, title=title, told=told, parts=Markup("").join(parts), floor=TOP + HEIGHT
    )


def _column(left: int, wide: int, one: Column, highest: float, number: int) -> Markup:
    full = HEIGHT * min(1.0, one.whole / highest)
    broken = HEIGHT * min(1.0, one.broken / highest)
    middle, top = left + wide / 2, TOP + HEIGHT - full
    bar = wide * 0.6
    x, above, below, under = left + (wide - bar) / 2, top - 5, TOP + HEIGHT + 14, TOP + HEIGHT + 28
    said, label, more = (escape(text) for text in (one.above, one.below, one.under))
    return Markup(  # noqa: S704 - numbers of ours, and texts that are escaped
        f'<rect class="chart-kept" x="{x:.1f}" y="{top + broken:.1f}" width="{bar:.1f}"'
        f' height="{max(0.0, full - broken):.1f}"/>'
        f'<rect fill="url(#chart-{number}-hatch)" class="chart-edge" x="{x:.1f}" y="{top:.1f}" width="{bar:.1f}"'
        f' height="{broken:.1f}"/>'
        f'<text class="chart-figure" x="{middle:.1f}" y="{above:.1f}">{said}</text>'
        f'<text class="chart-label" x="{middle:.1f}" y="{below}">{label}</text>'
        f'<text class="chart-label" x="{middle:.1f}" y="{under}">{more}</text>'
    )
