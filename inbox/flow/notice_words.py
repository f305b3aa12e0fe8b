"""What a notice says, in one sentence; the web, a mail and a push message all say the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inbox.say import Said, say

SHORTEST = 80


def sentence(kind: str, data: Mapping[str, Any]) -> Said:
    """Say what happened, with names."""
    if kind in {"ladder", "outage", "unreached"}:
        return _of_the_ladder(kind, data)
    if kind == "rota":
        return _of_the_rota(str(data.get("what")), _name(data, "by"))
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


def _of_the_ladder(kind: str, data: Mapping[str, Any]) -> Said:
    if kind == "outage":
        return outage(data)
    if kind == "unreached":
        name, contact = _name(data, "name"), _name(data, "contact")
        return say("{name} could not be told by any means that {contact} waits.", name=name, contact=contact)
    return waits(data)


def _of_the_rota(what: str, name: str) -> Said:
    said = {
        "handover": say("You are on duty now. A note says what is left to you."),
        "late": say("{name} came on duty and has not taken over.", name=name),
        "open": say("{name} asks you to swap a shift.", name=name),
        "taken": say("{name} takes your shift.", name=name),
        "declined": say("{name} cannot take your shift.", name=name),
        "serves": say("You are on duty instead of {name}, by what a founder agreed.", name=name),
    }
    return said.get(what) or say("Nobody took the shift that you asked to swap.")


def waits(data: Mapping[str, Any]) -> Said:
    """Say how long somebody has waited, and how long is left or was promised."""
    said = {"contact": _name(data, "contact"), "waited": data.get("waited", ""), "promised": data.get("promised", "")}
    left, nobody = str(data.get("left") or ""), bool(data.get("nobody"))
    if data.get("was"):
        return _was_on_it({**said, "was": _name(data, "was"), "until": data.get("until", ""), "left": left})
    if not left and nobody:
        return say("Nobody is on duty. {contact} has waited {waited}. The promise was {promised}.", **said)
    if not left:
        return say("{contact} has waited {waited}. The promise was {promised}.", **said)
    if nobody:
        return say("Nobody is on duty. {contact} has waited {waited}. Time left: {left}.", left=left, **said)
    if left in _ONE:
        return say("{contact} has waited {waited}. {left} is left.", left=left, **said)
    return say("{contact} has waited {waited}. {left} are left.", left=left, **said)


def _was_on_it(said: Mapping[str, Any]) -> Said:
    if not said["left"]:
        return say("{was} was on it until {until}. {contact} still waits. The promise was {promised}.", **said)
    return say("{was} was on it until {until}. {contact} still waits. Time left: {left}.", **said)


_ONE = frozenset({"1 h", "1 min"})


def outage(data: Mapping[str, Any]) -> Said:
    """Say that an account does not work, or that it works again."""
    account, span, why = str(data.get("account", "")), str(data.get("span", "")), Said(str(data.get("why") or ""), {})
    if data.get("well"):
        return say("{account} works again. It had received nothing for {span}.", account=account, span=span)
    if why and data.get("partly"):
        return say("{account} has been read in part only for {span}. {why}", account=account, span=span, why=why)
    if not why:
        return say(
            "{account} has not been looked at for {span}. Nobody's message is lost; it waits on the server.",
            account=account,
            span=span,
        )
    return say(
        "{account} has received nothing for {span}. {why} Nobody's message is lost; it waits on the server.",
        account=account,
        span=span,
        why=why,
    )


def discreet(kind: str, data: Mapping[str, Any]) -> Said:
    """Say what happened without a word of a customer's, for a screen that others may see."""
    if kind == "due" and data.get("late"):
        return say("Somebody did not get an answer in time.")
    said = {
        "ladder": say("Somebody has waited {waited}.", waited=data.get("waited", "")),
        "outage": say("An account does not work, or works again."),
        "unreached": say("Somebody could not be told that a customer waits."),
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
