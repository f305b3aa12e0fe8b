"""What the app writes to its own teammates about signing in, in their language."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from inbox.flow import letters
from inbox.flow.audit import origin
from inbox.store import teammates
from inbox.store.db import Work
from inbox.store.tables import Teammate
from inbox.web.language import N_, _, language, speak

Words = tuple[str, str]
"""A subject and a text in Markdown."""

PASSWORD = N_("The password was changed.")
APP_ADDED = N_("An authenticator app was added.")
APP_REMOVED = N_("The authenticator app was taken off.")
PASSKEY_ADDED = N_("A passkey was added.")
PASSKEY_REMOVED = N_("A passkey was taken off.")
CODES = N_("New recovery codes were made.")
ALL_REMOVED = N_("Every second step was taken off by a founder.")


@contextmanager
def _in_language_of(teammate: Teammate | None) -> Iterator[None]:
    """Speak a teammate's language for a while, the reader's where they chose none."""
    before = language()
    speak(teammate.language if teammate and teammate.language else before)
    try:
        yield
    finally:
        speak(before)


def new_password(teammate: Teammate, link: str) -> Words:
    """Write to somebody who forgot their password."""
    with _in_language_of(teammate):
        text = _(
            "Hello {name},\n\nwith this link you choose a new password for Under24. It works once, for a day:\n\n{link}"
            "\n\nIf you did not ask for it, do nothing: your password stays as it is."
        )
        return _("A new password for Under24"), text.format(name=_plain(teammate.name), link=link)


def invitation(by: str, link: str) -> Words:
    """Write to somebody who is asked to join, in the language of whoever asks."""
    text = _(
        "Hello,\n\n{name} asks you to answer customers together in Under24. This link works once, for a week:\n\n{link}"
        "\n\nIf you don't know what this is about, do nothing."
    )
    return _("{name} invites you to Under24").format(name=_plain(by)), text.format(name=_plain(by), link=link)


def tell_of(work: Work, teammate_id: int, what: str) -> None:
    """Tell a teammate that how they sign in has changed, where letters can leave and only they would read it."""
    teammate = teammates.get(work.session, teammate_id)
    if teammate is None or letters.reads(work.session, teammate.mail) or not letters.can_send(work.session):
        return
    with _in_language_of(teammate):
        text = _(
            "Hello {name},\n\nsomething changed in how you sign in to Under24: {what} It came from {address}.\n\n"
            "If it was not you, ask a founder at once to sign you out everywhere."
        )
        subject = _("How you sign in to Under24 has changed")
        filled = text.format(name=_plain(teammate.name), what=_(what), address=origin().address or "?")
    letters.queue_letter(work, teammate.mail, subject, filled, f"doors:{teammate_id}:{secrets.token_hex(8)}")


def _plain(text: str) -> str:
    """Keep a name from being read as Markdown."""
    return "".join(f"\\{sign}" if sign in "\\`*_[]<>#" else sign for sign in text)
