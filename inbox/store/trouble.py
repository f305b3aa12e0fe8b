"""What can go wrong with the database, by names the other rooms may know."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

Trouble = SQLAlchemyError
"""The store could not be used, for whatever reason."""
Refused = DBAPIError
"""The database did not take a statement, or could not be reached."""
Conflict = IntegrityError
"""A law of the schema stood against it: a unique key, a check, a foreign key."""

__all__ = ["Conflict", "Refused", "Trouble"]
