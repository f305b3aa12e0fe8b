"""What the audit log says of each kind of act, in one sentence. A kind that has none is shown by its name.

{…} are details of the row; {whom} is the teammate whom it is about, by name, {other} another one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from inbox.web import words
from inbox.web.promise_words import CAUSES, week_name
from inbox.web.words import N_, _
from rules.promise import read_week

SENTENCES: dict[str, str] = {
    "house.set_up": N_("set this inbox up"),
    "sign_in.done": N_("signed in ({means})"),
    "sign_in.failed": N_("A sign-in failed"),
    "sign_in.wrong_code": N_("A wrong code was given for {whom}"),
    "sign_in.not_proved": N_("gave a wrong password when asked again"),
    "sign_in.ended": N_("signed out"),
    "sign_in.ended_elsewhere": N_("signed {browsers} other browsers out"),
    "password.set": N_("chose a password"),
    "password.reset": N_("chose a new password by a link"),
    "password.changed": N_("changed their password"),
    "reset.asked": N_("A link for a new password was asked for {whom}"),
    "reset.asked_by_stranger": N_("A link for a new password was asked for nobody we know"),
    "reset.link_made": N_("made a link for a new password of {whom}"),
    "reset.came_back": N_("A letter with a link for {whom} came into this inbox: the link was made useless"),
    "invite.came_back": N_("The letter that invites {mail} came into this inbox: its link was made useless"),
    "factor.added": N_("added a second step ({factor})"),
    "factor.removed": N_("took a second step off ({factor})"),
    "factor.all_removed": N_("took every second step off {whom}"),
    "factor.codes_made": N_("made recovery codes"),
    "factor.code_used": N_("used a recovery code; {left} are left"),
    "factor.required": N_("requires a second step of everybody"),
    "factor.not_required": N_("requires no second step any more"),
    "tag.renamed": N_("renamed the tag “{tag}” to “{into}”, on {conversations} conversations"),
    "tag.removed": N_("took the tag “{tag}” off {conversations} conversations"),
    "teammate.added": N_("added {name} as {role}"),
    "teammate.role": N_("made {name} a {role}"),
    "teammate.disabled": N_("let {name} go"),
    "teammate.enabled": N_("let {name} come back"),
    "invite.sent": N_("invited {mail} as {role}"),
    "invite.sent_again": N_("invited {mail} again"),
    "invite.revoked": N_("took the invitation of {mail} back"),
    "invite.accepted": N_("accepted the invitation as {role}"),
    "api_token.added": N_("made the API token “{name}” ({scope})"),
    "api_token.revoked": N_("revoked the API token “{name}”"),
    "account.added": N_("added the account {address}"),
    "account.changed": N_("changed the account {address}"),
    "account.paused": N_("paused the account {address}"),
    "account.resumed": N_("resumed the account {address}"),
    "customers.changed": N_("changed what customers are told"),
    "promise.changed": N_("changed the promise for everybody"),
    "policy.added": N_("wrote the policy “{name}”"),
    "policy.changed": N_("changed the policy “{name}”"),
    "policy.moved": N_("gave the policy “{name}” another place"),
    "policy.removed": N_("deleted the policy “{name}”"),
    "hours.added": N_("wrote the opening hours “{name}”"),
    "hours.changed": N_("changed the opening hours “{name}”"),
    "hours.removed": N_("deleted the opening hours “{name}”"),
    "rule.added": N_("wrote the rule “{name}”"),
    "rule.changed": N_("changed the rule “{name}”"),
    "rule.on": N_("switched the rule “{name}” on"),
    "rule.off": N_("switched the rule “{name}” off"),
    "rule.deleted": N_("deleted the rule “{name}”"),
    "routing.on": N_("gives new conversations to whoever is on duty"),
    "routing.off": N_("leaves new conversations with nobody"),
    "ladder.webhook": N_("let the ladder tell a channel of the team at {host}"),
    "ladder.no_webhook": N_("took the ladder's webhook off"),
    "webhook.added": N_("added a webhook to {host}"),
    "webhook.changed": N_("changed a webhook to {host}"),
    "webhook.removed": N_("removed a webhook to {host}"),
    "webhook.paused": N_("paused webhook {webhook}"),
    "webhook.resumed": N_("resumed webhook {webhook}"),
    "webhook.rotated": N_("gave webhook {webhook} a new secret"),
    "webhook.switched_off": N_("Webhook {webhook} was switched off: {why}"),
    "person.export_asked": N_("asked for all that is known of contact {contact}"),
    "person.export_fetched": N_("fetched all that is known of contact {contact}"),
    "person.erase_asked": N_("asked to erase contact {contact}"),
    "import.asked": N_("began an import ({what})"),
    "retention.changed": N_("keeps closed conversations for {months} months (0: for ever); before, {was}"),
    "sender.blocked": N_("blocked a sender ({what} {sender})"),
    "sender.unblocked": N_("took a sender off the block list ({what} {sender})"),
    "business.changed": N_("changed the business details"),
    "letter.changed": N_("changed the letter “{letter}” ({language})"),
    "letter.reset": N_("took the letter “{letter}” ({language}) back to how it came"),
    "calendar.link_made": N_("made a secret link to their shifts"),
    "calendar.link_revoked": N_("took the secret link to their shifts back"),
    "rota.set_up": N_("began the rota ({zone})"),
    "rota.changed": N_("changed what holds for the whole rota ({zone})"),
    "rota.layer_saved": N_("arranged the layer “{layer}” of the rota"),
    "rota.layer_removed": N_("removed the layer “{layer}” of the rota"),
    "rota.override": N_("changed who is on duty from {start} on: {what}, {whom}"),
    "rota.override_cancelled": N_("took back a change of who is on duty: {what}, {whom}"),
    "rota.took_over": N_("took over duty"),
    "rota.handed_back": N_("handed duty back"),
    "rota.swap_asked": N_("asked to be relieved of a shift that begins {start}"),
    "rota.swap_taken": N_("took a shift of {whom}"),
    "rota.swap_asked_for": N_("asked for {whom} to be relieved of a shift that begins {start}"),
    "rota.swap_taken_for": N_("gave {other} a shift of {whom}"),
    "rota.exchanged": N_("exchanged shifts with {whom}: {start} for {back}"),
    "rota.exchanged_for": N_("let {whom} and {other} exchange shifts: {start} for {back}"),
    "rota.swap_declined": N_("declined a shift of {whom}"),
    "rota.swap_cancelled": N_("took back a request of {whom} to be relieved"),
    "absence.added": N_("said that {whom} is away from {start} to {end}"),
    "absence.holidays": N_("said whose public holidays {whom} keeps: {country} {region}"),
    "absence.serves": N_("said that {whom} serves on the public holiday of {day}"),
    "absence.keeps": N_("said that {whom} keeps the public holiday of {day}"),
    "absence.removed": N_("said that {whom} is not away after all"),
    "calendar.chosen": N_("let absences be read from a calendar at {host}"),
    "calendar.dropped": N_("let absences be read from no calendar any more"),
    "absence.imported": N_("read absences of {whom} from a calendar ({changed} changed)"),
    "audit.exported": N_("exported the audit log"),
    "promise.exported": N_("exported the waits of the week {week}"),
    "promise.zone": N_("lets weeks begin by the clocks of {zone}"),
    "review.explained": N_("gave wait {wait} of the week {week} a cause ({cause})"),
    "review.done": N_("said that the action of wait {wait} is done"),
    "review.not_done": N_("said that the action of wait {wait} is not done"),
    "review.signed": N_("signed the week {week} off: {broken} of {settled} promises broken"),
    "review.judged": N_("looked at how wait {wait} of the week {week} ended: {verdict}"),
    "review.resumed": N_("let wait {wait} of the week {week} go on"),
}


VALUES: dict[str, Mapping[str, str]] = {
    "cause": CAUSES,
    "verdict": {"right": N_("right"), "wrong": N_("wrong")},
    "what": {"add": N_("as well"), "remove": N_("not on duty"), "replace": N_("instead of a colleague")},
    "means": {
        "password": N_("by password"),
        "passkey": N_("by passkey"),
        "link": N_("by a link"),
        "totp": N_("by the code of an app"),
        "recovery": N_("by a recovery code"),
    },
}
"""What the words that the store keeps mean to a reader, by the name of the detail."""


def said(kind: str, details: Mapping[str, Any], names: Mapping[int, str]) -> str:
    """Say what was done, in the reader's language."""
    filled = {name: _one(name, value) for name, value in details.items()}
    for name, detail in (("whom", "teammate"), ("other", "other")):
        number = details.get(detail)
        filled[name] = names.get(number, "?") if isinstance(number, int) else "?"
    sentence = SENTENCES.get(kind)
    if sentence is None:
        return " ".join([kind.replace("_", " ").replace(".", ": "), *_rest(filled)])
    try:
        return _(sentence).format(**filled)
    except KeyError:
        return kind


def _rest(filled: Mapping[str, str]) -> list[str]:
    return [f"{name}={value}" for name, value in sorted(filled.items()) if name not in {"whom", "other"}]


def _one(name: str, value: object) -> str:
    """Say a detail: times and weeks as people write them, words of the store in the reader's language."""
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    text = str(value)
    known = VALUES.get(name, {})
    if text in known:
        return _(known[text])
    if name == "week" and (week := read_week(text)) is not None:
        return week_name(week)
    return _time(text) or text


def _time(text: str) -> str:
    """Say a time by the clock that it was written by; "" for what is none."""
    if not _MOMENT.match(text):
        return ""
    try:
        return words.said(datetime.fromisoformat(text), "d MMM y HH:mm")
    except ValueError:
        return ""


_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}")
