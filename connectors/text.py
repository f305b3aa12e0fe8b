"""HTML to text a person can read, in one pass over the markup and in linear time, however broken or hostile it is.

Lists, links, tables, quoted blocks and preformatted text keep their shape; scripts, styles and what is hidden from the
reader (preheaders) are left out. The result is text: it is never markup again.
"""

from __future__ import annotations

import html
import re


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SKIPPED = frozenset(
    {"script", "style", "title", "template", "svg", "math", "object", "iframe", "noframes", "textarea"}
)
_PARAGRAPHS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "dl", "table", "pre"})
_LINES = _names(
    "div tr li dt dd section article header footer address center form fieldset main aside nav figure figcaption body"
    " caption tbody thead tfoot"
)
_CELLS = frozenset({"td", "th"})
_VOID = _names("area base br col embed hr img input link meta source track wbr")
_RULE = "_" * 32
_PADDING = " \t\r\n\f\xa0\u00ad\u034f\u061c\u115f\u1160\u17b4\u180e\u2000\u2007\u200b\u200c\u200d\u2060\u3000\ufeff"
_MAX_MARKUP = 500_000
_MAX_TAG = 64 * 1024
_MAX_DEPTH = 20

_MARKUP = re.compile(r"<(?=[A-Za-z/!?])")
_TAG_NAME = re.compile(r"/?[A-Za-z][A-Za-z0-9:]{0,30}")
_ATTRIBUTE = {
    name: re.compile(rf"""(?i)[\s"']{name}\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
    for name in ("href", "alt", "style", "start", "class")
}
_HIDDEN_STYLE = re.compile(
    r"(?i)display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all|max-height\s*:\s*0|font-size\s*:\s*0(?![.\d])"
)
_CLOSING = {tag: re.compile(rf"</{tag}\s{{0,20}}>?", re.IGNORECASE) for tag in _SKIPPED}
_CHARSET = re.compile(rb"""(?i)charset\s{0,9}=\s{0,9}["']?([A-Za-z0-9_.:-]{1,40})""")
_SHOWN_LINKS = ("http://", "https://", "mailto:", "tel:")


def from_html(markup: str) -> str:
    """Return the readable text of a piece of HTML, of which at most the first 500,000 characters are read."""
    markup = markup[:_MAX_MARKUP]
    text = _Reader(hide=True).read(markup)
    return text or _Reader(hide=False).read(markup)


def declared_charset(head: bytes) -> str:
    """Return the charset that HTML declares in a meta element near its start, "" for none."""
    found = _CHARSET.search(head)
    return found[1].decode("ascii") if found else ""


class _Reader:
    """Collects lines while the markup goes by."""

    def __init__(self, *, hide: bool) -> None:
        self.hide = hide
        self.lines: list[str] = []
        self.line: list[str] = []
        self.space = False
        self.cell = False
        self.blank = False
        self.quotes = 0
        self.lists: list[int] = []
        self.pre = 0
        self.bullet = ""
        self.link: tuple[str, int] | None = None
        self.unclosed: set[str] = set()
        self.depth_before = 0

    def read(self, markup: str) -> str:
        """Walk over the markup once."""
        position = 0
        size = len(markup)
        while position < size:
            found = _MARKUP.search(markup, position)
            if found is None:
                self.say(markup[position:])
                break
            opened = found.start()
            if opened > position:
                self.say(markup[position:opened])
            position = self._markup(markup, opened)
        self.end_line()
        return "\n".join(self.lines).strip("\n")

    def _markup(self, markup: str, opened: int) -> int:
        """Handle what begins with `<` and return where it ends."""
        name = _TAG_NAME.match(markup, opened + 1)
        if name is None:
            return self._no_tag(markup, opened)
        end = _tag_end(markup, name.end())
        tag = name[0].lower()
        attributes = markup[name.end() : end - 1]
        if tag.startswith("/"):
            self._close(tag[1:])
        elif tag in _SKIPPED:
            return self._after_element(markup, end, tag)
        elif self.hide and tag not in _VOID and tag not in {"body", "html"} and _is_hidden(attributes):
            return _after_hidden(markup, end, tag)
        else:
            self._open(tag, attributes)
        return end

    def _after_element(self, markup: str, position: int, tag: str) -> int:
        """Return the end of an element whose content is not text; one that is never closed ends at once."""
        closing = None if tag in self.unclosed else _CLOSING[tag].search(markup, position)
        if closing is not None:
            return closing.end()
        self.unclosed.add(tag)
        return len(markup) if tag in {"script", "style"} else position

    def _no_tag(self, markup: str, opened: int) -> int:
        if markup.startswith("<!--", opened):
            end = markup.find("-->", opened + 4)
            return end + 3 if end >= 0 else len(markup)
        end = markup.find(">", opened)
        return end + 1 if end >= 0 else len(markup)

    def _open(self, tag: str, attributes: str) -> None:
        if tag == "br":
            self.end_line(keep_empty=True)
        elif tag == "a":
            self.link = (_attribute("href", attributes), len(self.line))
        elif tag in _CELLS:
            self.cell = bool(self.line)
        elif tag in _PARAGRAPHS:
            self._open_paragraph(tag, attributes)
        elif tag in _LINES:
            self.end_line()
            if tag == "li":
                self._open_item()
        elif tag == "img":
            alt = _attribute("alt", attributes).strip()
            self.say(f"[{alt}]" if alt else "")
        elif tag == "hr":
            self.end_line()
            self.lines.append(self._prefix() + _RULE)

    def _open_paragraph(self, tag: str, attributes: str) -> None:
        self.end_line()
        if not self.lists or tag not in {"ul", "ol", "p"}:
            self.blank = True
        if tag == "blockquote":
            self.quotes = min(self.quotes + 1, _MAX_DEPTH)
        elif tag in {"ul", "ol"} and len(self.lists) < _MAX_DEPTH:
            start = _attribute("start", attributes)
            self.lists.append(0 if tag == "ul" else int(start) if start.isdecimal() and len(start) < 7 else 1)
        elif tag == "pre":
            self.pre += 1

    def _open_item(self) -> None:
        indent = "  " * max(len(self.lists) - 1, 0)
        number = self.lists[-1] if self.lists else 0
        self.bullet = f"{indent}{number}. " if number else f"{indent}- "
        if number:
            self.lists[-1] += 1

    def _close(self, tag: str) -> None:
        if tag == "a":
            self._close_link()
        elif tag in _PARAGRAPHS:
            self.end_line()
            self.blank = self.blank or not (self.lists and tag == "p")
            self._close_paragraph(tag)
        elif tag in _LINES:
            self.end_line()

    def _close_paragraph(self, tag: str) -> None:
        if tag == "blockquote":
            self.quotes = max(self.quotes - 1, 0)
        elif tag in {"ul", "ol"} and self.lists:
            self.lists.pop()
        elif tag == "pre":
            self.pre = max(self.pre - 1, 0)

    def _close_link(self) -> None:
        if self.link is None:
            return
        href, start = self.link
        self.link = None
        label = "".join(self.line[start:]).strip()
        target = href.removeprefix("mailto:").partition("?")[0] if href.startswith("mailto:") else href
        if href.lower().startswith(_SHOWN_LINKS) and label and target.rstrip("/") not in label:
            self.line.append(f" ({target})")

    def say(self, raw: str) -> None:
        """Add text that stands between tags."""
        text = _unescaped(raw) if "&" in raw else raw
        if self.pre:
            self._say_pre(text)
            return
        bare = text.strip(_PADDING)
        if not bare:
            self.space = self.space or bool(text)
            return
        words = " ".join(bare.split())
        if self.line:
            if self.cell:
                self.line.append(" | ")
            elif self.space or text[0] in _PADDING:
                self.line.append(" ")
        self.line.append(words)
        self.cell = False
        self.space = text[-1] in _PADDING

    def _say_pre(self, text: str) -> None:
        first, *rest = text.replace("\r\n", "\n").split("\n")
        self.line.append(first)
        for line in rest:
            self.end_line(keep_empty=True)
            self.line.append(line)

    def end_line(self, *, keep_empty: bool = False) -> None:
        """Finish the current line; an empty one counts only where it was asked for (br, pre)."""
        self.space = self.cell = False
        if self.link is not None:
            self.link = (self.link[0], 0)
        text = "".join(self.line)
        self.line.clear()
        if not text and not keep_empty:
            return
        if self.blank and self.lines and self.lines[-1].strip("> "):
            self.lines.append(">" * min(self.quotes, self.depth_before))
        self.blank = False
        self.depth_before = self.quotes
        if text or (self.lines and self.lines[-1].strip("> ")) or self.pre:
            self.lines.append((self._prefix() + self.bullet + text).rstrip())
        self.bullet = ""

    def _prefix(self) -> str:
        return ">" * self.quotes + " " if self.quotes else ""


def _unescaped(text: str) -> str:
    try:
        return html.unescape(text).replace("\x00", "")
    except ValueError:
        return text


def _tag_end(markup: str, start: int) -> int:
    """Return the end of a tag; a > within quotes does not end it, unless the quote is never closed nearby."""
    end = markup.find(">", start)
    if end < 0:
        return len(markup) + 1
    if markup.count('"', start, end) % 2:
        closing = markup.find('"', end, end + _MAX_TAG)
        later = markup.find(">", closing, closing + 4096) if closing >= 0 else -1
        if later >= 0 and "<" not in markup[end:closing]:
            end = later
    return end + 1


def _attribute(name: str, attributes: str) -> str:
    found = _ATTRIBUTE[name].search(attributes)
    if found is None:
        return ""
    value = found[1] or found[2] or found[3] or ""
    return " ".join(_unescaped(value).split()) if value else ""


def _is_hidden(attributes: str) -> bool:
    if "style" in attributes.lower():
        style = _ATTRIBUTE["style"].search(attributes)
        return style is not None and _HIDDEN_STYLE.search(style[0]) is not None
    return False


def _after_hidden(markup: str, position: int, tag: str) -> int:
    """Return the end of a hidden element, elements of the same name within it counted."""
    depth = 1
    for found in re.finditer(rf"<(/?){re.escape(tag)}(?=[\s>/])", markup[position:], re.IGNORECASE):
        depth += -1 if found[1] else 1
        if depth == 0:
            end = markup.find(">", position + found.end())
            return end + 1 if end >= 0 else len(markup)
    return len(markup)
