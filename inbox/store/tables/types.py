"""Column types both databases understand alike."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, BigInteger, DateTime, Integer
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect
    from sqlalchemy.types import TypeEngine


class Utc(TypeDecorator[datetime]):
    """An aware UTC datetime: timestamptz on PostgreSQL, microseconds since 1970 on SQLite, which has no such type."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the database's own type."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(DateTime(timezone=True))
        return dialect.type_descriptor(BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:  # noqa: ANN401
        """Refuse naive times: they are bugs."""
        if value is None:
            return None
        if value.tzinfo is None:
            message = f"{value!r} has no time zone."
            raise ValueError(message)
        if dialect.name == "postgresql":
            return value
        return to_micros(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ANN401
        """Give back an aware UTC time."""
        if value is None:
            return None
        if dialect.name == "postgresql":
            return value.astimezone(UTC) if isinstance(value, datetime) else None
        return from_micros(int(value))


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_micros(value: datetime) -> int:
    """Return whole microseconds since 1970, exact (no float on the way)."""
    span = value - _EPOCH
    return (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds


def from_micros(value: int) -> datetime:
    """Turn microseconds since 1970 into an aware UTC time, exact."""
    seconds, micros = divmod(value, 1_000_000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=micros)


BigId = BigInteger().with_variant(Integer, "sqlite")
"""A 64-bit key; SQLite wants the word INTEGER to make it the rowid."""

Json = JSON().with_variant(JSONB, "postgresql")
