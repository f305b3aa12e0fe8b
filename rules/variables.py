"""Variables in saved replies and signatures: a plain replacer, no template engine.

`{{contact.first_name}}` becomes the person's first name, `{{contact.first_name|there}}` becomes "there" where none is
known. A variable that is unknown or empty stays as it is written, so that a person sees it; nothing leaves with one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_VARIABLE = re.compile(r"\{\{[ \t]*([a-z]+(?:[._][a-z]+)*)[ \t]*(?:\|([^{}|\n]{0,80}))?\}\}")
_ANY = re.compile(r"\{\{[^{}\n]{1,120}\}\}")
_CODE = re.compile(r"(?s)```.*?(?:```|\Z)|`[^`\n]*`")


def fill(text: str, values: Mapping[str, str]) -> str:
    """Replace what is known; the rest stays in its braces."""

    def one(found: re.Match[str]) -> str:
        value = values.get(found[1], "").strip()
        fallback = (found[2] or "").strip()
        return value or fallback or found[0]

    return _VARIABLE.sub(one, text)


def unfilled(text: str) -> list[str]:
    """Return the variables that still stand in a text, each once; what stands in code is meant as it is."""
    return list(dict.fromkeys(_ANY.findall(_CODE.sub(" ", text))))


def first_name(name: str) -> str:
    """Return the first word of a person's name, "" for an address or a number."""
    first = name.split(maxsplit=1)[0] if name.split() else ""
    return "" if "@" in name or any(letter.isdigit() for letter in first) else first.strip(",;")
