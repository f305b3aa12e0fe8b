"""People in a CSV file: in with a mapping of columns, and out again in a form that no spreadsheet takes for formulas.

A person is known by an address or number: who is known already gets the attributes of the file and keeps their name.
Two people whom the file says are one stay two, and are counted: that is for a teammate to decide.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inbox.flow import erased
from inbox.flow.errors import RefusedError
from inbox.flow.foreign.shapes import address
from inbox.flow.spreadsheet import line
from inbox.say import say
from inbox.store import people_file, tombstones
from inbox.store.tools import clean

if TYPE_CHECKING:
    from inbox.flow.context import Context
    from inbox.store.db import Session, Work
    from inbox.vault import Vault

FIELDS = ("", "name", "first", "last", "mail", "phone", "notes", "attribute")
PREVIEW = 5
BATCH = 200
COLUMNS, CELL, NAME, ATTRIBUTES = 100, 2000, 200, 50
_SNIFFED = 64 * 1024
_GUESSES = (
    ("mail", r"e-?mail( address| 1( - value)?)?|mail|courriel|adresse (e-?mail|électronique)"),
    ("first", r"first ?name|given ?name|prénom"),
    ("last", r"last ?name|family ?name|surname|nom de famille"),
    ("name", r"(full ?|display ?|contact ?)?name|nom( complet)?"),
    ("phone", r"phone( number)?|mobile|telephone|téléphone|portable|phone 1 - value"),
    ("notes", r"notes?|remarks?|comments?|remarques?|commentaires?"),
)
_PHONE = re.compile(r"\+?[0-9]{6,15}")


@dataclass(frozen=True, slots=True)
class Shape:
    """How a file is written: its encoding and delimiter, its columns, its first rows, and what they seem to hold."""

    encoding: str
    delimiter: str
    columns: list[str]
    rows: list[list[str]]
    guesses: list[str]


@dataclass
class Counts:
    """What became of the rows."""

    rows: int = 0
    new: int = 0
    known: int = 0
    nobody: int = 0
    two: int = 0
    erased: int = 0

    def as_words(self) -> dict[str, Any]:
        """Return the counts by name."""
        return dict(self.__dict__)


def shape(path: Path) -> Shape:
    """Find out how a file is written. RefusedError when it is no table."""
    with path.open("rb") as file:
        head = file.read(_SNIFFED)
    encoding = _encoding(head, whole=path.stat().st_size <= _SNIFFED)
    text = head.decode(encoding, "replace")
    delimiter = _delimiter(text)
    with path.open(encoding=encoding, errors="replace", newline="") as lines:
        table = _rows(lines, delimiter)
        columns = [clean(one).strip()[:NAME] for one in next(table, [])]
        rows = [row for row, _ in zip(table, range(PREVIEW), strict=False)]
    if len(columns) > COLUMNS or not any(columns) or "\0" in text:
        raise RefusedError(say("This is not a table with one person a line: save it as CSV."))
    return Shape(encoding, delimiter, columns, rows, _guess(columns))


def _encoding(head: bytes, *, whole: bool) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        head[: None if whole else -4].decode("utf-8")
    except UnicodeDecodeError as error:
        return "utf-8-sig" if not whole and error.start >= len(head) - 8 else "cp1252"
    return "utf-8-sig"


def _delimiter(text: str) -> str:
    first = text.splitlines()[0] if text.strip() else ""
    return max(",;\t|", key=lambda sign: _outside_quotes(first, sign))


def _outside_quotes(line: str, sign: str) -> int:
    return sum(part.count(sign) for part in line.split('"')[::2])


def _rows(lines: Any, delimiter: str) -> Iterator[list[str]]:  # noqa: ANN401 - an iterable of text
    try:
        for row in csv.reader(lines, delimiter=delimiter):
            if any(cell.strip() for cell in row):
                yield [clean(cell)[:CELL] for cell in row[: COLUMNS + 1]]
    except csv.Error as error:
        raise RefusedError(say("This is not a table with one person a line: save it as CSV.")) from error


def _guess(columns: Sequence[str]) -> list[str]:
    """Guess what each column holds; what is not known is an attribute of its own name."""
    return [
        next((field for field, words in _GUESSES if re.fullmatch(words, one.lower())), "attribute" if one else "")
        for one in columns
    ]


def checked(found: Shape, columns: Sequence[str]) -> list[str]:
    """Return a mapping that can be used. RefusedError."""
    if len(columns) != len(found.columns) or not set(columns) <= set(FIELDS):
        raise RefusedError(say("Say for each column what it holds."))
    if "mail" not in columns and "phone" not in columns:
        raise RefusedError(say("One column must hold an address or a number: people are known by it."))
    return list(columns)


def take_in(context: Context, path: Path, columns: Sequence[str], progress: Callable[[int, int], None]) -> Counts:
    """Take in every row, in bounded batches."""
    found = shape(path)
    columns = checked(found, columns)
    counts, batch = Counts(), list[list[str]]()
    with path.open(encoding=found.encoding, errors="replace", newline="") as lines:
        table = _rows(lines, found.delimiter)
        next(table, None)
        for row in table:
            batch.append(row)
            if len(batch) >= BATCH:
                _take_in(context, found.columns, columns, batch, counts)
                progress(counts.rows, 0)
                batch = []
    _take_in(context, found.columns, columns, batch, counts)
    return counts


def _take_in(
    context: Context, names: Sequence[str], columns: Sequence[str], batch: Sequence[list[str]], counts: Counts
) -> None:
    with context.store.unit_of_work() as work:
        for row in batch:
            counts.rows += 1
            _one(work, context.vault, _person(names, columns, row), counts)


@dataclass
class _Person:
    name: str
    notes: str
    handles: list[tuple[str, str]]
    data: dict[str, str]


def _person(names: Sequence[str], columns: Sequence[str], row: Sequence[str]) -> _Person:
    cells = [
        (field, name, cell.strip()) for field, name, cell in zip(columns, names, row, strict=False) if cell.strip()
    ]

    def of(wanted: str) -> list[str]:
        return [cell for field, _, cell in cells if field == wanted]

    mails = [("mail", found) for cell in of("mail") for one in re.split(r"[,;\s]+", cell) if (found := address(one))]
    numbers = [("phone", found) for cell in of("phone") if (found := phone(cell))]
    name = " ".join(of("name")) or " ".join([*of("first"), *of("last")])
    data = {name[:NAME]: cell[:CELL] for field, name, cell in cells if field == "attribute" and name}
    return _Person(" ".join(name.split())[:NAME], "\n".join(of("notes")), list(dict.fromkeys([*mails, *numbers])), data)


def phone(text: str) -> str:
    """Return a number as it is dialled, "" when it is none: +33612345678."""
    bare = re.sub(r"[\s().\-/\u00a0]", "", text)
    bare = f"+{bare[2:]}" if bare.startswith("00") else bare
    return bare if _PHONE.fullmatch(bare) else ""


def _one(work: Work, vault: Vault, person: _Person, counts: Counts) -> None:
    if not person.handles:
        counts.nobody += 1
        return
    keys = [erased.person_key(vault, kind, value) for kind, value in person.handles]
    if tombstones.buried(work.session, keys):
        counts.erased += 1
        return
    known = people_file.contacts_of(work.session, person.handles)
    if len(set(known.values())) > 1:
        counts.two += 1
        return
    counts.known += bool(known)
    counts.new += not known
    contact_id = next(iter(known.values()), None)
    if contact_id is None:
        contact_id = people_file.add(work, person.name or person.handles[0][1])
    else:
        people_file.call(work, contact_id, person.name)
    people_file.add_handles(work, contact_id, [one for one in person.handles if one not in known], person.name)
    people_file.add_facts(work, contact_id, person.data, person.notes, most=ATTRIBUTES)


# Out ----------------------------------------------------------------------------------------------------------------


def lines(session: Session) -> Iterator[str]:
    """Write every person who is known by something as lines of CSV, a page at a time."""
    names = people_file.attribute_names(session)
    yield line(["name", "mail", "phone", "other", "notes", "known since", *names])
    for page in people_file.pages(session):
        for contact, handles in page:
            mails = " ".join(value for kind, value in handles if kind == "mail")
            numbers = " ".join(value for kind, value in handles if kind == "phone")
            others = " ".join(f"{kind}:{value}" for kind, value in handles if kind not in {"mail", "phone"})
            told = [contact.name, mails, numbers, others, contact.notes, contact.created_at.date().isoformat()]
            yield line([*told, *(str(contact.data.get(name, "")) for name in names)])
