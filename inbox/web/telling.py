"""Events, flags and deliveries in words."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone, tzinfo
from typing import Any

from inbox.store.tables import Delivery, Message
from inbox.web.words import N_, _, clock, said, span, tell

UNREADABLE = "A message that could not be read"
"""The subject of what stands for such a message (inbox.flow.standins)."""
FLAGS = {
    "erased": N_("What was said here was erased."),
    "quotes_erased": N_("What this quoted of a person who was erased is gone, and its original with it."),
    "unreadable": N_("This message could not be read. Its original is kept: look at it, then answer or let it go."),
    "used_message_id": N_("This mail re-used another mail's id. It is shown as a message of its own."),
    "no_message_id": N_("This mail had no id of its own."),
    "headers_only": N_("Too large to fetch: only its head is here. The whole mail is on the mail server."),
    "encrypted": N_("This mail is encrypted; it can be read only with the recipient's key."),
    "signed": N_("This mail carries a digital signature, which was not checked."),
    "tnef": N_("Sent by Outlook in its own format; unpacked here."),
    "calendar": N_("Carries an invitation."),
    "forwarded": N_("Contains a forwarded mail."),
    "truncated": N_("Very long: only its beginning is shown. All of it is in the original."),
    "unknown_charset": N_("Written in an unknown character set; some letters may be wrong."),
    "newcomer": N_("Written by somebody who was not part of this conversation before."),
    "unverified": N_("Nobody vouches for the sender's address."),
    "reply_elsewhere": N_("It asks for answers to an address nobody here knows. They go to the sender instead."),
    "blocked_sender": N_("Put in spam: the sender is blocked. The settings list who is."),
    "learned_spam": N_("Put in spam: the same sender's mail was marked as spam before. Take it out if it is none."),
}
NATURES = {
    "auto_reply": N_("An automatic answer"),
    "bounce": N_("A delivery report"),
    "abuse_report": N_("A complaint about a mail of ours"),
    "report": N_("An automatic report"),
    "list": N_("Sent through a mailing list"),
    "echo": N_("Our own message, come back"),
}
EVENTS = {
    "later_cancelled": N_("They wrote before {who}’s reply was to leave. It is a draft again"),  # noqa: RUF001 - an apostrophe
    "reply_held": N_("{who}’s reply stays here: this is in spam"),  # noqa: RUF001 - an apostrophe
    "reply_goes_on": N_("{who}’s reply leaves after all"),  # noqa: RUF001 - an apostrophe
    "reply_is_draft": N_("{who}’s reply is a draft again"),  # noqa: RUF001 - an apostrophe
    "reply_stays": N_("{who}’s reply was not sent again"),  # noqa: RUF001 - an apostrophe
    "claimed": N_("{who} is on it"),
    "claim_taken": N_("{who} took this over from {other}"),
    "claim_released": N_("{who} let go of this"),
    "closed": N_("{who} closed this"),
    "reopened": N_("{who} opened this again"),
    "no_reply_needed": N_("{who} said no reply is needed"),
    "spam": N_("{who} put this in spam"),
    "not_spam": N_("{who} took this out of spam"),
    "tagged": N_("{who} tagged this “{tag}”"),
    "untagged": N_("{who} took the tag “{tag}” off"),
    "merged": N_("{who} merged conversation {other} into this one"),
    "merge_undone": N_("{who} undid the merge with conversation {other}"),
    "split": N_("{who} split this off from conversation {other}"),
    "split_off": N_("{who} split a message off into conversation {other}"),
    "split_undone": N_("{who} undid the split from conversation {other}"),
    "snoozed": N_("{who} snoozed this"),
    "woken": N_("{who} brought this back before its time"),
    "woke": N_("The snooze is over"),
    "snooze_undone": N_("{who} undid the snooze"),
}
REASONS = (N_("They only said thanks."), N_("Answered elsewhere."))
"""Why no reply was needed, as the form of macros/acts.html sends it."""
DELIVERIES = {
    "queued": N_("Leaves in a moment"),
    "sending": N_("Being sent"),
    "sent": N_("Sent"),
    "failed": N_("Could not be sent: {why}"),
    "unknown": N_("Nobody can say whether this was sent. Please look in the Sent folder, then choose."),
    "cancelled": N_("Taken back before it left"),
    "bounced": N_("It came back. {why}"),
}
CHANNELS = {
    "mail": N_("mail"),
    "sms": N_("SMS"),
    "voice": N_("phone"),
    "phone": N_("phone"),
    "whatsapp": N_("WhatsApp"),
    "telegram": N_("Telegram"),
    "x": N_("X"),
    "widget": N_("chat on the site"),
}
PICTURES = {
    "assigned": "user-check",
    "closed": "check",
    "reopened": "rotate-ccw",
    "claimed": "user-check",
    "claim_taken": "user-check",
    "claim_released": "user",
    "no_reply_needed": "check",
    "spam": "shield-alert",
    "not_spam": "rotate-ccw",
    "tagged": "tag",
    "untagged": "tag",
    "merged": "merge",
    "merge_undone": "undo-2",
    "split": "split",
    "split_off": "split",
    "split_undone": "undo-2",
    "snoozed": "alarm-clock",
    "woken": "bell",
    "woke": "alarm-clock",
    "snooze_undone": "undo-2",
    "blocked": "ban",
    "rule": "workflow",
}
ALARMING = frozenset({"failed", "unknown", "bounced"})


def flags(message: Message) -> list[str]:
    """Say what a person should know about a message."""
    told = [_(FLAGS[flag]) for flag in message.flags if flag in FLAGS]
    if "late" in message.flags:
        delay = span((message.stored_at - message.at).total_seconds())
        told.append(_("Reached us late: {span} after it was sent.").format(span=delay))
    if message.details.get("letter"):
        told.append(_("Sent by itself. It is no reply: they wait on."))
    elif message.nature in NATURES:
        told.append(_("{what}; it starts no wait.").format(what=_(NATURES[message.nature])))
    return told


def event(details: dict[str, Any], who: str) -> str:
    """Say what happened."""
    what = str(details.get("event", ""))
    if what == "assigned":
        return _assigned(details, who)
    if what not in EVENTS:
        return _("{who}: {what}").format(who=who, what=what.replace("_", " "))
    told = _(EVENTS[what]).format(who=who, tag=details.get("tag", ""), other=details.get("other", ""))
    reason = str(details.get("reason") or "")
    return _("{what}: {why}").format(what=told, why=tell(reason)) if reason else told


def picture(details: dict[str, Any]) -> str:
    """Return the icon that stands beside an event."""
    return PICTURES.get(str(details.get("event", "")), "circle-dot")


def channel(name: str) -> str:
    """Say by which way somebody wrote."""
    return _(CHANNELS[name]) if name in CHANNELS else name


def subject(text: str) -> str:
    """Say what a conversation is about; where nobody could read it, that is in our words."""
    return _(text) if text == UNREADABLE else text


def day(at: datetime, now: datetime, zone: tzinfo) -> str:
    """Name a day: Today, Yesterday, Saturday 21 November, and the year when it is another one."""
    here, today = at.astimezone(zone), now.astimezone(zone)
    if here.date() == today.date():
        return _("Today")
    if here.date() == today.date() - timedelta(days=1):
        return _("Yesterday")
    return said(here, "EEEE d MMMM" if here.year == today.year else "EEEE d MMMM y")


def their_clock(now: datetime, offset: int) -> str:
    """Say what the clock shows now where somebody is, so many minutes east of UTC."""
    return said(now.astimezone(timezone(timedelta(minutes=offset))), "EEE HH:mm")


def _assigned(details: dict[str, Any], who: str) -> str:
    if details.get("to_id") is None:
        return _("{who} gave this to nobody").format(who=who)
    if details.get("duty"):
        return _("Given to {to}, who was on duty").format(to=details.get("to"))
    if details.get("to") == who:
        return _("{who} took this").format(who=who)
    return _("{who} gave this to {to}").format(who=who, to=details.get("to"))


def delivery(row: Delivery, now: datetime, zone: tzinfo) -> str:
    """Say what became of a send."""
    if row.state == "cancelled" and row.payload.get("acknowledges"):
        return _("Not sent: it was not needed any more")
    if row.state == "cancelled" and row.payload.get("held"):
        return _("Not sent: this is in spam")
    if row.state == "sent" and row.accepted_at is not None:
        return _("Sent {at}").format(at=clock(row.accepted_at, now, zone))
    if row.state == "queued" and row.scheduled_at is not None and not row.error:
        return _("Leaves {at}, unless they write first").format(at=clock(row.not_before, now, zone))
    if row.state == "queued" and row.error and row.not_before - now > timedelta(0):
        at = clock(row.not_before, now, zone)
        return _("Not sent yet: {why} Tried again at {at}.").format(why=tell(row.error), at=at)
    return _(DELIVERIES.get(row.state, row.state)).format(why=tell(row.error) or _("no reason was given."))
