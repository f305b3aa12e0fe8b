"""Strangers' words in letters of ours: the letters are Markdown, the words are not."""

from __future__ import annotations

_SIGNS = str.maketrans(dict.fromkeys("[]()<>`*_!#|\\\n\r"))


def plain(text: str) -> str:
    """Take from a stranger's words what Markdown would make a link or a picture of."""
    return text.translate(_SIGNS).strip()
