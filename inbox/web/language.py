"""Texts in the reader's language.

    _("Saved.")                                  a text, where it is shown
    _("{name} left").format(name=…)              values by name, filled in after
    _n("{n} person waits", "{n} people wait", n) one or many; {n} is filled in
    N_("Waiting")                                marks a text that stands in a constant; `_()` it where it is shown
    tell(error)                                  a sentence of the flow (inbox.say), said anew in the reader's language

The language is set for each request (see `speak`) and is English until then.
"""

from __future__ import annotations

from contextvars import ContextVar
from gettext import NullTranslations

from inbox.say import Said

LANGUAGES = ("en", "fr")
_language: ContextVar[str] = ContextVar("language", default="en")


def speak(language: str) -> None:
    """Set the language of what follows in this request."""
    _language.set(language if language in LANGUAGES else "en")


def language() -> str:
    """Return the language that is spoken now."""
    return _language.get()


def catalog() -> NullTranslations:
    """Return the texts of the language that is spoken now."""
    return NullTranslations()


def _(text: str) -> str:
    """Return the text in the reader's language."""
    return catalog().gettext(text)


def _n(one: str, many: str, number: int) -> str:
    """Return the text for so many, with {n} filled in."""
    return catalog().ngettext(one, many, number).format(n=number)


def N_(text: str) -> str:  # noqa: N802 - the name that collectors of texts look for
    """Mark a text; it is translated where it is shown."""
    return text


def tell(sentence: object) -> str:
    """Say a sentence or an error anew in the reader's language."""
    said = sentence.args[0] if isinstance(sentence, Exception) and sentence.args else sentence
    if isinstance(said, Said):
        return _(said.pattern).format(**said.values)
    return _(str(said))
