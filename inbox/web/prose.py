"""Words as HTML: a stranger's plain text, and our own Markdown. Nothing in here trusts what it is given."""

from __future__ import annotations

import re
from functools import cache

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup, escape

_LINK = re.compile(r"""\bhttps?://[^\s<>"'`{}|\\^\u00a0-\u00bf\u2000-\u206f\ufeff]{1,2000}""")
_TRAILING = ".,;:!?)]}*_'"
_TAGS = {
    "a",
    "blockquote",
    "br",
    "code",
    "del",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
    "s",
    "strong",
}
_TABLE = {"table", "tbody", "td", "th", "thead", "tr", "ul"}
_SCHEMES = {"http", "https", "mailto", "tel"}
SHOWN = 30_000
REL = "noopener noreferrer nofollow"


def plain(text: str) -> Markup:
    """Write plain text with its links made clickable; line ends are kept by the style sheet."""
    out, at = [], 0
    for found in _LINK.finditer(text):
        address = found[0].rstrip(_TRAILING)
        if address.count("(") > address.count(")") and found[0][len(address) : len(address) + 1] == ")":
            address += ")"
        out.append(escape(text[at : found.start()]))
        out.append(Markup('<a href="{0}" target="_blank" rel="{1}">{0}</a>').format(address, REL))
        at = found.start() + len(address)
    out.append(escape(text[at:]))
    return Markup("").join(out)


@cache
def _reader() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"]).disable("image")


def markdown(text: str) -> Markup:
    """Write a teammate's Markdown as HTML: no raw HTML, no pictures, cleaned once more on the way out."""
    made = _reader().render(text)
    clean = nh3.clean(
        made,
        tags=_TAGS | _TABLE,
        attributes={"a": {"href", "title"}, "ol": {"start"}},
        url_schemes=_SCHEMES,
        url_relative="deny",
        link_rel=REL,
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )
    return Markup(clean)  # noqa: S704 - nh3 made it safe


def shortened(text: str) -> tuple[str, bool]:
    """Return as much of a text as a page shows at once, and whether there is more."""
    return (text, False) if len(text) <= SHOWN else (text[:SHOWN], True)
