"""What each channel lets us send: how long, to how many, with which files, and until when."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

MB = 1024 * 1024
Broken = Literal["too_long", "copies", "files_none", "files_large", "window"]

_LINK = re.compile(r"https?://\S+")
_LINK_COUNTS = 23
"""X counts every link as so many letters, however long it is."""
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
"""X: letters in these ranges count once, all others twice."""
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà^{}\\[~]|€"
)


@dataclass(frozen=True, slots=True)
class Limits:
    """length: letters of one message, None for no limit. window: how long after the person wrote we may still write."""

    length: int | None = None
    copies: bool = False
    files: int = 0
    window: timedelta | None = None
    hold: timedelta = timedelta(seconds=15)
    """How long a sent message can be taken back: in a chat the other side waits for it."""


CHANNELS = {
    "mail": Limits(copies=True, files=25 * MB),
    "sms": Limits(length=1600),
    "whatsapp": Limits(length=1600, files=16 * MB, window=timedelta(hours=24)),
    "x": Limits(length=280),
    "telegram": Limits(length=4096, files=20 * MB, hold=timedelta(seconds=5)),
    "widget": Limits(length=20_000, files=25 * MB, hold=timedelta(seconds=5)),
}
"""As the vendors write. SMS and WhatsApp: Twilio's length of a body, WhatsApp's size of media, and the 24 hours after a
person's last message in which one may answer freely. Telegram: the Bot API's length of a message, and the size of files
that a bot can fetch again. X: a post, counted by weight. Mail: what most servers take.
"""
ANY = Limits(files=25 * MB)
"""For a channel that nothing is said of."""


def of(channel: str) -> Limits:
    """Return the limits of a channel."""
    return CHANNELS.get(channel, ANY)


def letters(channel: str, text: str) -> int:
    """Count as the channel counts."""
    if channel != "x":
        return len(text)
    without = _LINK.sub("", text)
    links = len(_LINK.findall(text)) * _LINK_COUNTS
    return links + sum(1 if any(low <= ord(one) <= high for low, high in _LIGHT) else 2 for one in without)


def segments(text: str) -> int:
    """Return how many SMS a text is paid as (GSM 7-bit: 160, or 153 each; else 70, or 67 each)."""
    single, several = (160, 153) if all(one in _GSM for one in text) else (70, 67)
    return 1 if len(text) <= single else -(-len(text) // several)


def broken(
    channel: str, text: str, *, files: int, copies: bool, heard_at: datetime | None, at: datetime
) -> Broken | None:
    """Return the first limit that a message would break; heard_at: when the person last wrote, at: when it leaves."""
    limits = of(channel)
    if limits.length is not None and letters(channel, text) > limits.length:
        return "too_long"
    if copies and not limits.copies:
        return "copies"
    if files > limits.files:
        return "files_large" if limits.files else "files_none"
    if limits.window is not None and (heard_at is None or at - heard_at > limits.window):
        return "window"
    return None
