"""Events, flags and deliveries in words."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from typing import Any

from inbox.store.tables import Delivery, Message
from inbox.web.words import _, clock, span

FLAGS = {
    "used_message_id": _("This mail re-used another mail's id. It is shown as a message of its own."),
    "no_message_id": _("This mail had no id of its own."),
    "headers_only": _("Too large to fetch: only its head is here. The whole mail is on the mail server."),
    "encrypted": _("This mail is encrypted; it can be read only with the recipient's key."),
    "signed": _("This mail carries a digital signature, which was not checked."),
    "tnef": _("Sent by Outlook in its own format; unpacked here."),
    "calendar": _("Carries an invitation."),
    "forwarded": _("Contains a forwarded mail."),
    "truncated": _("Very long: only its beginning is shown. All of it is in the original."),
    "unknown_charset": _("Written in an unknown character set; some letters may be wrong."),
    "newcomer": _("Written by somebody who was not part of this conversation before."),
    "unverified": _("Nobody vouches for the sender's address."),
}
NATURES = {
    "auto_reply": _("An automatic answer"),
    "bounce": _("A delivery report"),
    "abuse_report": _("A complaint about a mail of ours"),
    "report": _("An automatic report"),
    "list": _("Sent through a mailing list"),
    "echo": _("Our own message, come back"),
}
EVENTS = {
    "closed": _("{who} closed this"),
    "reopened": _("{who} opened this again"),
    "no_reply_needed": _("{who} said no reply is needed"),
    "spam": _("{who} put this in spam"),
    "not_spam": _("{who} took this out of spam"),
    "tagged": _("{who} tagged this “{tag}”"),
    "untagged": _("{who} took the tag “{tag}” off"),
    "merged": _("{who} merged conversation {other} into this one"),
    "merge_undone": _("{who} undid the merge with conversation {other}"),
    "split": _("{who} split this off from conversation {other}"),
    "split_off": _("{who} split a message off into conversation {other}"),
    "split_undone": _("{who} undid the split from conversation {other}"),
}
DELIVERIES = {
    "queued": _("Leaves in a moment"),
    "sending": _("Being sent"),
    "sent": _("Sent"),
    "failed": _("Could not be sent: {why}"),
    "unknown": _("Nobody can say whether this was sent. Please look in the Sent folder, then choose."),
    "cancelled": _("Taken back before it left"),
    "bounced": _("It came back. {why}"),
}
ALARMING = frozenset({"failed", "unknown", "bounced"})


def flags(message: Message) -> list[str]:
    """Say what a person should know about a message."""
    told = [FLAGS[flag] for flag in message.flags if flag in FLAGS]
    if "late" in message.flags:
        delay = span((message.stored_at - message.at).total_seconds())
        told.append(_("Reached us late: {span} after it was sent.").format(span=delay))
    if message.nature in NATURES:
        told.append(_("{what}; it starts no wait.").format(what=NATURES[message.nature]))
    return told


def event(details: dict[str, Any], who: str) -> str:
    """Say what happened."""
    what = str(details.get("event", ""))
    if what == "assigned":
        return _assigned(details, who)
    if what not in EVENTS:
        return _("{who}: {what}").format(who=who, what=what.replace("_", " "))
    told = EVENTS[what].format(who=who, tag=details.get("tag", ""), other=details.get("other", ""))
    reason = str(details.get("reason") or "")
    return f"{told}: {reason}" if reason else told


def _assigned(details: dict[str, Any], who: str) -> str:
    if details.get("to_id") is None:
        return _("{who} gave this to nobody").format(who=who)
    if details.get("to") == who:
        return _("{who} took this").format(who=who)
    return _("{who} gave this to {to}").format(who=who, to=details.get("to"))


def delivery(row: Delivery, now: datetime, zone: tzinfo) -> str:
    """Say what became of a send."""
    if row.state == "sent" and row.accepted_at is not None:
        return _("Sent {at}").format(at=clock(row.accepted_at, now, zone))
    if row.state == "queued" and row.error and row.not_before - now > timedelta(0):
        at = clock(row.not_before, now, zone)
        return _("Not sent yet: {why} Tried again at {at}.").format(why=row.error, at=at)
    return DELIVERIES.get(row.state, row.state).format(why=row.error or _("no reason was given."))
