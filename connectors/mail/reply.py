"""The new words of a reply, apart from the quoted tail and the signature; and whether a mail was forwarded.

One pass over the lines from the top. Four things begin a quoted tail: a separator ("-----Original Message-----"), a
block of header lines (Outlook), an attribution ("On … Alice wrote:"), and lines marked with ">". Answers written
between quoted lines keep those lines, which they need to be understood. What was forwarded is what the sender wants us
to read, and is never cut. In doubt nothing is cut.
"""

# ruff: noqa: RUF001  # dashes and colons of other alphabets are what is looked for

from __future__ import annotations

import re
from typing import NamedTuple

from connectors.mail import phrases, signature

_ADDRESS = re.compile(r"[^\s<>]{1,100}@[^\s<>]{1,100}")
_TIME = re.compile(r"\d{1,2}[:.h]\d{2}")
_ENDINGS = (":", *phrases.VERBS, *(f"{verb}…" for verb in ("wrote",)), "：")
_VERB = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, phrases.VERBS)) + r")(?!\w)", re.IGNORECASE)
_EDGE = " \t-_*=—–>:#"
_FRAME = "-_*=—–"
_QUOTED_VERB = re.compile(r">\s*(?:\S{1,12}\s?){0,2}:")
_MAX_LINES_OF_ATTRIBUTION = 4
_MAX_ATTRIBUTION = 500
_MAX_HEADER_LINES = 12
_MAX_TEXT = 128 * 1024
_WRAPPED = 68


class Reply(NamedTuple):
    """The new words, and whether the mail hands on somebody else's."""

    new_text: str
    forwarded: bool


class _Mark(NamedTuple):
    """Where a quoted tail may begin: the line, the line after the introduction, and what kind of introduction it is."""

    line: int
    after: int
    kind: str


def split(text: str, subject: str = "") -> Reply:
    """Return what the sender newly wrote, and whether somebody else's mail is handed on."""
    lines = text[:_MAX_TEXT].split("\n")
    first = _first_mark(lines)
    if first is not None and (first.kind == "forward" or _hands_on(first, lines, subject)):
        return Reply(text.strip(), forwarded=True)
    if first is None and len(text) > _MAX_TEXT:
        return Reply(text.strip(), forwarded=False)
    kept = _without_quotes(lines, first)
    return Reply("\n".join(signature.without(kept)).strip(), forwarded=False)


def new_text(text: str, subject: str = "") -> str:
    """Return what the sender newly wrote."""
    return split(text, subject).new_text


def _hands_on(first: _Mark, lines: list[str], subject: str) -> bool:
    """Outlook forwards as it replies: the subject tells, or that nothing stands above the header block."""
    if first.kind not in {"headers", "separator"}:
        return False
    if subject.lower().startswith(phrases.FORWARD_PREFIXES):
        return True
    return first.kind == "headers" and not any(line.strip(_EDGE) for line in lines[: first.line])


def _first_mark(lines: list[str], start: int = 0) -> _Mark | None:
    """Find the first line that introduces a quoted tail or a forwarded mail."""
    for index in range(start, len(lines)):
        line = lines[index].strip()
        if not line:
            continue
        if line[0] in _FRAME:
            mark = _separator(index, line)
        elif line[0] == ">" and not _QUOTED_VERB.fullmatch(line):
            continue
        else:
            mark = None
        if mark is None and ":" in line:
            mark = _header_block(lines, index, line)
        if mark is None and len(line) <= _MAX_ATTRIBUTION and line.rstrip(_FRAME + " ").endswith(_ENDINGS):
            mark = _attribution(lines, index, start)
        if mark is not None:
            return mark
    return None


def _separator(index: int, line: str) -> _Mark | None:
    words = line.strip(_EDGE).lower()
    if not words or len(words) > 60:
        return None
    if words in phrases.QUOTE_SEPARATORS:
        return _Mark(index, index + 1, "separator")
    if words in phrases.FORWARD_SEPARATORS or words.startswith("forwarded by "):
        return _Mark(index, index + 1, "forward")
    return None


def _label(line: str) -> str:
    name, colon, _ = line[:60].replace("：", ":", 1).partition(":")
    return name.strip().strip("*>_\u200e\u200f").strip().lower() if colon and len(name) < 40 else ""


def _header_block(lines: list[str], index: int, line: str) -> _Mark | None:
    """Recognise the header lines Outlook and others put above what they quote: who, and two of when, to whom, what."""
    label = _label(line)
    if label in phrases.FORWARD_SEPARATORS:
        return _Mark(index, index + 1, "forward")
    if label not in phrases.FROM_LABELS and label not in phrases.OTHER_LABELS:
        return None
    labels = {label}
    last = index
    for number in range(index + 1, min(index + _MAX_HEADER_LINES, len(lines))):
        label = _label(lines[number])
        if label in phrases.FROM_LABELS or label in phrases.OTHER_LABELS:
            labels.add(label)
            last = number
        elif number - last > 2:
            break
    block = " ".join(lines[index : last + 1])
    if labels.isdisjoint(phrases.FROM_LABELS) or len(labels) < 3:
        return None
    is_mail = "@" in block or not labels.isdisjoint(phrases.SUBJECT_LABELS)
    return _Mark(index, last + 1, "headers") if is_mail else None


def _attribution(lines: list[str], index: int, start: int) -> _Mark | None:
    """Recognise "On Monday, Alice <alice@example.org> wrote:", also when it was wrapped over up to four lines."""
    quote_follows = _next_is_quoted(lines, index + 1)
    fallback = None
    joined = ""
    for number in range(index, max(index - _MAX_LINES_OF_ATTRIBUTION, start - 1), -1):
        line = lines[number].strip() if len(lines[number]) <= _MAX_ATTRIBUTION else ""
        if not line or (line[0] == ">" and number != index) or len(joined) > _MAX_ATTRIBUTION:
            break
        joined = f"{line} {joined}".strip(" -")
        if _introduces(joined, quote_follows=quote_follows):
            if _starts_well(joined):
                return _Mark(number, index + 1, "attribution")
            fallback = fallback or _Mark(number, index + 1, "attribution")
    return fallback


def _introduces(text: str, *, quote_follows: bool) -> bool:
    """Say whether a line ends in "wrote", or names a time and an author and ends in a colon."""
    bare = _ADDRESS.sub("", text) if "@" in text else text
    digits = sum(map(str.isdigit, bare))
    starts_well = _starts_well(text)
    if text.rstrip(" :-").lower().endswith(phrases.VERBS):
        return quote_follows or digits >= 3 or (digits > 0 and starts_well)
    if digits < 3 or not text.endswith((":", "：")):
        return False
    if "@" in text and _TIME.search(bare) is not None:
        return True
    return ("@" in text or starts_well) and _VERB.search(text) is not None


def _starts_well(text: str) -> bool:
    word = text.partition(" ")[0].strip("*_\"'.,").lower()
    return word in phrases.STARTERS or word[:1].isdigit()


def _next_is_quoted(lines: list[str], start: int) -> bool:
    for line in lines[start : start + 6]:
        if line.strip():
            return line.lstrip().startswith(">")
    return False


def _without_quotes(lines: list[str], first: _Mark | None) -> list[str]:
    """Leave out the quoted tail, and a single introduced quotation that stands above or amid the new words."""
    blocks: list[tuple[int, int, bool]] = []
    mark = first
    position = 0
    while position < len(lines):
        if mark is not None and mark.line == position:
            end = _quote_end(lines, mark.after)
            if end == mark.after:
                return _with_blocks(lines[: mark.line] or lines, blocks, whole=lines)
            blocks.append((mark.line, end, True))
            position = end
            mark = _first_mark(lines, end)
        elif lines[position].lstrip().startswith(">"):
            end = _quote_end(lines, position)
            blocks.append((position, end, False))
            position = end
            mark = _first_mark(lines, end) if mark is not None and mark.line < end else mark
        else:
            position += 1
    return _with_blocks(lines, blocks, whole=lines)


def _quote_end(lines: list[str], start: int) -> int:
    """Return the line after a quotation; a line within it that lost its > when it was wrapped belongs to it."""
    end = start
    for number in range(start, len(lines)):
        line = lines[number].lstrip()
        if line.startswith(">"):
            end = number + 1
        elif line and not _was_wrapped(lines, number, end):
            break
    return end


def _was_wrapped(lines: list[str], number: int, end: int) -> bool:
    """A line lost its > when the full line before it was wrapped; an answer below a short line is an answer."""
    if end != number or number + 1 >= len(lines) or not lines[number + 1].lstrip().startswith(">"):
        return False
    before, line = lines[number - 1].rstrip(), lines[number].strip()
    return len(before) + 1 + len(line.split(" ", 1)[0]) > _WRAPPED


def _with_blocks(lines: list[str], blocks: list[tuple[int, int, bool]], whole: list[str]) -> list[str]:
    if not any(line.strip(_EDGE) for line in lines):
        return whole
    while blocks and not _has_words(lines, blocks[-1][1]):
        start, _, _ = blocks.pop()
        lines = lines[:start]
    if len(blocks) == 1 and blocks[0][2]:
        start, end, _ = blocks[0]
        return lines[:start] + lines[end:]
    return lines


def _has_words(lines: list[str], start: int) -> bool:
    return any(line.strip() for line in signature.without(lines[start:]))
