"""A delivery report about a mail of ours: mark the delivery failed, show it, reopen the same wait (RFC 3464)."""

from __future__ import annotations

from typing import Any

from connectors.contract import Inbound, Nature
from inbox.flow.waits import reopen_wait
from inbox.store import conversations, outbox, waits
from inbox.store.db import Work
from inbox.store.placing import Said
from inbox.store.tables import Conversation, Message, Wait

WHY = "The mail came back: {diagnostic}"


def original(named: dict[str, list[Said]], inbound: Inbound) -> Said | None:
    """Return the mail of ours that a report is about: only an id that we made, and that nobody could guess, counts."""
    if inbound.nature != Nature.BOUNCE:
        return None
    names = [bounce.original_message_id for bounce in inbound.bounces] + list(inbound.references)
    said = (candidate for name in names if name for candidate in named.get(name, ()))
    return next((one for one in said if one.vouched and one.direction == "out"), None)


def settle(work: Work, report_id: int, about: Said, reports: list[dict[str, Any]]) -> None:
    """Settle a report on one of our mails; a delay, or a failure for someone in Cc, is shown and changes nothing."""
    message = work.session.get_one(Message, about.id)
    failed = [report for report in reports if report["permanent"] and _concerns(message, report["recipient"])]
    if not failed:
        return
    told = failed[0]["diagnostic"] or failed[0]["status"] or "the address did not accept it"
    if not outbox.mark_bounced(work, about.id, WHY.format(diagnostic=told)):
        return
    wait = waits.closed_by_message(work.session, about.id)
    conversation = conversations.survivor(work.session, about.conversation_id)
    if wait is not None and conversation is not None:
        _carry_over(work, wait, conversation)
        conversation.status = "open"
        reopen_wait(work, conversation, wait, f"report {report_id}: {told}")
    work.announce("delivery.bounced", conversation_id=about.conversation_id, message_id=about.id)


def _carry_over(work: Work, wait: Wait, conversation: Conversation) -> None:
    """A wait that closed before its conversation was merged into another goes on in that one."""
    if wait.conversation_id != conversation.id and conversation.id is not None:
        waits.record(
            work, wait.id or 0, "moved", from_conversation=wait.conversation_id, to_conversation=conversation.id
        )
        wait.conversation_id = conversation.id
        work.session.flush()


def _concerns(message: Message, recipient: str) -> bool:
    """Whether the report is about whom the mail was written to; a report that names nobody is."""
    to = {person["value"] for person in message.people.get("to", []) if person}
    return not recipient or not to or recipient.lower() in to
