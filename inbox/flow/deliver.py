"""Hand what is queued to the channels, once.

1. Claim a due row: it is "sending" before the first byte leaves.
2. Send outside any transaction.
3. Write down what became of it: sent (the wait it answers closes now), tried again later, failed, or unknown.

A send whose process died stays "sending" until its lease ends and is then shown as unknown: a person looks, since a
channel without idempotency keys may have taken it.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

from connectors.contract import Arrival, Choice, Connector, File, Files, Handle, Outbound, Receipt
from connectors.errors import BadCredentials, ChannelError, Permanent, Temporary
from inbox.flow import acknowledge, snooze
from inbox.flow.act import log as log_event
from inbox.flow.act import put_away
from inbox.flow.errors import RefusedError
from inbox.flow.holding import HELD, TO_SPAM
from inbox.flow.waits import Closing, answered
from inbox.store import accounts, arrivals, conversations, outbox
from inbox.store.db import Work
from inbox.store.outbox import Claimed
from inbox.store.tables import Account, Blob, Conversation, Delivery, Message
from inbox.store.tools import insert_new
from inbox.store.trouble import Refused, passes
from inbox.vault import VaultError
from rules.retrying import SEND_FOR, send_again_in

if TYPE_CHECKING:
    from inbox.flow.context import Context

BATCH = 10
WRITE_AGAIN = (0.0, 1.0, 3.0, 10.0)
"""Seconds before that something left is written down again; two that waited for each other need none."""
FORGOTTEN: dict[str, Any] = {"subject": "", "markdown": "", "spoken": "", "choices": []}
"""What is left of a letter's words once it has left: it may hold a link that opens a door, and it names people."""
UNKNOWN = "The connection broke while this was being sent. Please look whether it arrived: {error}"

log = logging.getLogger(__name__)


def deliver_once(context: Context) -> int:
    """Send what is due, a few at most; returns how many were taken.

    Each is claimed alone, right before it is sent: a death in between leaves one in doubt and no other.
    """
    opened: dict[int, Connector] = {}
    taken = 0
    try:
        while taken < BATCH and (row := _claim(context)) is not None:
            taken += 1
            _deliver_by(context, opened, row)
    finally:
        for connector in opened.values():
            connector.close()
    return taken


def _claim(context: Context) -> Claimed | None:
    with context.store.unit_of_work() as work:
        _announce_lost(work, outbox.expire(work))
        while (row := next(iter(outbox.claim(work, 1, secrets.token_hex(8))), None)) is not None:
            if not acknowledge.overtaken(work, row):
                return row
        return None


def recover(work: Work) -> int:
    """At the start of the store's only owner: whatever was being sent belongs to a dead process."""
    lost = outbox.expire(work, everything=True)
    _announce_lost(work, lost)
    return len(lost)


def _announce_lost(work: Work, message_ids: list[int]) -> None:
    for message_id in message_ids:
        message = work.session.get_one(Message, message_id)
        work.announce("delivery.unknown", conversation_id=message.conversation_id, message_id=message_id)


def _deliver_by(context: Context, opened: dict[int, Connector], row: Claimed) -> None:
    """Deliver one by its account's connector, opened once for a few."""
    try:
        if row.account_id not in opened:
            with context.store.reading() as session:
                account = session.get_one(Account, row.account_id)
            opened[row.account_id] = context.channels.open(account)
    except (ChannelError, VaultError, LookupError) as error:
        _failed(context, row, error if isinstance(error, ChannelError) else Permanent(str(error)))
        return
    _deliver(context, opened[row.account_id], row)


def _deliver(context: Context, connector: Connector, row: Claimed) -> None:
    try:
        if row.kind == "copy":
            _copy(context, connector, row)
            return
        receipt = connector.send(_outbound(context, row))
    except ChannelError as error:
        _failed(context, row, error)
        return
    _sent(context, connector, row, receipt)


def _outbound(context: Context, row: Claimed) -> Outbound:
    payload = row.payload
    with context.store.reading() as session:
        files = tuple(
            File(f["filename"], f["content_type"], arrivals.raw(session, bytes.fromhex(f["sha256"])) or b"")
            for f in payload.get("files", [])
        )
    return Outbound(
        key=row.key,
        to=tuple(Handle(**one) for one in payload["to"]),
        cc=tuple(Handle(**one) for one in payload["cc"]),
        subject=payload["subject"],
        markdown=payload["markdown"],
        written_at=datetime.fromisoformat(payload["written_at"]),
        author_name=payload["author_name"],
        message_id=payload["message_id"],
        in_reply_to=payload["in_reply_to"],
        references=tuple(payload["references"]),
        reply_token=payload["reply_token"],
        files=files,
        automatic=bool(payload.get("automatic")),
        spoken=payload.get("spoken", ""),
        choices=tuple(Choice(**one) for one in payload.get("choices", [])),
    )


def _sent(context: Context, connector: Connector, row: Claimed, receipt: Receipt) -> None:
    """The channel took it. This is known now, and never again: trouble of the store that passes is waited out."""
    for pause in WRITE_AGAIN:
        try:
            _write_sent(context, connector, row, receipt)
        except Refused as error:
            if not passes(error) or context.stopping.is_set():
                raise
            log.warning("Delivery %s left, and that could not be written down; trying again.", row.id)
            context.stopping.wait(pause)
        else:
            return
    _write_sent(context, connector, row, receipt)


def _write_sent(context: Context, connector: Connector, row: Claimed, receipt: Receipt) -> None:
    """The wait it answers closes in the same transaction."""
    fingerprint = _fingerprint(connector, receipt)
    if row.kind == "letter":
        _letter_sent(context, row, receipt)
        return
    with context.store.unit_of_work() as work:
        accepted = min(receipt.accepted_at, work.now)
        raw = _keep_raw(work, receipt.raw)
        refused = "; ".join(f"{who}: {why}" for who, why in receipt.refused.items())
        values = {"accepted_at": accepted, "external_id": receipt.external_id, "raw_sha256": raw, "error": refused}
        reached = any(one["value"] not in receipt.refused for one in row.payload["to"])
        if not outbox.finish(work, row, "sent" if reached else "failed", **values):
            return
        message = work.session.get_one(Message, row.message_id)
        message.external_id, message.fingerprint, message.raw_sha256 = receipt.external_id, fingerprint, raw
        conversation = _held(work, message)
        if reached and conversation is not None:
            _reached(work, conversation, message, row.payload, accepted)
        if raw is not None and isinstance(connector, Files) and connector.keeps_sent:
            _queue_copy(work, row, raw)
        what = "delivery.sent" if reached else "delivery.failed"
        work.announce(what, conversation_id=message.conversation_id, message_id=message.id)


def _letter_sent(context: Context, row: Claimed, receipt: Receipt) -> None:
    """Forget what stood in it, for it may hold a link that opens a door; nothing of it goes into a Sent folder."""
    with context.store.unit_of_work() as work:
        reached = any(one["value"] not in receipt.refused for one in row.payload["to"])
        refused = "; ".join(f"{who}: {why}" for who, why in receipt.refused.items())
        payload = {**row.payload, **FORGOTTEN}
        accepted = min(receipt.accepted_at, work.now)
        state = "sent" if reached else "failed"
        outbox.finish(work, row, state, accepted_at=accepted, payload=payload, error=refused)


def _reached(
    work: Work, conversation: Conversation, message: Message, payload: dict[str, Any], accepted: datetime
) -> None:
    """They have it: who waited for it waits no more, and a conversation that was to be closed then is closed now."""
    if message.nature == "person" and not payload.get("automatic"):
        closing = Closing("replied", accepted, by=message.teammate_id, message_id=message.id)
        answered(work, conversation, closing, message.stored_at)
    if payload.get("scheduled"):
        message.at = accepted
        conversation.updated_at = max(conversation.updated_at, accepted)
    if payload.get("close") and conversation.due_at is None and conversation.status == "open":
        conversation.status = "closed"
        conversation.snoozed_until = conversation.snoozed_by = None
        log_event(work, conversation, message.teammate_id, "closed")
    _put_away(work, conversation, message, payload)


def _put_away(work: Work, conversation: Conversation, message: Message, payload: dict[str, Any]) -> None:
    """Snooze what was to be snoozed once it is answered, unless they wrote again meanwhile."""
    until = datetime.fromisoformat(payload["snooze"]) if payload.get("snooze") else None
    if until is None or message.teammate_id is None or until <= work.now:
        return
    if conversation.due_at is None and conversation.status == "open":
        with suppress(RefusedError):  # it has left: nothing may stop that from being written down
            snooze.snooze(work, conversation.id or 0, until, message.teammate_id)


def _held(work: Work, message: Message) -> Conversation | None:
    """Return the conversation that holds the message now, locked."""
    found = conversations.survivor(work.session, message.conversation_id)
    return conversations.lock(work, found.id or 0) if found else None


def _fingerprint(connector: Connector, receipt: Receipt) -> str:
    if not receipt.raw:
        return ""
    try:
        read = connector.read(Arrival(receipt.external_id, receipt.raw, receipt.accepted_at, direction="out"))
    except ChannelError:
        return ""
    return read[0].fingerprint if read else ""


def _keep_raw(work: Work, raw: bytes) -> bytes | None:
    if not raw:
        return None
    sha256 = hashlib.sha256(raw).digest()
    insert_new(work, Blob, [{"sha256": sha256, "size": len(raw), "data": raw}])
    return sha256


def _queue_copy(work: Work, row: Claimed, raw: bytes) -> None:
    copy = Delivery(
        key=f"{row.key}:copy",
        kind="copy",
        account_id=row.account_id,
        conversation_id=row.conversation_id,
        message_id=row.message_id,
        raw_sha256=raw,
        not_before=work.now,
        created_at=work.now,
    )
    work.session.add(copy)


def _copy(context: Context, connector: Connector, row: Claimed) -> None:
    with context.store.reading() as session:
        raw = arrivals.raw(session, row.raw_sha256) if row.raw_sha256 else None
    if raw is not None and isinstance(connector, Files):
        connector.file_sent(raw, row.created_at)
    with context.store.unit_of_work() as work:
        outbox.finish(work, row, "sent", accepted_at=work.now)


def _failed(context: Context, row: Claimed, error: ChannelError) -> None:
    log.warning("Delivery %s was not taken: %s", row.id, type(error).__name__)
    with context.store.unit_of_work() as work:
        in_doubt = isinstance(error, Temporary) and error.ambiguous
        forgotten = {"payload": {**row.payload, **FORGOTTEN}} if row.kind == "letter" else {}
        if in_doubt and (row.kind == "send" or row.payload.get("once")):
            kind, told = "unknown", UNKNOWN.format(error=error)
            outbox.finish(work, row, kind, error=told, **forgotten)
        elif isinstance(error, Temporary | BadCredentials) and work.now - row.created_at < SEND_FOR:
            kind = "delayed"
            later = send_again_in(row.tries, getattr(error, "retry_after", None))
            doubt = {"payload": {**row.payload, "in_doubt": True}} if in_doubt else {}
            if outbox.finish(work, row, "queued", not_before=work.now + later, error=str(error), **doubt):
                _keep_from_spam(work, row)
        else:
            kind = "failed"
            outbox.finish(work, row, kind, error=str(error), **forgotten)
        if isinstance(error, BadCredentials):
            accounts.mark_error(work, row.account_id, str(error))
        work.announce(f"delivery.{kind}", conversation_id=row.conversation_id, message_id=row.message_id)


def _keep_from_spam(work: Work, row: Claimed) -> None:
    """What was being sent as its conversation went to spam, and has not left, stays here like the rest."""
    wanted = row.kind == "send" and not row.payload.get(TO_SPAM)
    message = work.session.get(Message, row.message_id) if wanted and row.message_id else None
    conversation = _held(work, message) if message is not None else None
    if conversation is not None and conversation.status == "spam":
        put_away(work, conversation.id or 0)


def send_again(work: Work, delivery_id: int, by: int) -> None:
    """Queue a failed, unknown or bounced send once more, with the same Message-ID."""
    row = _stuck(work, delivery_id, ("failed", "unknown", "bounced", "cancelled"))
    if row.state in {"unknown", "bounced"}:
        row.payload = {**row.payload, "left_before": True}
    row.payload = {key: value for key, value in row.payload.items() if key != HELD}
    held_in = conversations.survivor(work.session, row.conversation_id or 0)
    if held_in is not None and held_in.status == "spam":
        row.payload = {**row.payload, TO_SPAM: True}
    row.state, row.error, row.not_before, row.tries, row.lease = "queued", "", work.now, 0, ""
    row.created_at, row.scheduled_at = work.now, None
    work.announce("delivery.queued", conversation_id=row.conversation_id, teammate_id=by, message_id=row.message_id)


def mark_sent(work: Work, delivery_id: int, by: int) -> None:
    """A person looked: the unknown send did arrive. The wait it answers closes, at the time it was written."""
    row = _stuck(work, delivery_id, ("unknown",))
    message = work.session.get_one(Message, row.message_id)
    row.state, row.accepted_at, row.error = "sent", message.at, ""
    conversation = _held(work, message)
    if conversation is not None:
        _reached(work, conversation, message, row.payload, message.at)
    work.announce("delivery.sent", conversation_id=row.conversation_id, teammate_id=by, message_id=row.message_id)


def cancel(work: Work, delivery_id: int, by: int) -> None:
    """Take back a send that has not left."""
    row = _stuck(work, delivery_id, ("queued",))
    row.state = "cancelled"
    work.announce("delivery.cancelled", conversation_id=row.conversation_id, teammate_id=by, message_id=row.message_id)


def _stuck(work: Work, delivery_id: int, states: tuple[str, ...]) -> Delivery:
    row = work.session.get(Delivery, delivery_id, with_for_update=True)
    if row is None or row.message_id is None or row.state not in states:
        raise RefusedError("This message is not in a state where that can be done; it may just have left.")
    return row
