"""Raw mail to `Inbound`: the one door to everything in this folder that reads. Pure: no I/O, no clock.

read_mail   what the inbox believes of an arrival
glance      who wrote it, from its head alone, where the rest defies reading
open_part   the bytes of one attachment
describe    the same for a person at the command line
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, NamedTuple

from connectors.contract import Attachment, Handle, Inbound, Nature
from connectors.errors import Unreadable
from connectors.mail import addresses, bodies, bounce, classify, dates, extras, headers, mime, pieces, reply

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from connectors.contract import Arrival, Bounce
    from connectors.mail.addresses import Mailbox
    from connectors.mail.mime import Mail
    from connectors.mail.pieces import Piece

_RECEIVED_BY = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to")
_TOKEN = re.compile(r"[A-Za-z0-9._=-]{1,128}")
_MAX_TOKENS = 20


class _Reading(NamedTuple):
    """Everything a mail says, before it is put into words for the one or the other reader."""

    mail: Mail
    sender: Mailbox | None
    reply_to: list[Mailbox]
    to: list[Mailbox]
    cc: list[Mailbox]
    subject: str
    text: str
    new_text: str
    html: str
    pieces: list[Piece]
    verdict: classify.Verdict
    bounces: tuple[Bounce, ...]


def read_mail(arrival: Arrival, own: frozenset[str] = frozenset()) -> Inbound:
    """Read an arrival; `own` are our account's addresses in lower case. Raises Unreadable where it is no mail."""
    found = _read(arrival.raw, own, null_sender=arrival.facts.get("mail_from") in {"", "<>"})
    fields = found.mail.fields
    message_id = headers.message_id(headers.first(fields, "message-id"))
    attachments = _attachments(found.pieces)
    notes = found.mail.notes | (set() if message_id else {"no_message_id"})
    text, new_text = found.text, found.new_text
    if not arrival.complete:
        text = new_text = _head_only(arrival.size)
        notes.add("headers_only")
        attachments = ()
    return Inbound(
        sender=_handle(found.sender),
        subject=found.subject,
        text=text,
        new_text=new_text,
        html=found.html if arrival.complete else "",
        reply_to=_answers_to(found),
        to=_handles(found.to),
        cc=_handles(found.cc),
        message_id=message_id,
        references=_references(found.mail),
        tokens=_tokens(arrival.facts, found, own),
        written_at=dates.parse(headers.first(fields, "date")),
        offset=dates.offset(headers.first(fields, "date")),
        nature=found.verdict.nature,
        nature_reason=found.verdict.reason,
        bounces=found.bounces,
        attachments=attachments,
        fingerprint=_fingerprint(found, message_id) if arrival.complete else "",
        direction=arrival.direction,
        notes=tuple(sorted(notes)),
        proof=headers.proof(headers.first(fields, "authentication-results")),
    )


def glance(raw: bytes, own: frozenset[str] = frozenset()) -> Inbound | None:
    """Say who wrote a mail, and about what; None where its head does not tell, or names ourselves."""
    fields, _, _ = headers.parse(raw[: headers.MAX_BLOCK])
    sender = next(iter(addresses.parse(fields.get("from", ()))), None)
    if sender is None or sender.address.lower() in own:
        return None
    return Inbound(_handle(sender), headers.text(headers.first(fields, "subject")))


def open_part(raw: bytes, index: int) -> bytes:
    """Return the decoded bytes of attachment `index`; raises Unreadable where there is none."""
    found = pieces.collect(mime.split(raw))
    if not 0 <= index < len(found):
        message = f"This mail has no attachment number {index}."
        raise Unreadable(message)
    return found[index].data


def describe(raw: bytes, own: frozenset[str] = frozenset()) -> dict[str, object]:
    """Say what a mail says, in words and lists that are easy to print as JSON. Raises Unreadable."""
    found = _read(raw, own)
    fields = found.mail.fields
    date = dates.parse(headers.first(fields, "date"))
    return {
        "from": _person(found.sender) if found.sender else None,
        "to": [_person(box) for box in found.to],
        "cc": [_person(box) for box in found.cc],
        "reply_to": [_person(box) for box in found.reply_to],
        "subject": found.subject,
        "date": date.isoformat() if date else None,
        "message_id": headers.message_id(headers.first(fields, "message-id")),
        "in_reply_to": next(iter(headers.message_ids(fields.get("in-reply-to", ()))), ""),
        "references": headers.message_ids(fields.get("references", ())),
        "text": found.text,
        "reply_text": found.new_text,
        "html": found.html,
        "attachments": [_file(piece) for piece in found.pieces],
        "auto": _automatic(found.verdict),
        "bounce": [_failure(one) for one in found.bounces] or None,
    }


def _read(raw: bytes, own: frozenset[str], *, null_sender: bool = False) -> _Reading:
    mail = mime.split(raw)
    fields = mail.fields
    if not fields:
        message = "This is not a mail: it has no header lines." if raw.strip() else "This file is empty."
        raise Unreadable(message)
    if null_sender:
        fields.setdefault("return-path", []).insert(0, "<>")
    charset = "" if headers.is_ascii(fields) else bodies.main_charset(mail)
    authors = addresses.parse(fields.get("from", ()), charset)
    sender = authors[0] if authors else None
    subject = headers.text(headers.first(fields, "subject"), charset)
    found = pieces.collect(mail, charset)
    body = extras.body(mail)
    verdict, bounces = _nature(mail, sender, subject, body.text, own)
    if sender and "@" in sender.name and sender.name.lower() != sender.address.lower():
        mail.notes.add("misleading_name")
    answer = reply.split(body.text, subject)
    if answer.forwarded:
        mail.notes.add("forwarded")
    said = extras.sentences(mail, body.text)
    return _Reading(
        mail,
        sender,
        addresses.parse(fields.get("reply-to", ()), charset),
        addresses.parse(fields.get("to", ()), charset),
        addresses.parse(fields.get("cc", ()), charset),
        subject,
        _joined(body.text, said),
        _joined(answer.new_text, said),
        body.html,
        found,
        verdict,
        bounces,
    )


def _nature(
    mail: Mail, sender: Mailbox | None, subject: str, text: str, own: frozenset[str]
) -> tuple[classify.Verdict, tuple[Bounce, ...]]:
    author = sender.address.lower() if sender else ""
    mail.notes.update(classify.notes(mail.fields, author))
    if classify.may_be_bounce(mail, author, subject):
        by_server = classify.is_daemon(mail, author, subject)
        failures = bounce.read(mail, text, by_server=by_server)
        if failures and (by_server or classify.by_program(mail)):
            return classify.Verdict(Nature.BOUNCE, "delivery report"), failures
        if failures:
            return classify.judge(mail, author, subject, own), failures
        if bounce.reports_success(mail):
            return classify.Verdict(Nature.REPORT, "delivery confirmation (RFC 3464)"), ()
        if by_server:
            return classify.Verdict(Nature.BOUNCE, "written by a mail server"), ()
    return classify.judge(mail, author, subject, own), ()


def _joined(text: str, sentences: list[str]) -> str:
    return "\n\n".join([text.rstrip(), *sentences]).strip("\n") if sentences else text


def _handle(box: Mailbox | None) -> Handle | None:
    return Handle("mail", box.address.lower(), box.name) if box else None


def _handles(boxes: Iterable[Mailbox]) -> tuple[Handle, ...]:
    return tuple(Handle("mail", box.address.lower(), box.name) for box in boxes)


def _answers_to(found: _Reading) -> Handle | None:
    for box in found.reply_to:
        if found.sender is None or box.address.lower() != found.sender.address.lower():
            return _handle(box)
    return None


def _references(mail: Mail) -> tuple[str, ...]:
    """In-Reply-To first, then References from the newest (the last) to the oldest, each once, at most 100."""
    fields = mail.fields
    answered = headers.message_ids(fields.get("in-reply-to", ()))
    chain = headers.message_ids(fields.get("references", ()))
    return tuple(dict.fromkeys([*answered, *reversed(chain)]))[: headers.MAX_REFERENCES]


def _tokens(facts: Mapping[str, str], found: _Reading, own: frozenset[str]) -> tuple[str, ...]:
    """Collect what stands behind the plus in addresses of ours, the last hop's first."""
    hops = [facts["rcpt_to"]] if facts.get("rcpt_to") else []
    for name in _RECEIVED_BY:
        hops += found.mail.fields.get(name, ())
    received = [box.address for box in addresses.parse(hops)] if hops else []
    received += [box.address for box in (*found.to, *found.cc)]
    tokens: dict[str, None] = {}
    for address in received:
        local, _, domain = address.rpartition("@")
        account, plus, token = local.partition("+")
        if plus and f"{account}@{domain}".lower() in own and _TOKEN.fullmatch(token):
            tokens[token] = None
    return tuple(tokens)[:_MAX_TOKENS]


def _attachments(found: list[Piece]) -> tuple[Attachment, ...]:
    return tuple(
        Attachment(
            index=index,
            filename=piece.filename,
            content_type=piece.content_type,
            size=len(piece.data),
            sha256=hashlib.sha256(piece.data).hexdigest(),
            inline=piece.inline,
            content_id=piece.content_id,
        )
        for index, piece in enumerate(found)
    )


def _fingerprint(found: _Reading, message_id: str) -> str:
    """Hash who wrote what when, without what servers change on the way (trace headers, encodings, line ends)."""
    if not (message_id or found.text.strip() or found.html or found.pieces):
        return ""
    fields = found.mail.fields
    digest = hashlib.sha256()
    author = found.sender.address.lower() if found.sender else ""
    for word in (message_id, author, headers.first(fields, "date"), found.subject, found.text, found.html):
        digest.update(word.rstrip().encode() + b"\0")
    for piece in found.pieces:
        digest.update(hashlib.sha256(piece.data.replace(b"\r\n", b"\n")).digest())
    return digest.hexdigest()


def _head_only(size: int) -> str:
    return f"This mail is {size / 1_000_000:.1f} MB, more than this inbox fetches. Only its head was read."


def _person(box: Mailbox) -> dict[str, str]:
    return {"name": box.name, "address": box.address}


def _file(piece: Piece) -> dict[str, object]:
    return {
        "filename": piece.filename,
        "content_type": piece.content_type,
        "size": len(piece.data),
        "inline": piece.inline,
        "sha256": hashlib.sha256(piece.data).hexdigest(),
    }


def _automatic(verdict: classify.Verdict) -> dict[str, str] | None:
    if verdict.nature is Nature.PERSON:
        return None
    return {"kind": verdict.nature.value, "reason": verdict.reason}


def _failure(one: Bounce) -> dict[str, object]:
    return {
        "recipient": one.recipient,
        "status": one.status,
        "permanent": one.permanent,
        "diagnostic": one.diagnostic,
    }
