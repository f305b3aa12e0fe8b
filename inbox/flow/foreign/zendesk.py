"""Zendesk: tickets with their comments, as its JSON export and its API write them.

Read are tickets that hold `comments`, pairs of `ticket` and `comments`, and users, wherever they stand: in lists of
their own, beside the tickets, or inside them (`requester`, `submitter`, `assignee`).
"""

from __future__ import annotations

from collections.abc import Iterator

from inbox.flow.foreign.shapes import (
    Record,
    Said,
    Somebody,
    Talk,
    address,
    attached,
    in_order,
    inner,
    message_id,
    moment,
    plain,
    records,
    words,
)

NAME = "zendesk"
_TEAM = {"agent", "admin"}


class Reader:
    """Reads records twice: first for who is who, then for what was said."""

    def __init__(self) -> None:
        self._people: dict[str, Somebody] = {}
        self._team: set[str] = set()

    def learn(self, record: Record) -> None:
        """Remember the people of a record."""
        users = [record] if "role" in record and "email" in record else []
        users += records(record.get("users"))
        for ticket in _tickets(record):
            users += records([ticket.get(name) for name in ("requester", "submitter", "assignee")])
            users += records(ticket.get("collaborator")) + records(ticket.get("collaborators"))
            users += records([comment.get("author") for comment in records(ticket.get("comments"))])
        for user in users:
            if user.get("id") is not None:
                self._people[str(user["id"])] = _person(user)
                if user.get("role") in _TEAM:
                    self._team.add(str(user["id"]))

    def talks(self, record: Record) -> Iterator[Talk]:
        """Return the conversations of a record."""
        for ticket in _tickets(record):
            if ticket.get("id") is not None and ticket.get("status") != "deleted":
                yield self._talk(ticket)

    def _talk(self, ticket: Record) -> Talk:
        key = str(ticket["id"])
        requester = str(ticket.get("requester_id") or inner(ticket, "requester", "id") or "")
        assignee = str(ticket.get("assignee_id") or inner(ticket, "assignee", "id") or "")
        theirs = {requester, *(str(one) for one in ticket.get("collaborator_ids") or [])}
        customer = self._people.get(requester, Somebody(key=requester or f"of-{key}"))
        return Talk(
            source=NAME,
            key=key,
            customer=customer,
            subject=words(ticket.get("subject") or ticket.get("raw_subject")),
            tags=tuple(str(tag) for tag in ticket.get("tags") or []),
            assignee=self._people.get(assignee, Somebody()).mail,
            spam=ticket.get("status") == "suspended",
            said=in_order(self._said(one, theirs) for one in records(ticket.get("comments"))),
        )

    def _said(self, comment: Record, theirs: set[str]) -> Said | None:
        at, key = moment(comment.get("created_at")), comment.get("id")
        if at is None or key is None or comment.get("type") == "VoiceComment":
            return None
        who = str(comment.get("author_id") or inner(comment, "author", "id") or "")
        html = str(comment.get("html_body") or "")
        return Said(
            key=str(key),
            at=at,
            author=self._people.get(who, Somebody(key=who)),
            ours=who in self._team or who not in theirs,
            note=comment.get("public") is False,
            text=plain(comment.get("plain_body") or comment.get("body"), html),
            html=html,
            message_id=message_id(inner(comment, "metadata", "system", "message_id")),
            files=tuple(
                attached(one.get("file_name"), one.get("content_url")) for one in records(comment.get("attachments"))
            ),
        )


def _tickets(record: Record) -> list[Record]:
    if isinstance(record.get("ticket"), dict):
        return [{**record["ticket"], "comments": record.get("comments") or record["ticket"].get("comments")}]
    if isinstance(record.get("tickets"), list):
        return records(record["tickets"])
    return [record] if "comments" in record and ("subject" in record or "requester_id" in record) else []


def _person(user: Record) -> Somebody:
    phone = words(user.get("phone"), 40)
    return Somebody(words(user.get("name"), 200), address(user.get("email")), phone, str(user["id"]))
