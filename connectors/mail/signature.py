"""The signature at the end of a text: cut where it is marked as one, or is plainly a visiting card; in doubt it stays.

A closing ("Thanks, Alice") is part of what a person says and is kept.
"""

# ruff: noqa: RUF001  # dashes of every length are what is looked for

from __future__ import annotations

import re

from connectors.mail import phrases

_DELIMITERS = frozenset({"--", "—", "––", "__"})
_RULE_CHARACTERS = "-_=*—–~"
_CONTACT = re.compile(
    r"@[\w-]{1,63}\.\w|https?://|\bwww\.[\w-]|(?:\+|\b)\(?\d[\d ()./-]{6,25}\d\b|\[?(?:mailto|tel):", re.IGNORECASE
)
_MAX_WORDS_AFTER_SENT = 8
_DEVICE = re.compile(
    r"phone|i ?pad|i ?pod|android|galaxy|samsung|huawei|xiaomi|redmi|pixel|nokia|blackberry|sony|xperia|htc|motorola"
    r"|mobil|móvil|movil|handy|smart|tablet|device|gerät|appareil|dispositiv|outlook|mail|yahoo|gmail|aol|proton"
    r"|windows|thunderbird|spark|hey|手机|手機|laitteesta|телефон|устройств|https?:|www[.]"
)
_SURE = (
    "sent from my",
    "envoyé de mon",
    "envoyé depuis mon",
    "gesendet von meinem",
    "von meinem iphone",
    "inviato dal mio",
    "inviato da mio",
    "enviado desde mi",
    "enviado do meu",
    "enviado de mi",
    "verzonden vanaf mijn",
    "verstuurd vanaf mijn",
)
"""With these words the thing itself may have any name; with others ("sent", "downloaded") it must be known."""
_MAX_CARD_LINES = 14
_MAX_CARD_WIDTH = 70


def without(lines: list[str]) -> list[str]:
    """Return the lines without the signature at their end."""
    lines = lines[: _marked(lines)]
    while lines:
        end = _end_of_words(lines)
        card = _card(lines, end)
        if card == len(lines):
            return lines[:end]
        lines = lines[:card]
    return lines


def _end_of_words(lines: list[str]) -> int:
    """Skip blank lines and rules at the end."""
    end = len(lines)
    while end and not lines[end - 1].strip().strip(_RULE_CHARACTERS):
        end -= 1
    return end


def _marked(lines: list[str]) -> int:
    """Find the first line that can only begin a signature: "-- " (RFC 3676 section 4.3) or "Sent from my …"."""
    for number, line in enumerate(lines):
        bare = line.strip()
        if len(bare) > 90 or not bare:
            continue
        if bare in _DELIMITERS and line[:1] not in " \t>":
            return number
        if _stands_alone(lines, number) and _is_sent_from(bare):
            return number
    return len(lines)


def _is_sent_from(line: str) -> bool:
    words = line.lower().lstrip("*_[(<")
    if not words.startswith(phrases.SENT_FROM) and not words.endswith(phrases.SENT_FROM_END):
        return False
    if not words.startswith(_SURE) and not _DEVICE.search(words):
        return False
    head = words.partition("<")[0].partition("(http")[0].rstrip()
    return "," not in head and not head.endswith((".", "?", "!", ":")) and len(head.split()) <= _MAX_WORDS_AFTER_SENT


def _stands_alone(lines: list[str], number: int) -> bool:
    return number == 0 or not lines[number - 1].strip() or number + 1 == len(lines) or not lines[number + 1].strip()


def _card(lines: list[str], end: int) -> int:
    """Return where a visiting card at the end begins: below a rule, or a last paragraph of contact details."""
    start = end
    while start and lines[start - 1].strip() and end - start <= _MAX_CARD_LINES:
        start -= 1
    if start and not _announces(lines, start) and _is_card(lines[start:end], needed=2):
        return start
    for number in range(end - 1, max(end - 2 * _MAX_CARD_LINES, 0), -1):
        bare = lines[number].strip()
        if len(bare) >= 2 and not bare.strip(_RULE_CHARACTERS) and lines[number][:1] not in " \t":
            return (
                number if _is_card([line for line in lines[number + 1 : end] if line.strip()], needed=1) else len(lines)
            )
    return len(lines)


def _announces(lines: list[str], start: int) -> bool:
    """Say whether the words above promise what follows: "Please deliver to:"."""
    above = next((line.rstrip() for line in reversed(lines[:start]) if line.strip()), "")
    return above.endswith((":", "?"))


def _is_card(lines: list[str], needed: int) -> bool:
    if not 2 <= len(lines) <= _MAX_CARD_LINES or any(len(line) > _MAX_CARD_WIDTH for line in lines):
        return False
    if lines[0].rstrip().endswith((":", "?")) or lines[0].lstrip().startswith((">", "-", "*")):
        return False
    if _CONTACT.search(lines[0]):
        return False
    return sum(_CONTACT.search(line) is not None for line in lines) >= needed
