"""What a notice says, in one sentence; the web, a mail and a push message all say the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inbox.say import Said, say

SHORTEST = 80


def sentence(kind: str, data: Mapping[str, Any]) -> Said:
    """Say what happened, with names."""
    contact, by, rule = _name(data, "contact"), _name(data, "by"), _name(data, "rule")
    if kind == "assigned" and rule:
        return say("The rule “{rule}” gave you the conversation with {contact}.", rule=rule, contact=contact)
    if kind == "due" and data.get("late"):
        return say("{contact} did not get an answer in time.", contact=contact)
    hours = data.get("hours", 0)
    said = {
        "assigned": say("{by} gave you the conversation with {contact}.", by=by, contact=contact),
        "mentioned": say("{by} mentions you in a note about {contact}.", by=by, contact=contact),
        "reply": say("{contact} wrote again.", contact=contact),
        "woke": say("The conversation with {contact} is back from its snooze.", contact=contact),
        "unclaimed": say("{contact} has waited for {hours} h, and nobody took it.", contact=contact, hours=hours),
        "due": say("The time to answer {contact} is nearly over.", contact=contact),
    }
    return said.get(kind) or say("The rule “{rule}” points you to {contact}.", rule=rule, contact=contact)


def discreet(kind: str, data: Mapping[str, Any]) -> Said:
    """Say what happened without a word of a customer's, for a screen that others may see."""
    if kind == "due" and data.get("late"):
        return say("Somebody did not get an answer in time.")
    said = {
        "assigned": say("A conversation was given to you."),
        "mentioned": say("A note mentions you."),
        "reply": say("A customer of yours wrote again."),
        "woke": say("A conversation is back from its snooze."),
        "unclaimed": say("Somebody waits, and nobody took it."),
        "due": say("The time to answer somebody is nearly over."),
    }
    return said.get(kind) or say("A rule points you to a conversation.")


def _name(data: Mapping[str, Any], key: str) -> str:
    text = " ".join(str(data.get(key) or "").split())
    return text if len(text) <= SHORTEST else f"{text[:SHORTEST]}…"
