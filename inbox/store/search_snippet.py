"""The few words around what was found."""

from __future__ import annotations

import re

from inbox.store.search_query import Phrase
from inbox.store.search_words import MARKS, fold, words

LENGTH = 160
_BEFORE = 50
_READ = 20_000
_FOREIGN_READ = 4_000
_PIECE = re.compile(r"\S+")
_RUN = re.compile(r"[^\W_\u2e80-\uffff]+|[\u2e80-\uffff]")
_MARKS = "".join(MARKS.values())


def snippet(text: str, needs: list[Phrase]) -> str:
    """Return about LENGTH characters of `text` around the first word asked for, or its beginning. Plain text."""
    start = max(0, _found(text, needs) - _BEFORE)
    if start and (space := text.find(" ", start, start + _BEFORE)) > 0:
        start = space + 1
    shown = " ".join(text[start : start + 2 * LENGTH].split())
    cut = shown[:LENGTH].rsplit(" ", 1)[0] if len(shown) > LENGTH and " " in shown[:LENGTH] else shown[:LENGTH]
    more = len(cut) < len(shown) or start + 2 * LENGTH < len(text)
    return f"{'…' if start else ''}{cut}{'…' if more and cut else ''}"


def _found(text: str, needs: list[Phrase]) -> int:
    """Return where the first word asked for begins, 0 when it is not in the text."""
    wanted = {phrase.words[0]: phrase.prefix and len(phrase.words) == 1 for phrase in needs}
    if not wanted:
        return 0
    if text.isascii():
        either = "|".join(re.escape(word) + ("" if prefix else r"(?![0-9a-z])") for word, prefix in wanted.items())
        found = re.search(rf"(?<![0-9a-z])(?:{either})", text[:_READ], re.IGNORECASE)
        return found.start() if found else 0
    for piece in _PIECE.finditer(text[:_FOREIGN_READ]):
        folded = fold(piece[0]).lower()
        if any(word in folded for word in wanted) and any(_is(word, wanted) for word in words(piece[0])):
            return piece.start() + (_within(piece[0], wanted) if len(piece[0]) > _BEFORE else 0)
    return 0


def _within(piece: str, wanted: dict[str, bool]) -> int:
    # Scripts without spaces: a piece is a whole sentence.
    return next((place for place, letter in enumerate(piece) if any(_is(word, wanted) for word in words(letter))), 0)


def _is(word: str, wanted: dict[str, bool]) -> bool:
    return word in wanted or any(prefix and word.startswith(start) for start, prefix in wanted.items())


def marked(text: str, needs: list[Phrase]) -> list[tuple[str, bool]]:
    """Cut a short text into pieces, each with whether it is a word that was looked for. The pieces make up the text."""
    wanted = {
        word.lstrip(_MARKS): phrase.prefix and word is phrase.words[-1] for phrase in needs for word in phrase.words
    }
    pieces: list[tuple[str, bool]] = []
    end = 0
    for found in _RUN.finditer(text) if wanted else ():
        folded = words(found[0])
        if folded and any(_is(word, wanted) for word in folded):
            pieces += [(text[end : found.start()], False), (found[0], True)]
            end = found.end()
    return [(piece, hit) for piece, hit in [*pieces, (text[end:], False)] if piece]
