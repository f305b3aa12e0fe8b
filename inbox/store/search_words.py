"""What words are: folding, and the stream of words that stands for one message in the index.

Both databases index this very stream, so that they find the same. A word is a run of letters and digits after
folding: lower case, no accents, no ligatures. Scripts written without spaces (Chinese, Japanese, Thai, ...) and Korean
become words of one character, which a query looks for side by side.

The stream starts with marked words. A mark is a control character that folding removes from whatever people
write, so nobody can type one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

TEXT_LIMIT = 65_536
WORDS_LIMIT = 16_000
WORD_LIMIT = 500
PEOPLE_LIMIT = 60
FOLDS_KEPT = 20_000
BUCKET_BITS = 13
DAY_BITS = 8

BREAK = "\x80"
MARKS = {"from": "\x81", "to": "\x82", "subject": "\x83"}
ACCOUNT, BUCKET, FILE = "\x84", "\x85", "\x86"

_WORD = re.compile(r"[0-9a-z\x80-\U0010ffff]+")
_ALONE = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3005-\u3007\u3040-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff]"
)


@dataclass(frozen=True)
class Document:
    """One message as the index shall see it.

    All of it is what the message's rows say, for `forget` reads those to take the words out again. people: what
    messages.people holds (for text, the row is read instead). files: the names of its attachments. account_id, at: as
    in the row, which is read where `at` is None.
    """

    message_id: int
    conversation_id: int
    subject: str
    text: str
    people: dict[str, Any] | str = field(default_factory=dict)
    files: Sequence[str] = ()
    account_id: int = 0
    at: datetime | None = None


def fold(text: str) -> str:
    """Fold everything but the case of ASCII letters, which `words` and SQLite's tokenizer see to."""
    return text if text.isascii() else unicodedata.normalize("NFC", text).translate(_FOLDED)


def words(text: str) -> list[str]:
    """Return the words of `text`, folded, in their order."""
    return [word[:WORD_LIMIT] for word in _WORD.findall(fold(text).lower())]


def stream(document: Document, account_id: int) -> str:
    """Return the words that stand for `document`, marked ones first, as text that SQLite splits as `split` does."""
    people = document.people if isinstance(document.people, dict) else {}
    author = _person(people.get("from") or {}, MARKS["from"])
    others = [*(people.get("to") or []), *(people.get("cc") or []), *(people.get("bcc") or [])]
    recipients = [_person(person, MARKS["to"]) for person in others[:PEOPLE_LIMIT]]
    parts = [_facts(document, account_id), author, *recipients, _both_ways(document.subject[:1000])]
    parts += [fold(name[:200]) for name in _names(document)]
    return _cut(f" {BREAK} ".join([*parts, fold(document.text[:TEXT_LIMIT])]))


def split(streamed: str) -> list[str]:
    """Return the words of a stream, as SQLite's tokenizer would find them."""
    return [word[:WORD_LIMIT] for word in _WORD.findall(streamed.lower())]


def bucket(message_id: int) -> int:
    """Return which run of neighbouring messages `message_id` belongs to."""
    return message_id >> BUCKET_BITS


def _facts(document: Document, account_id: int) -> str:
    with_files = f" {FILE}" if document.files else ""
    return f"{BUCKET}{bucket(document.message_id)} {ACCOUNT}{account_id}{with_files}"


def _names(document: Document) -> Sequence[str]:
    return [document.files] if isinstance(document.files, str) else document.files[:PEOPLE_LIMIT]


def _person(person: dict[str, Any], mark: str) -> str:
    return _person_words(str(person.get("name") or "")[:200], str(person.get("value") or "")[:320], mark)


@lru_cache(maxsize=4096)
def _person_words(name: str, value: str, mark: str) -> str:
    return f"{_both_ways(name, mark)} {BREAK} {_both_ways(value, mark)}"


@lru_cache(maxsize=1024)
def _both_ways(text: str, mark: str = MARKS["subject"]) -> str:
    """Return the words of `text` marked, then plain."""
    found = words(text)
    return f"{' '.join(marked(found, mark))} {BREAK} {' '.join(found)}"


def marked(found: Iterable[str], mark: str) -> list[str]:
    """Put `mark` before each word."""
    return [mark + word for word in found]


def _cut(streamed: str) -> str:
    # Words and what parts them alternate: a stream shorter than this cannot hold too many.
    if len(streamed) < 2 * WORDS_LIMIT:
        return streamed
    found = _WORD.findall(streamed.lower())
    return streamed if len(found) <= WORDS_LIMIT else " ".join(found[:WORDS_LIMIT])


class _Folded(dict[int, str]):
    """What each character folds to, found out when it is first met."""

    def __missing__(self, code: int) -> str:
        folded = chr(code) if code < 128 else _fold_one(chr(code))
        if len(self) < FOLDS_KEPT:
            self[code] = folded
        return folded


_FOLDED = _Folded()


def _fold_one(letter: str) -> str:
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", letter).casefold())
    bare = "".join(part for part in plain if not unicodedata.combining(part))
    return "".join(map(_letter, unicodedata.normalize("NFC", bare)))


def _letter(letter: str) -> str:
    if letter.isascii():
        return letter
    if not letter.isalnum() and unicodedata.category(letter)[0] != "M":
        return " "
    return f" {letter} " if _ALONE.match(letter) else letter
