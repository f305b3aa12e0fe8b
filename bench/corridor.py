"""The corridor: a full mailbox is fetched, stored, read, threaded and indexed, beside the limits of each step."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa
from dovecot import Dovecot
from postgres import Postgres

from bench import servers
from bench.mails import mails
from bench.watch import Spent, watched
from connectors.contract import Arrival, Pulls
from connectors.mail.parse import read_mail
from inbox.flow.context import Context
from inbox.flow.pull import pull_all
from inbox.store import accounts, arrivals
from inbox.store.tables import Blob
from inbox.store.tools import table

HUNDRED = 100
SQLITE, POSTGRES = "SQLite", "PostgreSQL"


def limits(server: Dovecot, raws: Sequence[bytes], names: Sequence[str]) -> dict[str, Spent]:
    """Measure each step alone, with the least around it."""
    measured = {"fetch": _fetch(server, len(raws)), "parse": _parse(raws)}
    for name, url in urls(names):
        measured[f"insert, {name}"] = _insert(url, raws)
    return measured


@contextmanager
def _postgres() -> Iterator[str]:
    with Postgres(durable=True) as server:
        yield server.fresh_database()


def urls(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield an empty database of each kind, durable, and remove it after its use."""
    for name in names:
        if name == SQLITE:
            with TemporaryDirectory(prefix="u24-bench-") as folder:
                yield name, f"sqlite:///{folder}/under24.db"
        else:
            with _postgres() as url:
                yield name, url


def _fetch(server: Dovecot, count: int) -> Spent:
    """Fetch everything with the standard library's client, a hundred mails a FETCH."""
    with server.client() as client, watched(count) as spent:
        client.select(readonly=True)
        found = client.uid("SEARCH", "ALL")[1][0].split()
        for start in range(0, len(found), HUNDRED):
            client.uid("FETCH", b",".join(found[start : start + HUNDRED]).decode(), "(UID BODY.PEEK[])")
    return spent


def _parse(raws: Sequence[bytes]) -> Spent:
    now = datetime.now(UTC)
    heard = [Arrival(external_id=str(number), raw=raw, received_at=now) for number, raw in enumerate(raws)]
    own = frozenset({"support@example.com"})
    with watched(len(raws)) as spent:
        for arrival in heard:
            read_mail(arrival, own)
    return spent


def _insert(url: str, raws: Sequence[bytes]) -> Spent:
    """Insert raw rows under their hash, a hundred a commit, with every commit on the disk."""
    engine = sa.create_engine(url)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _make_durable)
    blobs = table(Blob)
    with engine.connect() as connection:
        blobs.create(connection)
        connection.commit()
        with watched(len(raws)) as spent:
            for start in range(0, len(raws), HUNDRED):
                some = raws[start : start + HUNDRED]
                rows = [{"sha256": hashlib.sha256(raw).digest(), "size": len(raw), "data": raw} for raw in some]
                connection.execute(sa.insert(blobs), rows)
                connection.commit()
    engine.dispose()
    return spent


def _make_durable(connection: sa.engine.interfaces.DBAPIConnection, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.close()


def our_fetch(context: Context) -> Spent:
    """Fetch everything with our connector, and keep nothing."""
    with _connector(context) as connector, watched(0) as spent:
        cursor, more, count = None, True, 0
        while more:
            batch = connector.fetch(cursor)
            cursor, more, count = batch.cursor, batch.more, count + len(batch.arrivals)
        spent.count = count
    return spent


def catch_up(context: Context) -> Spent:
    """Carry the whole mailbox through the corridor; ValueError when not all of it became messages."""
    account_id = servers.account_id(context)
    with _connector(context) as connector, watched(0) as spent:
        spent.count = pull_all(context, account_id, connector)
    with context.store.reading() as session:
        tally = arrivals.ledger(session)[account_id]
    if tally.threaded != spent.count or not tally.balanced:
        raise ValueError(f"Of {spent.count} mails not all became messages: {tally}.")
    return spent


@contextmanager
def _connector(context: Context) -> Iterator[Pulls]:
    with context.store.reading() as session:
        account = accounts.get(session, servers.account_id(context))
    if account is None:
        raise LookupError("The house has no account.")
    connector = context.channels.open(account)
    try:
        if not isinstance(connector, Pulls):
            raise TypeError("The account has no mailbox.")
        yield connector
    finally:
        connector.close()


def measure(count: int, names: Sequence[str] = (SQLITE, POSTGRES)) -> dict[str, Spent]:
    """Measure limits and corridor over one mailbox of `count` mails."""
    raws = list(mails(count))
    with servers.mailbox(raws) as server:
        measured = limits(server, raws, names)
        for name, url in urls(names):
            with TemporaryDirectory(prefix="u24-bench-") as folder, servers.house(Path(folder), url, server) as context:
                if "our fetch" not in measured:
                    measured["our fetch"] = our_fetch(context)
                measured[f"corridor, {name}"] = catch_up(context)
    return measured


def profiled(count: int, run: Callable[[Context], object] = catch_up, kind: str = SQLITE) -> None:
    """Run the corridor under a profiler someone else started."""
    with servers.mailbox(list(mails(count))) as server:
        for _, url in urls((kind,)):
            with TemporaryDirectory(prefix="u24-bench-") as folder, servers.house(Path(folder), url, server) as context:
                run(context)
