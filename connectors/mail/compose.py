"""Make a mail of a message: the text as it was typed, the same as HTML, and the files. Pure: same in, same out."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import nh3
from markdown_it import MarkdownIt

from connectors.errors import Permanent
from connectors.mail import fields
from connectors.mail.smtp import Envelope

if TYPE_CHECKING:
    from collections.abc import Iterable

    from connectors.contract import File, Handle, Outbound
    from connectors.mail.account import Account

_TAGS = {"a", "p", "br", "hr", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li"}
_TAGS |= {"h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"}
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
_SCHEMES = {"http", "https", "mailto", "tel"}
_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,60}/[a-z0-9!#$&^_.+-]{1,80}")


class Letter(NamedTuple):
    """A mail ready to go: its bytes, its envelope and its Message-ID without brackets."""

    raw: bytes
    envelope: Envelope
    message_id: str


def compose(message: Outbound, account: Account) -> Letter:
    """Make the mail. Permanent with one sentence when something in it cannot stand in a mail."""
    sender = fields.address(account.address)
    recipients = tuple(dict.fromkeys(fields.address(handle.value) for handle in (*message.to, *message.cc)))
    if not recipients:
        raise Permanent("The message has no recipient; nothing was sent.")
    identifier = message.message_id or _make_id(message.key, sender)
    head = "".join(_head(message, account, sender, identifier))
    raw = (head + "MIME-Version: 1.0\r\n").encode() + _body(message)
    utf8 = not (sender + "".join(recipients)).isascii()
    return Letter(raw, Envelope(sender, recipients, utf8), identifier)


def _make_id(key: str, sender: str) -> str:
    """Make the same identifier for the same message, however often it is sent."""
    return f"{hashlib.sha256(key.encode()).hexdigest()[:40]}@{sender.rpartition('@')[2]}"


# Headers ------------------------------------------------------------------------------------------------------------


def _head(message: Outbound, account: Account, sender: str, identifier: str) -> Iterable[str]:
    yield fields.field("Date", fields.date(message.written_at))
    yield fields.field("From", fields.mailbox(_sender_name(message.author_name, account.name), sender))
    yield from _address_lines(message, account, sender)
    yield fields.field("Subject", fields.text(message.subject))
    yield fields.field("Message-ID", fields.message_id(identifier))
    if message.in_reply_to:
        yield fields.field("In-Reply-To", fields.message_id(message.in_reply_to))
    references = fields.references([*message.references, *filter(None, [message.in_reply_to])])
    if references:
        yield fields.field("References", references)
    if message.automatic:
        # RFC 3834 section 5; Exchange listens to the second only.
        yield fields.field("Auto-Submitted", "auto-replied" if message.in_reply_to else "auto-generated")
        yield fields.field("X-Auto-Response-Suppress", "All")


def _address_lines(message: Outbound, account: Account, sender: str) -> Iterable[str]:
    if message.reply_token and account.plus_addressing:
        local, _, domain = sender.rpartition("@")
        plus = fields.address(f"{local}+{message.reply_token}@{domain}")
        yield fields.field("Reply-To", fields.mailbox(account.name, plus))
    if message.to:
        yield fields.field("To", _people(message.to))
    if message.cc:
        yield fields.field("Cc", _people(message.cc))


def _people(handles: Iterable[Handle]) -> str:
    return fields.mailboxes(fields.mailbox(handle.name, fields.address(handle.value)) for handle in handles)


def _sender_name(author: str, account: str) -> str:
    """Name the person and the team: Ann at Example."""
    author, account = fields.clean(author), fields.clean(account)
    return f"{author} at {account}" if author and account else author or account


# Body ---------------------------------------------------------------------------------------------------------------


def _body(message: Outbound) -> bytes:
    text = _normal(message.markdown)
    both = _multipart(
        "alternative",
        [_part("text/plain; charset=utf-8", text), _part("text/html; charset=utf-8", _html(message.markdown))],
        message.key,
    )
    if not message.files:
        return both
    return _multipart("mixed", [both, *map(_attachment, message.files)], message.key)


def _normal(text: str) -> bytes:
    """Give every line the line end of mail; a lone surrogate, which no text should hold, becomes a question mark."""
    lines = re.sub(r"\r\n|\r|\n", "\r\n", text.replace("\0", ""))
    return (lines if lines.endswith("\r\n") else lines + "\r\n").encode("utf-8", "replace")


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"]).disable("image")


def _html(markdown: str) -> bytes:
    """Render Markdown; what the teammate pasted is cleaned like what strangers send."""
    rendered = _markdown().render(markdown.encode("utf-8", "replace").decode())
    safe = nh3.clean(rendered, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes=_SCHEMES, link_rel=None)
    return _normal(f'<!DOCTYPE html>\n<html><head><meta charset="utf-8"></head><body>\n{safe.strip()}\n</body></html>')


def _part(content_type: str, text: bytes) -> bytes:
    """Encode a text: as it is where every server passes it on unchanged, else quoted-printable or base64."""
    lines = text.split(b"\r\n")
    if text.isascii() and max(map(len, lines)) <= 998 and not any(line.startswith((b"From ", b".")) for line in lines):
        return f"Content-Type: {content_type}\r\nContent-Transfer-Encoding: 7bit\r\n\r\n".encode() + text
    quoted = binascii.b2a_qp(text, istext=True)
    coded = _base64(text)
    name, data = ("quoted-printable", quoted) if len(quoted) <= len(coded) else ("base64", coded)
    return f"Content-Type: {content_type}\r\nContent-Transfer-Encoding: {name}\r\n\r\n".encode() + data


def _base64(data: bytes) -> bytes:
    lines = base64.encodebytes(data).replace(b"\n", b"\r\n")
    return lines or b"\r\n"


def _attachment(file: File) -> bytes:
    kind = file.content_type.lower().strip()
    if not _TYPE.fullmatch(kind) or kind.startswith(("multipart/", "message/")):
        kind = "application/octet-stream"
    name = fields.parameter("filename", file.filename)
    head = (
        f"Content-Type: {kind}{fields.parameter('name', file.filename)}\r\n"
        f"Content-Disposition: attachment{name}\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n"
    )
    return head.encode() + _base64(file.data)


def _multipart(kind: str, parts: list[bytes], key: str) -> bytes:
    """Join parts by a boundary that stands in none of them: `=_` cannot come out of base64 or quoted-printable."""
    boundary = f"=_{kind[:3]}_{hashlib.sha256(key.encode()).hexdigest()[:24]}"
    line = f"--{boundary}".encode()
    if any(line in part for part in parts):
        raise Permanent("The message contains its own boundary; nothing was sent.")
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'.encode()
    return head + b"".join(line + b"\r\n" + part + b"\r\n" for part in parts) + line + b"--\r\n"
