"""A stranger's HTML, made harmless before it is shown, in its own frame.

Three walls, each enough by itself: an allow-list (nh3) that knows no scripts, forms, frames, ids or classes; a frame
whose answer says `sandbox` without allow-scripts, so that nothing in it can run; and a policy of `default-src 'none'`,
in which only the one style sheet that we made of the mail's styles is named.
The frame is `allow-same-origin` so that our own page can measure its height: without scripts inside, the origin gives
the mail nothing. Pictures from elsewhere would tell the sender when and where we read: they wait until asked for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import quote, unquote

import nh3

SANDBOX = "allow-same-origin allow-popups allow-popups-to-escape-sandbox"
# fmt: off
TAGS = frozenset({
    "a", "abbr", "b", "bdi", "bdo", "blockquote", "br", "caption", "center", "cite", "code", "col", "colgroup",
    "dd", "del", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "font", "h1", "h2", "h3", "h4", "h5", "h6",
    "hr", "i", "img", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "rp", "rt", "ruby", "s", "samp", "section",
    "small", "span", "strike", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "time", "tr",
    "tt", "u", "ul", "var", "wbr",
})
# fmt: on
# fmt: off
DROPPED = frozenset({
    "script", "style", "title", "head", "noscript", "template", "svg", "math", "iframe", "object", "embed",
    "applet", "audio", "video", "canvas", "form", "textarea", "select", "button", "input", "link", "meta", "base",
    "frameset", "noframes", "noembed", "plaintext", "xmp",
})
# fmt: on
_SIZES = {"width", "height"}
ATTRIBUTES: dict[str, set[str]] = {
    "*": {"align", "dir", "lang", "style", "title", "valign", "bgcolor"},
    "a": {"href"},
    "img": {"src", "alt", *_SIZES},
    "font": {"color", "face", "size"},
    "col": {"span", "width"},
    "colgroup": {"span", "width"},
    "li": {"value"},
    "ol": {"start", "type"},
    "table": {"border", "cellpadding", "cellspacing", *_SIZES},
    "td": {"colspan", "rowspan", *_SIZES},
    "th": {"colspan", "rowspan", "scope", *_SIZES},
}
# fmt: off
STYLES = frozenset({
    "background-color", "border", "border-bottom", "border-collapse", "border-color", "border-left",
    "border-radius", "border-right", "border-spacing", "border-style", "border-top", "border-width", "color",
    "direction", "font-family", "font-size", "font-style", "font-variant", "font-weight", "height",
    "letter-spacing", "line-height", "list-style-type", "margin", "margin-bottom", "margin-left", "margin-right",
    "margin-top", "max-width", "min-width", "padding", "padding-bottom", "padding-left", "padding-right",
    "padding-top", "text-align", "text-decoration", "text-indent", "text-transform", "vertical-align",
    "white-space", "width", "word-break",
})
# fmt: on
_ODD_STYLE = re.compile(r"(?i)[\\@]|(?<!rgb)(?<!rgba)(?<!hsl)(?<!hsla)\(")
_STYLED_TAG = re.compile(r'<[a-z][a-z0-9]*(?: [a-z:-]+="[^"<]*")+ ?/?>')
_STYLE = re.compile(r' style="([^"]*)"')
_PLAIN_STYLE = re.compile(r"[\w\s:;,.#%!()'\"/+*-]{1,2000}")
LINKS = ("http://", "https://", "mailto:", "tel:")
PICTURES = ("data:image/png;base64,", "data:image/jpeg;base64,", "data:image/gif;base64,", "data:image/webp;base64,")
REMOTE = ("http://", "https://")
LARGEST = 3_000_000


@dataclass
class Cleaned:
    """HTML that can be shown; `held_back` counts pictures from elsewhere that were left out."""

    html: str
    held_back: int = 0


@dataclass
class _Pictures:
    """Decides about each picture: ours by its content id, small ones inside the mail, strangers' only when asked."""

    by_content_id: dict[str, str]
    remote: bool
    held_back: int = field(default=0)

    def source(self, given: str) -> str | None:
        value = given.strip()
        lower = value[:32].lower()
        if lower.startswith("cid:"):
            return self.by_content_id.get(unquote(value[4:]).strip("<>").lower())
        if lower.startswith(PICTURES):
            return value
        if not lower.startswith(REMOTE):
            return None
        if self.remote:
            return value
        self.held_back += 1
        return None

    def filter(self, tag: str, attribute: str, value: str) -> str | None:
        """Keep, change or drop one attribute."""
        if attribute == "src":
            return self.source(value) if tag == "img" else None
        if attribute == "href":
            return value if value.strip().lower().startswith(LINKS) else None
        if attribute == "style" and _ODD_STYLE.search(value):
            return None
        return value


def clean(html: str, content_ids: dict[str, str], *, remote: bool) -> Cleaned:
    """Make a mail's HTML harmless. content_ids: where the pictures inside the mail are, by content id, lower case."""
    pictures = _Pictures(content_ids, remote)
    made = nh3.clean(
        html[:LARGEST],
        tags=set(TAGS),
        clean_content_tags=set(DROPPED),
        attributes=ATTRIBUTES,
        attribute_filter=pictures.filter,
        url_schemes={"http", "https", "mailto", "tel", "cid", "data"},
        filter_style_properties=set(STYLES),
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
        strip_comments=True,
    )
    return Cleaned(made, pictures.held_back)


def parted(html: str) -> tuple[str, str]:
    """Part cleaned HTML from its styles, which go into one style sheet: a policy can name that one and allow no other.

    Only what `clean` has written is understood: there, no `"` and no `<` stands inside a value.
    """
    rules: dict[str, str] = {}

    def name(found: re.Match[str]) -> str:
        css = unescape(found[1])
        if not _PLAIN_STYLE.fullmatch(css) or css.count("'") % 2 or css.count('"') % 2 or "/*" in css:
            return ""
        return f' class="{rules.setdefault(css, f"m{len(rules)}")}"'

    made = _STYLED_TAG.sub(lambda tag: _STYLE.sub(name, tag[0]), html)
    return made, "\n".join(f".{rule}{{{css}}}" for css, rule in rules.items())


def policy(*, remote: bool, nonce: str) -> str:
    """Return the Content-Security-Policy of the frame. nonce: of the one style sheet that its styles stand in."""
    images = "'self' data: https: http:" if remote else "'self' data:"
    return (
        f"default-src 'none'; script-src 'none'; img-src {images}; style-src 'self' 'nonce-{nonce}';"
        f" form-action 'none'; base-uri 'none'; frame-ancestors 'self'; sandbox {SANDBOX}"
    )


def disposition(name: str, *, inline: bool = False) -> str:
    """Write a Content-Disposition whose file name cannot be a path or end the header."""
    safe = "".join(c for c in name if c.isprintable() and c not in '/\\:"').strip(". ")[:150] or "file"
    plain = safe.encode("ascii", "replace").decode().replace("?", "_")
    kind = "inline" if inline else "attachment"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(safe, safe='')}"


_SNIFFED = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)


def sniffed(data: bytes) -> str:
    """Return the type of a picture that browsers may show, by its own bytes alone; "" for all other files."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for start, kind in _SNIFFED if data.startswith(start)), "")
