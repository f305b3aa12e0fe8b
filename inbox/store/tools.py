"""Small things every file of questions needs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import SQLModel

from inbox.store.db import Work

T = TypeVar("T")
CHUNK = 500


def table(model: type[SQLModel]) -> sa.Table:
    """Return the table behind a model."""
    return cast("sa.Table", model.__table__)  # type: ignore[attr-defined]


def chunked(items: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """Cut a long list into pieces that a database takes as parameters of one IN."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def insert_new(work: Work, model: type[SQLModel], rows: list[dict[str, Any]]) -> None:
    """Insert rows and leave out those whose unique key is there already."""
    if not rows:
        return
    dialect = postgresql if work.dialect == "postgresql" else sqlite
    work.session.connection().execute(dialect.insert(table(model)).on_conflict_do_nothing(), rows)


def clean(text: str) -> str:
    """Take out NUL, which PostgreSQL cannot store, and lone surrogates, which UTF-8 cannot."""
    if "\0" in text:
        text = text.replace("\0", "")
    if text.isascii():
        return text
    return text.encode("utf-8", "replace").decode("utf-8")
