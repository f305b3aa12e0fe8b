"""Every error as one sentence that says what to do."""

from __future__ import annotations

from connectors.errors import ChannelError

HINT = "Run `inbox --debug` with the same command to see where, and please report it."


def sentence(error: BaseException) -> str:
    """Put an error into one line. Those of the house are sentences already; others are named, with a hint."""
    if isinstance(error, ChannelError) or type(error).__module__.startswith("inbox."):
        return _one_line(str(error)) or f"{type(error).__name__}."
    if isinstance(error, OSError):
        return _of_the_machine(error)
    if type(error).__module__.startswith(("sqlalchemy", "psycopg", "sqlite3", "alembic")):
        return _of_the_database(error)
    return f"Something unexpected went wrong ({type(error).__name__}: {_one_line(str(error))[:200]}). {HINT}"


def _of_the_machine(error: OSError) -> str:
    told = error.strerror or _one_line(str(error)) or type(error).__name__
    return f"{error.filename}: {told}." if error.filename else f"{told}."


def _of_the_database(error: BaseException) -> str:
    told = _one_line(str(getattr(error, "orig", None) or error))[:300].rstrip(".")
    return f"The database says: {told}. Check INBOX_DATABASE_URL and INBOX_DATA_DIR, then run `inbox doctor`."


def _one_line(text: str) -> str:
    return " ".join(text.split())
