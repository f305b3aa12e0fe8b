"""Which parts of a mail are its body, and what they say.

A body is a text/plain or text/html part that is not a named file. Alternatives say one thing twice; what stands side by
side is said one after the other. HTML is turned into text only where there is no usable text beside it.
"""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, NamedTuple

from connectors import text as texts
from connectors.mail import charsets, flowed, headers, mime, params

if TYPE_CHECKING:
    from connectors.mail.mime import Mail, Part

_SAME = 40
_PLAIN_TYPES = frozenset({"text/plain", "text/enriched", "text/richtext", "text/x-markdown", "text/markdown"})
_SIDE_VIEWS = frozenset({"text/x-amp-html", "text/watch-html", "text/calendar"})


class Body(NamedTuple):
    """The readable text of a mail and its HTML, either may be ""."""

    text: str
    html: str


class _Segment:
    """One stretch of the mail, said in text, in HTML, or in both."""

    __slots__ = ("html", "plain")

    def __init__(self, plain: list[str], markup: list[str]) -> None:
        self.plain = plain
        self.html = markup

    def text(self) -> str:
        """Return the text said, from the HTML where there is no usable text."""
        plain = "\n".join(self.plain)
        if self.html and (not plain.strip() or _excuse(plain)):
            return texts.from_html("\n".join(self.html)) or plain
        return plain

    def markup(self) -> str:
        """Return the HTML said, from the text where there is none."""
        if self.html:
            return "\n".join(self.html)
        plain = "\n".join(self.plain).strip()
        return f'<div style="white-space: pre-wrap">{html.escape(plain)}</div>' if plain else ""


def _excuse(plain: str) -> bool:
    """Recognise 'your mail program cannot show HTML', which says nothing."""
    if len(plain) > 400 or "html" not in plain.lower():
        return False
    words = plain.lower()
    return any(word in words for word in ("support", "view", "client", "display", "reader", "program", "enable"))


def is_body(part: Part) -> bool:
    """Say whether a leaf is something to read rather than a file."""
    kind = part.type
    if kind not in _PLAIN_TYPES and kind != "text/html":
        return False
    if part.disposition.token == "attachment":
        return False
    return not (part.disposition.parameters or "name" in part.kind.parameters) or not file_name(part)


def is_side_view(part: Part) -> bool:
    """Say whether a leaf only repeats the message for some program and is no file."""
    return part.type in _SIDE_VIEWS and part.within == "multipart/alternative" and not file_name(part)


def file_name(part: Part, charset: str = "") -> str:
    """Return the name a part gives itself, decoded, "" for none."""
    if not part.disposition.parameters and not part.kind.parameters:
        return ""
    return params.text_of(part.disposition, "filename", charset) or params.text_of(part.kind, "name", charset)


def read(mail: Mail) -> Body:
    """Return what the mail says."""
    segments = _segments(mail, mail.root)
    if len(segments) == 1:
        return Body(segments[0].text(), "\n".join(segments[0].html))
    text = "\n".join(segment.text() for segment in segments)
    if not any(segment.html for segment in segments):
        return Body(text, "")
    return Body(text, "\n".join(filter(None, (segment.markup() for segment in segments))))


def _segments(mail: Mail, part: Part) -> list[_Segment]:
    if not part.children:
        return _leaf(mail, part)
    inner = [segment for child in part.children for segment in _segments(mail, child)]
    if part.type == "multipart/alternative":
        plain = [text for segment in inner for text in segment.plain]
        markup = [text for segment in inner for text in segment.html]
        return [_Segment(plain, markup)] if inner else []
    return _twins_joined(inner)


def _leaf(mail: Mail, part: Part) -> list[_Segment]:
    if not is_body(part):
        return []
    text = leaf_text(mail, part)
    return [_Segment([], [text])] if part.type == "text/html" else [_Segment([text], [])]


def _twins_joined(segments: list[_Segment]) -> list[_Segment]:
    """Join a text and the HTML after it that says the same: some programs forget to call them alternatives."""
    out: list[_Segment] = []
    for segment in segments:
        before = out[-1] if out else None
        if before and before.plain and not before.html and not segment.plain and _same(before.plain, segment.html):
            before.html = segment.html
        else:
            out.append(segment)
    return out


def _same(plain: list[str], markup: list[str]) -> bool:
    start = _letters("\n".join(plain)[: 8 * _SAME])[:_SAME]
    return not start or start in _letters(texts.from_html("\n".join(markup))[: 64 * _SAME])


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def leaf_text(mail: Mail, part: Part) -> str:
    """Decode a text part: transfer encoding, charset, line ends, format=flowed."""
    data = mime.payload(mail.raw, part)
    charset = part.kind.parameters.get("charset", "")
    if charset and not data.isascii() and not charsets.codec_for(charset):
        mail.notes.add("unknown_charset")
    if not charset and part.type == "text/html" and not data.isascii():
        charset = texts.declared_charset(data[:4096])
    text = charsets.decode(data, charset)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if part.kind.parameters.get("format", "").lower() == "flowed" and part.type == "text/plain":
        return flowed.unwrap(text, delsp=part.kind.parameters.get("delsp", "").lower() == "yes")
    return text


def main_charset(mail: Mail) -> str:
    """Return the charset of the first text part, a hint for raw 8-bit bytes in the header."""
    part = mail.root
    while part.children:
        part = part.children[0]
    return headers.text(part.kind.parameters.get("charset", ""))
