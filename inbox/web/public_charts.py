"""Pictures of the public page, drawn here: shares as bars with their interval, and the badge for other sites."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

from inbox.flow.public_promise import Share
from inbox.web.words import _

WIDTH = 360
ROW = 54
BAR = 10
LETTER = 6.6
"""About how wide a letter of the badge is."""


def said_share(name: str, one: Share) -> tuple[str, Share]:
    """Say a share with its interval and its sample."""
    told = _("{name}: {percent} % ({low} to {high} %), n = {n}")
    return told.format(name=name, percent=one.percent, low=one.low, high=one.high, n=one.cases), one


def bars(shares: Sequence[tuple[str, Share]], title: str, key: int = 0) -> Markup:
    """Draw shares below each other: the words, the bar, and under it a line from the lower to the upper bound."""
    height = ROW * len(shares)
    rows = Markup("").join(_bar(number, words, share) for number, (words, share) in enumerate(shares))
    told = "; ".join(words for words, _share in shares)
    return Markup(
        '<svg class="shares" viewBox="0 0 {} {}" role="img" aria-labelledby="shares-t{} shares-d{}">'
        '<title id="shares-t{}">{}</title><desc id="shares-d{}">{}</desc>{}</svg>'
    ).format(WIDTH, height, key, key, key, title, key, told, rows)


def _bar(number: int, words: str, share: Share) -> Markup:
    top = number * ROW
    unit = WIDTH / 100
    below = top + 20 + BAR + 6
    return Markup(
        '<text x="0" y="{}">{}</text><rect class="track" x="0" y="{}" width="{}" height="{}" rx="3"/>'
        '<rect class="fill" x="0" y="{}" width="{:.1f}" height="{}" rx="3"/>'
        '<path class="sure" d="M{:.1f} {}V{}M{:.1f} {}H{:.1f}M{:.1f} {}V{}"/>'
    ).format(
        *(top + 13, words, top + 20, WIDTH, BAR),
        *(top + 20, share.percent * unit, BAR),
        *(share.low * unit, below - 4, below + 4),
        *(share.low * unit, below, share.high * unit),
        *(share.high * unit, below - 4, below + 4),
    )


def badge(share: Share | None, days: int, *, plain: bool) -> str:
    """Draw the badge: what it is, then the figure with its sample. It needs no style sheet and no font of ours."""
    left = _("answered within 24 h") if plain else _("answered in time")
    right = _("{percent} % of {n}, {days} days") if share else _("too few to say")
    right = right.format(percent=share.percent, n=share.cases, days=days) if share else right
    first, second = round(len(left) * LETTER) + 16, round(len(right) * LETTER) + 16
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="22" role="img" aria-label="{left}: {right}">'
        "<title>{left}: {right}</title>"
        '<rect width="{whole}" height="22" rx="4" fill="#1f1d1a"/>'
        '<path d="M{first} 0h{inner}a4 4 0 0 1 4 4v14a4 4 0 0 1-4 4h-{inner}z" fill="#0b5d5a"/>'
        '<g fill="#ffffff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle">'
        '<text x="{one}" y="15">{left}</text><text x="{two}" y="15">{right}</text></g></svg>'
    ).format(
        whole=first + second,
        first=first,
        inner=second - 4,
        one=first / 2,
        two=first + second / 2,
        left=escape(left),
        right=escape(right),
    )
