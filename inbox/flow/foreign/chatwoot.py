"""Chatwoot: conversations with their messages, as its application API writes them.

Its list of conversations holds the last message of each only; a whole one is the conversation with all `messages`, or
a pair of `conversation` and `messages` (or `payload`, as the API calls them).
"""

from __future__ import annotations

from collections.abc import Iterator

from inbox.flow.foreign.shapes import (
    Record,
    Said,
    Somebody,
    Talk,
    address,
    addresses,
    attached,
    customer_of,
    in_order,
    inner,
    key_of,
    message_id,
    moment,
    plain,
    records,
    words,
)

NAME = "chatwoot"
_KINDS = {0: "incoming", 1: "outgoing", 2: "activity", 3: "template"}


class Reader:
    """Reads records; who is who stands in each."""

    def learn(self, record: Record) -> None:
        """Nothing need be known beforehand."""

    def talks(self, record: Record) -> Iterator[Talk]:
        """Return the conversations of a record."""
        for one in _conversations(record):
            if one.get("id") is not None and records(one.get("messages")):
                yield _talk(one)


def _conversations(record: Record) -> list[Record]:
    if isinstance(record.get("conversation"), dict):
        messages = record.get("messages") or record.get("payload") or record["conversation"].get("messages")
        return [{**record["conversation"], "messages": messages}]
    listed = records(inner(record, "data", "payload")) or records(record.get("payload"))
    return listed or [record]


def _talk(record: Record) -> Talk:
    sender = inner(record, "meta", "sender") or record.get("contact") or {}
    customer = _person(sender if isinstance(sender, dict) else {})
    mails = [inner(one, "content_attributes", "email", "subject") for one in records(record["messages"])]
    subject = inner(record, "additional_attributes", "mail_subject") or next(filter(None, mails), "")
    return Talk(
        source=NAME,
        key=str(record["id"]),
        customer=customer_of(record, customer),
        subject=words(subject),
        tags=tuple(str(tag) for tag in record.get("labels") or []),
        assignee=address(inner(record, "meta", "assignee", "email") or inner(record, "assignee", "email")),
        said=in_order(_said(one, customer) for one in records(record["messages"])),
    )


def _said(message: Record, customer: Somebody) -> Said | None:
    kind = message.get("message_type")
    kind = _KINDS.get(kind, "") if isinstance(kind, int) else str(kind or "")
    at, key = moment(message.get("created_at")), message.get("id")
    if at is None or key is None or kind not in {"incoming", "outgoing", "template"}:
        return None
    mail = inner(message, "content_attributes", "email") or {}
    html = str(inner(mail, "html_content", "full") or "")
    sender = message.get("sender") if isinstance(message.get("sender"), dict) else {}
    return Said(
        key=str(key),
        at=at,
        author=customer if kind == "incoming" else _person(sender or {}),
        ours=kind != "incoming",
        note=message.get("private") is True,
        text=plain(message.get("content") or inner(mail, "text_content", "full"), html),
        html=html,
        message_id=message_id(inner(mail, "message_id") or message.get("source_id")),
        cc=addresses(inner(mail, "cc")),
        files=tuple(
            attached(str(one.get("data_url") or "").rpartition("/")[2], one.get("data_url"))
            for one in records(message.get("attachments"))
        ),
    )


def _person(record: Record) -> Somebody:
    phone = words(record.get("phone_number"), 40)
    return Somebody(words(record.get("name"), 200), address(record.get("email")), phone, key_of(record))
