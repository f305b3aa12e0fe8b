"""The form of an account, made of its channel's card: sections, what was typed, what is stored, what is wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connectors.contract import Card, Setting
from inbox.flow.accounts import HISTORY
from inbox.store.tables import Account
from inbox.web.words import N_, _, span, tell
from rules.telling import read_in_part

NUMBERS = re.compile(r"(port|size)$")

PRESETS: dict[str, dict[str, str]] = {
    "Gmail": {"imap_host": "imap.gmail.com", "smtp_host": "smtp.gmail.com", "copy_to_sent": "no"},
    "Microsoft 365": {
        "imap_host": "outlook.office365.com",
        "smtp_host": "smtp.office365.com",
        "smtp_port": "587",
        "smtp_security": "starttls",
        "copy_to_sent": "no",
        "auth": "oauth",
    },
    "Fastmail": {"imap_host": "imap.fastmail.com", "smtp_host": "smtp.fastmail.com"},
    "iCloud": {
        "imap_host": "imap.mail.me.com",
        "smtp_host": "smtp.mail.me.com",
        "smtp_port": "587",
        "smtp_security": "starttls",
    },
    "IONOS": {"imap_host": "imap.ionos.com", "smtp_host": "smtp.ionos.com"},
    "OVH": {"imap_host": "ssl0.ovh.net", "smtp_host": "ssl0.ovh.net"},
    "Zoho": {"imap_host": "imap.zoho.com", "smtp_host": "smtp.zoho.com"},
}
"""What common providers ask for, beside the address and the password. Each also fills what it does not name."""

SECTIONS = (
    (N_("The address"), ("address", "name", "aliases")),
    (N_("Signing in"), ("username", "password", "auth")),
    (N_("Receiving"), ("imap_",)),
    (N_("Sending"), ("smtp_host", "smtp_port", "smtp_security")),
    (N_("Only with OAuth"), ("oauth_",)),
)
OAUTH = N_("Only with OAuth")
REST = N_("Seldom needed")
CHOICES = (N_("yes"), N_("no"), N_("none"), N_("password"))
"""Choices of settings that are words."""


@dataclass
class Field:
    """One setting as it is shown. `stored` says that a secret is there; its value never is."""

    setting: Setting
    value: str = ""
    problem: str = ""
    stored: bool = False

    @property
    def kind(self) -> str:
        """The kind of control."""
        return "select" if self.setting.choices else "password" if self.setting.secret else "text"

    @property
    def required(self) -> bool:
        """Whether it must be filled in; a choice always is."""
        return bool(self.setting.choices) or (self.setting.required and not self.stored)

    @property
    def help(self) -> str:
        """The card's help; for a secret that is stored, how to keep it."""
        kept = _("One is stored. Leave this empty to keep it.") if self.stored else ""
        return " ".join(part for part in (tell(self.setting.help), kept) if part)


@dataclass
class AccountForm:
    """What the template shows."""

    card: Card
    sections: list[tuple[str, list[Field]]]
    past: str = "history"
    day: str = ""
    problem: str = ""
    folded: frozenset[str] = field(default_factory=lambda: frozenset({OAUTH, REST}))

    @property
    def opened(self) -> set[str]:
        """Name the folded sections that stand open: what they ask for is needed, or wrong."""
        wrong = {name for name, fields in self.sections if any(one.problem for one in fields)}
        chosen = {one.setting.name: one.value for _name, fields in self.sections for one in fields}
        return wrong | ({OAUTH} if chosen.get("auth") == "oauth" else set())


def blank(card: Card, preset: str, today: datetime) -> AccountForm:
    """Return the form of a new account."""
    return _form(card, PRESETS.get(preset, {}), frozenset(), past="history", day=f"{today:%Y-%m-%d}")


def stored(card: Card, account: Account, secrets: frozenset[str]) -> AccountForm:
    """Return the form of an account that is there; `secrets` are the names of those it has."""
    values = {name: str(value) for name, value in account.settings.items()}
    values = {**values, "address": account.address, "name": account.name}
    before = values.pop(HISTORY, "")[:10]
    return _form(card, values, secrets, past="history" if before else "waits", day=before)


def again(card: Card, sent: Mapping[str, str], secrets: frozenset[str], problem: str) -> AccountForm:
    """Return what was sent, secrets left out, with what is wrong at its field and above."""
    form = _form(card, sent, secrets, past=sent.get("past", ""), day=sent.get("history_day", ""))
    form.problem = problem
    for _name, fields in form.sections:
        for one in fields:
            one.problem = problem if _names(problem, one.setting.label) else ""
    return form


def _names(problem: str, label: str) -> bool:
    """Whether a problem is about a setting: it is quoted there, in English or in the reader's language."""
    said = _(label)
    return any(quoted in problem for quoted in (f"“{label}”", f"“{said}”", f"«\u202f{said}\u202f»"))


def given(card: Card, sent: Mapping[str, str]) -> dict[str, str]:
    """Return the settings in a form that was sent, without what else is in it."""
    values = {setting.name: sent[setting.name] for setting in card.settings if setting.name in sent}
    past = sent.get("past", "")
    if past:
        values[HISTORY] = sent.get("history_day", "") if past == "history" else ""
    return values


def health(account: Account, now: datetime, *, fetches: bool) -> str:
    """Say how an account is: what happened, what it means for whoever waits, what can be done."""
    if not account.enabled:
        return _("Paused: nothing is fetched or sent. Nobody's message is lost; it waits on the server.")
    if account.error:
        since = span((now - (account.error_since or now)).total_seconds())
        if read_in_part(account.error_since, account.caught_up_at, now):
            return _("{address} has been read in part only for {since}: {why} The rest comes in as ever.").format(
                address=account.address, since=since, why=_within(tell(account.error))
            )
        return _(
            "{address} has received nothing for {since}: {why} Nobody's message is lost; it waits on the server."
        ).format(address=account.address, since=since, why=_within(tell(account.error)))
    if not fetches:
        return _("It has no server to fetch from: mail comes by import or by the LMTP door.")
    return _("All is well.") if account.caught_up_at else _("Not fetched yet; the first time may take a while.")


def _within(sentence: str) -> str:
    """Let a sentence go on after a colon: "The password" becomes "the password", "IMAP" stays."""
    return sentence[:1].lower() + sentence[1:] if sentence[1:2].islower() or sentence[1:2] == " " else sentence


def _form(card: Card, values: Mapping[str, Any], secrets: frozenset[str], *, past: str, day: str) -> AccountForm:
    left = {setting.name: setting for setting in card.settings}
    sections: list[tuple[str, list[Field]]] = []
    for name, members in SECTIONS:
        mine = [one for key, one in left.items() if key in members or key.startswith(members)]
        left = {key: one for key, one in left.items() if one not in mine}
        sections.append((name, [_field(one, values, secrets) for one in mine]))
    sections.append((REST, [_field(one, values, secrets) for one in left.values()]))
    return AccountForm(card, [pair for pair in sections if pair[1]], past or "history", day)


def _field(setting: Setting, values: Mapping[str, Any], secrets: frozenset[str]) -> Field:
    if setting.secret:
        return Field(setting, stored=setting.name in secrets)
    default = setting.default if setting.choices or not NUMBERS.search(setting.name) else ""
    return Field(setting, str(values.get(setting.name, "") or default))
