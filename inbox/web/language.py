"""Texts in the reader's language.

    _("Saved.")                                  a text, where it is shown
    _("{name} left").format(name=…)              values by name, filled in after
    _n("{n} person waits", "{n} people wait", n) one or many; {n} is filled in
    N_("Waiting")                                marks a text that stands in a constant; `_()` it where it is shown
    tell(error)                                  a sentence of the flow (inbox.say), said anew in the reader's language

The language is set for each request (see `speak`): a teammate's choice, else what the browser asks for, and English for
the API. The texts are in inbox/locale; `make texts` collects them (scripts/texts.py).
"""

from __future__ import annotations

import gettext
import re
from contextvars import ContextVar
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from babel import Locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from inbox.say import Said

if TYPE_CHECKING:
    from starlette.types import Scope

LANGUAGES = {"en": "English", "fr": "Français"}
"""Each by its own name."""

LOCALE = Path(__file__).parents[1] / "locale"
COOKIE = "lang"
SURE = 12
"""So many letters of a pattern must stand still before a stored sentence is taken for one made of it."""
LONGEST = 600
"""A longer text is not looked at: no sentence of ours is."""

_language: ContextVar[str] = ContextVar("language", default="en")
_HOLE = re.compile(r"\{(\w+)(?:[:!][^{}]*)?\}")
_BARE_HOLE = re.compile(r"\{\w+(?:[:!][^{}]*)?\}")
_ASKED = re.compile(r"\s*([A-Za-z]{1,8})(?:-[\w-]*)?\s*(?:;\s*q=([\d.]{1,5}))?\s*$")


def speak(language: str) -> None:
    """Set the language of what follows in this request."""
    _language.set(language if language in LANGUAGES else "en")


def language() -> str:
    """Return the language that is spoken now."""
    return _language.get()


def locale() -> Locale:
    """Return how dates and numbers are written in the language that is spoken now."""
    return _locale(language())


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(language)


def listen(scope: Scope) -> None:
    """Speak as the browser asks: its cookie, else its Accept-Language. The API is English."""
    headers = dict(scope["headers"])
    if scope["path"].startswith("/api/"):
        speak("en")
        return
    speak(_chosen(headers.get(b"cookie", b"")) or wanted(headers.get(b"accept-language", b"").decode("latin-1")))


def _chosen(cookies: bytes) -> str:
    found = re.search(rf"(?:^|;\s*){COOKIE}=(\w\w)(?:;|$)", cookies.decode("latin-1"))
    return found[1] if found and found[1] in LANGUAGES else ""


@lru_cache(maxsize=256)
def wanted(accepted: str) -> str:
    """Return the language of ours that an Accept-Language header likes best."""
    best, liking = "en", 0.0
    for part in accepted[:300].split(","):
        found = _ASKED.match(part)
        if found and found[1].lower() in LANGUAGES and _weight(found[2]) > liking:
            best, liking = found[1].lower(), _weight(found[2])
    return best


def _weight(text: str | None) -> float:
    try:
        return float(text or "1")
    except ValueError:
        return 0.0


@cache
def catalog(language: str) -> gettext.NullTranslations:
    """Return the texts of a language, read once."""
    file = LOCALE / language / "LC_MESSAGES" / "under24.po"
    if not file.exists():
        return gettext.NullTranslations()
    packed = BytesIO()
    with file.open("rb") as source:
        write_mo(packed, read_po(source, locale=language))
    packed.seek(0)
    return gettext.GNUTranslations(packed)


def _(text: str) -> str:
    """Return the text in the reader's language."""
    return catalog(_language.get()).gettext(text) if text else ""


def _n(one: str, many: str, number: int) -> str:
    """Return the text for so many, with {n} filled in."""
    return catalog(_language.get()).ngettext(one, many, number).format(n=number)


def N_(text: str) -> str:  # noqa: N802 - the name that collectors of texts look for
    """Mark a text; it is translated where it is shown."""
    return text


def tell(sentence: object) -> str:
    """Say a sentence or an error anew in the reader's language: made by `say`, a literal, or one that was stored."""
    said = sentence.args[0] if isinstance(sentence, Exception) and sentence.args else sentence
    if isinstance(said, Said):
        values = {name: tell(value) if isinstance(value, Said) else value for name, value in said.values.items()}
        return _(said.pattern).format(**values) if values else _(said.pattern)
    text = str(said)
    return text if _language.get() == "en" else _retold(text, _language.get())


def tell_in(language: str, sentence: object) -> str:
    """Say a sentence in somebody else's language, as in a letter to them; the reader's own stays what it was."""
    before = _language.set(language if language in LANGUAGES else "en")
    try:
        return tell(sentence)
    finally:
        _language.reset(before)


@lru_cache(maxsize=2048)
def _retold(text: str, language: str) -> str:
    """Say a sentence that is known only as it was stored, by finding the pattern it was made of."""
    known = catalog(language).gettext(text) if text else ""
    if known != text or len(text) > LONGEST:
        return known
    for pattern, words, shape in _shapes(language):
        found = shape.fullmatch(text) if all(word in text for word in words) else None
        if found:
            values = {name: _retold(value, language) for name, value in found.groupdict().items()}
            return _plain(catalog(language).gettext(pattern)).format(**values)
    return text


@cache
def _shapes(language: str) -> list[tuple[str, list[str], re.Pattern[str]]]:
    """Return what sentences with values look like: pattern, words of its own, shape. The most certain come first."""
    texts: dict[object, str] = getattr(catalog(language), "_catalog", {})
    patterns = [text for text in texts if isinstance(text, str) and _HOLE.search(text)]
    sure = sorted((text for text in patterns if _own(text) >= SURE), key=_own, reverse=True)
    return [(text, _BARE_HOLE.split(text), _shape(text)) for text in sure]


def _own(pattern: str) -> int:
    return len(_HOLE.sub("", pattern))


def _shape(pattern: str) -> re.Pattern[str]:
    made, end, seen = "", 0, set[str]()
    for hole in _HOLE.finditer(pattern):
        name = hole[1]
        made += re.escape(pattern[end : hole.start()]) + (f"(?P={name})" if name in seen else f"(?P<{name}>.+?)")
        seen.add(name)
        end = hole.end()
    return re.compile(made + re.escape(pattern[end:]), re.DOTALL)


def _plain(pattern: str) -> str:
    """Return a pattern whose values are texts already: without their formats."""
    return _HOLE.sub(r"{\1}", pattern)
