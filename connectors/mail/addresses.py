"""Address lists (RFC 5322 section 3.4), strictly: who cannot be read for certain is nobody.

`alice@example.org)bob@evil.org` names neither Alice nor Bob (CVE-2023-27043). Outlook's `;` between addresses and
groups are understood; names are decoded after the structure is known, so that a name can never add an address.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from connectors.mail import headers

if TYPE_CHECKING:
    from collections.abc import Iterable

MAX_LENGTH = 8 * 1024
MAX_ADDRESSES = 200

_ATOM = r"[^\s<>()\[\]\\,;:@\"\x00-\x1f\x7f]{1,128}"
_DOMAIN = r"(?:[^\s<>()\[\]\\,;:@\"\x00-\x1f\x7f/]{1,253}|\[[0-9A-Fa-fIPv.:]{1,60}\])"
_ADDRESS = re.compile(rf'(?:{_ATOM}|"[^"\s\\<>]{{1,64}}")@{_DOMAIN}')
_SIMPLE = re.compile(rf'\s*(?:"([^"\\]{{0,300}})"|([^"<>(),:;@\\]{{0,300}}))\s*<({_ATOM}@{_DOMAIN})>\s*')
_BARE = re.compile(rf"\s*({_ATOM}@{_DOMAIN})\s*")


class Mailbox(NamedTuple):
    """A display name, "" for none, and an address as it was written."""

    name: str
    address: str


def parse(values: Iterable[str], charset: str = "") -> list[Mailbox]:
    """Read address lists; at most 200 addresses out of 8 kB. Entries that are no address are left out."""
    boxes: list[Mailbox] = []
    left = MAX_LENGTH
    for value in values:
        if left > 0:
            boxes.extend(_parse_one(value[:left], charset))
        left -= len(value)
    return boxes[:MAX_ADDRESSES]


def _parse_one(value: str, charset: str) -> list[Mailbox]:
    simple = _SIMPLE.fullmatch(value)
    if simple:
        return _mailbox(simple[1] or simple[2] or "", simple[3], charset)
    bare = _BARE.fullmatch(value)
    if bare:
        return _mailbox("", bare[1], charset)
    if "=2C?=" in value:
        value = _CODED_COMMA.sub(">,", value)
    boxes = _scan(value, charset)
    if not boxes and "=?" in value:
        boxes = _scan(headers.decode_words(value, charset), charset)
    return boxes


def _mailbox(name: str, address: str, charset: str) -> list[Mailbox]:
    cleaned = clean_address(address, charset)
    if not cleaned:
        return []
    label = headers.text(name.strip(), charset) if name else ""
    if len(label) > 1 and label[0] == label[-1] == "'":
        label = label[1:-1]
    label = label.strip().strip('"').strip()
    return [Mailbox(label, cleaned)]


def clean_address(address: str, charset: str = "") -> str:
    """Return the address if it is one that could be answered, else ""; a dot at the end of the domain is dropped."""
    if not address.isascii():
        address = headers.raw_8bit(address, charset)
    address = address.strip().rstrip(".")
    if len(address) > 320 or not _ADDRESS.fullmatch(address):
        return ""
    return address


class _Entry:
    """One address while it is read: the words before the angle, what stands in it, the comment."""

    __slots__ = ("angle", "bad", "comment", "plain", "words")

    def __init__(self) -> None:
        self.words: list[str] = []
        self.plain: list[str] = []
        self.angle: str | None = None
        self.comment = ""
        self.bad = False

    def finish(self, charset: str) -> list[Mailbox]:
        """Turn what was read into at most one mailbox."""
        if self.bad:
            return []
        if self.angle is not None:
            return _mailbox(" ".join(self.words), self.angle, charset)
        if len(self.plain) != 1 or self.plain[0] is not self.words[-1]:
            return []
        name = " ".join(self.words[:-1]) or self.comment
        return _mailbox(name, self.plain[0].strip("'"), charset)


def _scan(value: str, charset: str) -> list[Mailbox]:
    """Walk once over the value; where a quote is never closed, quotes mean nothing."""
    if value.count('"') % 2:
        value = value.replace('"', "")
    boxes: list[Mailbox] = []
    entry = _Entry()
    position = 0
    while position < len(value) and len(boxes) < MAX_ADDRESSES:
        char = value[position]
        if char in ",;":
            boxes += entry.finish(charset)
            entry = _Entry()
            position += 1
        elif char in " \t\r\n":
            position += 1
        else:
            position = _token(value, position, entry)
    return (boxes + entry.finish(charset))[:MAX_ADDRESSES]


def _token(value: str, position: int, entry: _Entry) -> int:
    """Read one quoted string, comment, angle, group label or word into the entry; return where it ends."""
    char = value[position]
    if char == '"':
        return _quoted(value, position, entry)
    if char == "(":
        return _comment(value, position, entry)
    if char == "<":
        return _angle(value, position, entry)
    if char == ":":
        entry.words.clear()
        return position + 1
    if char in ")>":
        entry.bad = True
        return position + 1
    return _word(value, position, entry)


_WORD = re.compile(r"[^\s\"(<>):,;]+")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
# Python's own mail package folds a list so that the comma between two addresses becomes an encoded word.
_CODED_COMMA = re.compile(r">\s{0,9}=\?utf-8\?q\?=2C\?=", re.IGNORECASE)
_PARENTHESIS = re.compile(r"\\.|[()]", re.DOTALL)


def _word(value: str, position: int, entry: _Entry) -> int:
    found = _WORD.match(value, position)
    end = found.end() if found else position + 1
    _add_word(value[position:end], entry)
    return end


def _add_word(word: str, entry: _Entry) -> None:
    entry.bad = entry.bad or entry.angle is not None
    entry.words.append(word)
    if "@" in word:
        entry.plain.append(word)


def _quoted(value: str, position: int, entry: _Entry) -> int:
    found = _QUOTED.match(value, position)
    if not found:
        entry.bad = True
        return len(value)
    if value.startswith("@", found.end()):
        domain = _WORD.match(value, found.end())
        end = domain.end() if domain else found.end() + 1
        _add_word(value[position:end], entry)
        return end
    entry.words.append(_ESCAPED.sub(r"\1", found[1]))
    return found.end()


def _comment(value: str, position: int, entry: _Entry) -> int:
    end = _comment_end(value, position)
    entry.bad = entry.bad or end < 0
    entry.comment = value[position + 1 : end - 1] if end > 0 else ""
    return end if end > 0 else len(value)


def _comment_end(value: str, position: int) -> int:
    """Return where a comment, which may hold comments, ends; -1 where it is never closed."""
    depth = 0
    for found in _PARENTHESIS.finditer(value, position):
        depth += {"(": 1, ")": -1}.get(found[0], 0)
        if depth == 0:
            return found.end()
    return -1


def _without_comments(value: str) -> str:
    """Drop the comments that RFC 5322 allows even within an address."""
    out: list[str] = []
    position = 0
    while (opened := value.find("(", position)) >= 0:
        end = _comment_end(value, opened)
        if end < 0:
            return value
        out.append(value[position:opened])
        position = end
    return "".join((*out, value[position:]))


def _angle(value: str, position: int, entry: _Entry) -> int:
    end = value.find(">", position)
    if end < 0:
        entry.bad = True
        return len(value)
    if entry.angle is not None:
        entry.bad = True
    inside = value[position + 1 : end].strip()
    if "(" in inside:
        inside = _without_comments(inside)
    if inside.startswith("@") and ":" in inside:
        inside = inside.partition(":")[2]
    entry.angle = inside.strip()
    return end + 1
