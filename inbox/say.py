"""Sentences that are written where they are known and translated where they are read.

Flow and rules know nothing of languages. `say("{n} files are too large.", n=3)` is an English string for logs and the
API; the web asks it for its pattern and values and says the same in the reader's language (inbox.web.words.tell).
"""

from __future__ import annotations

from typing import Any, Self


class Said(str):
    """An English sentence that remembers the pattern and the values it was made of."""

    __slots__ = ("pattern", "values")

    pattern: str
    values: dict[str, Any]

    def __new__(cls, pattern: str, values: dict[str, Any]) -> Self:
        """Make the sentence. The values are named in the pattern in braces, as str.format does."""
        made = super().__new__(cls, pattern.format(**values) if values else pattern)
        made.pattern, made.values = pattern, values
        return made


def say(pattern: str, /, **values: Any) -> Said:  # noqa: ANN401 - whatever str.format takes
    """Say a sentence. The pattern must stand here as a literal: it is looked for when texts are collected."""
    return Said(pattern, values)
