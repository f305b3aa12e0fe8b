"""Help Scout: conversations with their threads embedded, as its Inbox (Mailbox) API 2.0 writes them."""

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

NAME = "helpscout"
_NOTHING_SAID = {"lineitem", "beaconchat-line", "forwardparent"}
_NOT_SAID = {"draft", "hidden", "review"}


class Reader:
    """Reads records; who is who stands in each."""

    def learn(self, record: Record) -> None:
        """Nothing need be known beforehand."""

    def talks(self, record: Record) -> Iterator[Talk]:
        """Return the conversations of a record."""
        listed = records(inner(record, "_embedded", "conversations"))
        for one in listed or [record]:
            threads = records(inner(one, "_embedded", "threads")) or records(one.get("threads"))
            if one.get("id") is not None and threads:
                yield _talk(one, threads)


def _talk(record: Record, threads: list[Record]) -> Talk:
    customer = _person(record.get("primaryCustomer") or record.get("customer") or {})
    tags = [one.get("tag") or one.get("name") if isinstance(one, dict) else one for one in record.get("tags") or []]
    return Talk(
        source=NAME,
        key=str(record["id"]),
        customer=customer_of(record, customer),
        subject=words(record.get("subject")),
        tags=tuple(str(tag) for tag in tags if tag),
        assignee=address(inner(record, "assignee", "email") or inner(record, "owner", "email")),
        spam=record.get("status") == "spam",
        said=in_order(map(_said, threads)),
    )


def _said(thread: Record) -> Said | None:
    kind, at, key = str(thread.get("type") or ""), moment(thread.get("createdAt")), thread.get("id")
    if at is None or key is None or kind in _NOTHING_SAID or thread.get("state") in _NOT_SAID:
        return None
    by = thread.get("createdBy") if isinstance(thread.get("createdBy"), dict) else {}
    theirs = (by or {}).get("type") == "customer" or kind == "customer"
    html = str(thread.get("body") or thread.get("text") or "")
    return Said(
        key=str(key),
        at=at,
        author=_person(by or {}),
        ours=not theirs,
        note=kind in {"note", "forwardchild"},
        text=plain("", html),
        html=html,
        message_id=message_id(inner(thread, "source", "messageId")),
        cc=addresses(thread.get("cc")),
        files=tuple(
            attached(one.get("filename") or one.get("fileName"), inner(one, "_links", "data", "href"))
            for one in records(inner(thread, "_embedded", "attachments"))
        ),
    )


def _person(record: Record) -> Somebody:
    name = " ".join(
        filter(None, (record.get("first") or record.get("firstName"), record.get("last") or record.get("lastName")))
    )
    return Somebody(words(name, 200), address(record.get("email")), words(record.get("phone"), 40), key_of(record))
