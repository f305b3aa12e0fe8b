"""Which parts of a mail are its body, and what they say.

A body is a text/plain or text/html part that is not a named file. Alternatives say one thing twice; what stands side by
side is said one after the other. HTML is turned into text only where there is no usable text beside it.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, NamedTuple

from connectors import text as texts
from connectors.mail import charsets, flowed, headers, mime, params

if TYPE_CHECKING:
    from connectors.mail.mime import Mail, Part

_SAME = 40
_TEXT_TYPES = frozenset(
    {"text/plain", "text/html", "text/enriched", "text/richtext", "text/markdown", "text/x-markdown"}
)
_META_CHARSET = re.compile(r"(<meta\b[^<>]{0,200}?\bcharset\s{0,9}=\s{0,9}[\"']?)[^\s\"'<>;/]{1,40}", re.IGNORECASE)
_SIDE_VIEWS = frozenset({"text/x-amp-html", "text/watch-html", "text/enriched", "text/richtext"})


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
        plain = _lines(self.plain)
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
    if part.type not in _TEXT_TYPES or part.disposition.word == "attachment" or is_side_view(part):
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
    body = _said(_segments(mail, mail.root))
    if body.text.strip() or body.html or (not mail.root.children and not is_message(mail.root)):
        return body
    shown = _reports(mail) or _inline_files(mail)
    return _said(shown) if shown else _enclosed(mail)


def from_both(text: str, markup: str) -> Body:
    """Make a body of a text and an HTML that say the same."""
    return _said([_Segment([text] if text else [], [markup] if markup else [])])


def _said(segments: list[_Segment]) -> Body:
    if len(segments) == 1:
        return Body(segments[0].text(), "\n".join(segments[0].html))
    text = _lines([segment.text() for segment in segments])
    if not any(segment.html for segment in segments):
        return Body(text, "")
    return Body(text, "\n".join(filter(None, (segment.markup() for segment in segments))))


def _lines(texts_: list[str]) -> str:
    """Put texts under one another, each beginning a line."""
    return "".join(text if text.endswith("\n") else text + "\n" for text in texts_).removesuffix("\n")


def _inline_files(mail: Mail) -> list[_Segment]:
    """A mail of nothing but named text files that ask to be shown (RFC 2183 section 2.1) says what they say."""
    return [
        _Segment([leaf_text(mail, part)], [])
        for part in mail.root.children
        if part.type == "text/plain" and part.disposition.word == "inline"
    ]


def _reports(mail: Mail) -> list[_Segment]:
    """A delivery report without words for people: its machine-readable part has to do."""
    parts = [part for part in mail.root.children if part.type == "message/delivery-status"]
    return [_Segment([leaf_text(mail, part)], []) for part in parts]


def is_message(part: Part) -> bool:
    """Say whether a part is a whole mail."""
    return part.type in {"message/rfc822", "message/global"}


def _enclosed(mail: Mail) -> Body:
    """A mail without words of its own around one other mail forwards that one."""
    enclosed = [part for part in [mail.root, *mail.root.children] if is_message(part)]
    if len(enclosed) != 1:
        return Body("", "")
    inner = mime.split(mime.payload(mail.raw, enclosed[0]))
    body = _said(_segments(inner, inner.root))
    if body.text or body.html:
        mail.notes.add("forwarded")
    return body


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
    if part.type == "text/html":
        return [_Segment([], [_says_utf8(text)])]
    if part.type in {"text/enriched", "text/richtext"}:
        text = texts.from_html(text)
    return [_Segment([text], [])]


def _says_utf8(markup: str) -> str:
    """Correct the charset that HTML declares of itself: it is Unicode now."""
    head = markup[:4096]
    if "charset" not in head.lower():
        return markup
    return _META_CHARSET.sub(r"\1utf-8", head, count=1) + markup[4096:]


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
