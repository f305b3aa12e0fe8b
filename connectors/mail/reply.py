"""The new text of a reply."""

from __future__ import annotations


def new_text(text: str) -> str:
    """Return the text without quoted tail and signature."""
    return text.strip()


def is_forward(text: str) -> bool:
    """Say whether the text hands on somebody else's mail."""
    return False
