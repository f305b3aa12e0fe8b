"""Named questions about arrivals: storing them, handing them out to be read, counting them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate, takewhile
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from connectors import contract
from inbox.store.db import Work
from inbox.store.tables import Account, Arrival, Blob
from inbox.store.tools import chunked, clean, insert_new, table

STATES = ("threaded", "duplicate", "quarantined", "ignored", "pending")
LEASE = timedelta(seconds=120)
CLAIM_BYTES = 32 * 1024 * 1024
"""How many bytes of raw mail are taken into memory at once; one mail may be larger."""

_accounts = table(Account)
_arrivals = table(Arrival)
_blobs = table(Blob)


@dataclass(frozen=True, slots=True)
class ToRead:
    """An arrival that is to be read, with its raw bytes. `tries` counts the readings begun, this one included."""

    id: int
    account_id: int
    sha256: bytes
    arrival: contract.Arrival
    stored_at: datetime
    tries: int


@dataclass(frozen=True, slots=True)
class Tally:
    """The ledger of one account or of all: law 2 says that arrivals is the sum of the others."""

    arrivals: int
    threaded: int
    duplicates: int
    quarantined: int
    ignored: int
    pending: int

    @property
    def balanced(self) -> bool:
        """Whether law 2 holds."""
        return self.arrivals == self.threaded + self.duplicates + self.quarantined + self.ignored + self.pending


def store(work: Work, account_id: int, arrivals: Sequence[contract.Arrival], *, claimed: bool = True) -> list[ToRead]:
    """Store what is new of these and return it; what the account has already is left out.

    claimed: the caller reads them now; else they are pending for whoever claims them.
    """
    new = _unknown(work, account_id, arrivals)
    hashes = {arrival.external_id: hashlib.sha256(arrival.raw).digest() for arrival in new}
    blobs = {hashes[a.external_id]: a.raw for a in new}
    insert_new(work, Blob, [{"sha256": key, "size": len(raw), "data": raw} for key, raw in blobs.items()])
    ids = work.ids(Arrival, len(new))
    work.insert(
        Arrival,
        [_row(work, row_id, account_id, hashes[a.external_id], a, claimed) for row_id, a in zip(ids, new, strict=True)],
    )
    return [
        ToRead(row_id, account_id, hashes[a.external_id], a, work.now, 1) for row_id, a in zip(ids, new, strict=True)
    ]


def _unknown(work: Work, account_id: int, arrivals: Sequence[contract.Arrival]) -> list[contract.Arrival]:
    by_id = {arrival.external_id: arrival for arrival in arrivals}
    return [by_id[external_id] for external_id in missing(work.session, account_id, by_id)]


def missing(session: Session, account_id: int, external_ids: Iterable[str]) -> list[str]:
    """Return those of these ids that the account has no arrival of, in the order given."""
    asked = list(dict.fromkeys(external_ids))
    known: set[str] = set()
    for chunk in chunked(asked):
        query = sa.select(_arrivals.c.external_id).where(
            _arrivals.c.account_id == account_id, _arrivals.c.external_id.in_(chunk)
        )
        known.update(session.execute(query).scalars())
    return [external_id for external_id in asked if external_id not in known]


def _row(
    work: Work,
    row_id: int,
    account_id: int,
    sha256: bytes,
    arrival: contract.Arrival,
    claimed: bool,  # noqa: FBT001
) -> dict[str, Any]:
    return {
        "id": row_id,
        "account_id": account_id,
        "external_id": arrival.external_id,
        "sha256": sha256,
        "size": arrival.size or len(arrival.raw),
        "complete": arrival.complete,
        "direction": arrival.direction,
        "folder": arrival.folder,
        "facts": {name: clean(value) for name, value in arrival.facts.items()},
        "received_at": arrival.received_at,
        "stored_at": work.now,
        "state": "pending",
        "reason": "",
        "tries": int(claimed),
        "not_before": work.now + LEASE if claimed else work.now,
    }


def retire_names(work: Work, account_id: int) -> None:
    """Keep the names of another mailbox's mails from standing for this one's: servers count alike."""
    stamp = f"was {work.now.isoformat(timespec='seconds')};"
    renamed = sa.update(_arrivals).where(_arrivals.c.account_id == account_id)
    work.session.execute(renamed.values(external_id=sa.literal(stamp) + _arrivals.c.external_id))


def _oldest() -> sa.Select[Any]:
    """Select the oldest pending arrival of each account: nothing younger is read before it."""
    mine = sa.and_(_arrivals.c.account_id == _accounts.c.id, _arrivals.c.state == "pending")
    oldest = sa.select(sa.func.min(_arrivals.c.id)).where(mine).correlate(_accounts).scalar_subquery()
    return sa.select(oldest).select_from(_accounts)


def due_accounts(session: Session, now: datetime) -> list[int]:
    """Return the accounts whose oldest pending arrival nobody reads now."""
    query = sa.select(_arrivals.c.account_id).where(_arrivals.c.id.in_(_oldest()), _arrivals.c.not_before <= now)
    return sorted(session.execute(query).scalars())


def any_pending(session: Session, account_id: int) -> bool:
    """Whether anything of an account is still to be read, now or later."""
    query = sa.select(sa.literal(1)).where(_arrivals.c.account_id == account_id, _arrivals.c.state == "pending")
    return session.execute(query.limit(1)).first() is not None


def claim(work: Work, account_id: int, limit: int) -> list[ToRead]:
    """Take the oldest arrivals of an account for LEASE, up to the first that another reads or that must wait.

    An answer is so never read before its question. Their tries rise. One whose reading did not end before is taken
    alone, so that a death counts against what was being read and not against its neighbours.
    """
    oldest = (
        sa.select(_arrivals.c.id, _arrivals.c.tries, _arrivals.c.not_before, _blobs.c.size)
        .join(_blobs)
        .where(_arrivals.c.state == "pending", _arrivals.c.account_id == account_id)
        .order_by(_arrivals.c.id)
        .limit(limit)
    )
    if work.dialect == "postgresql":
        oldest = oldest.with_for_update(of=_arrivals)
    rows = list(takewhile(lambda row: row.not_before <= work.now, work.session.execute(oldest)))
    totals = accumulate(row.size for row in rows)
    fresh = takewhile(lambda pair: pair[0].tries == 0 and pair[1] <= CLAIM_BYTES, zip(rows, totals, strict=True))
    ids = [row.id for row, _ in fresh] or [row.id for row in rows[:1]]
    if not ids:
        return []
    bump = {"tries": _arrivals.c.tries + 1, "not_before": work.now + LEASE}
    work.session.execute(sa.update(_arrivals).where(_arrivals.c.id.in_(ids)).values(**bump))
    query = sa.select(_arrivals, _blobs.c.data).join(_blobs).where(_arrivals.c.id.in_(ids)).order_by(_arrivals.c.id)
    return [_to_read(row) for row in work.session.execute(query)]


def _to_read(row: Any) -> ToRead:  # noqa: ANN401 - a row of SQLAlchemy
    arrival = contract.Arrival(
        external_id=row.external_id,
        raw=row.data,
        received_at=row.received_at,
        direction=row.direction,
        folder=row.folder,
        complete=row.complete,
        size=row.size,
        facts=row.facts,
    )
    return ToRead(row.id, row.account_id, row.sha256, arrival, row.stored_at, row.tries)


def release_all(work: Work) -> int:
    """Let every pending arrival be read at once: whoever held it is dead. Only the owner of the store may know that."""
    held = sa.update(_arrivals).where(_arrivals.c.state == "pending", _arrivals.c.not_before > work.now)
    return int(work.session.execute(held.values(not_before=work.now)).rowcount)  # type: ignore[attr-defined]


def still_held(work: Work, items: Iterable[ToRead]) -> set[int]:
    """Return those of these claims that hold, and lock them: an arrival that was claimed again since is another's.

    `tries` is the fencing token. Whoever was away for longer than the lease must not place what another has placed.
    """
    tries = {item.id: item.tries for item in items}
    held: set[int] = set()
    for chunk in chunked(sorted(tries)):
        query = sa.select(_arrivals.c.id, _arrivals.c.tries).where(
            _arrivals.c.id.in_(chunk), _arrivals.c.state == "pending"
        )
        if work.dialect == "postgresql":
            query = query.order_by(_arrivals.c.id).with_for_update()
        held.update(row_id for row_id, count in work.session.execute(query) if count == tries[row_id])
    return held


def end(work: Work, endings: list[dict[str, Any]]) -> None:
    """End arrivals: each of {arrival_id, state, reason, message_id}."""
    if not endings:
        return
    statement = (
        sa.update(_arrivals)
        .where(_arrivals.c.id == sa.bindparam("arrival_id"))
        .values(state=sa.bindparam("new_state"), reason=sa.bindparam("why"), message_id=sa.bindparam("message"))
    )
    rows = [
        {"arrival_id": e["arrival_id"], "new_state": e["state"], "why": e["reason"], "message": e["message_id"]}
        for e in endings
    ]
    work.session.connection().execute(statement, rows)


def postpone(work: Work, arrival_id: int, until: datetime) -> None:
    """Leave a pending arrival alone until then."""
    work.session.execute(sa.update(_arrivals).where(_arrivals.c.id == arrival_id).values(not_before=until))


def give_back(work: Work, items: Iterable[ToRead], until: datetime) -> None:
    """Leave claimed arrivals alone until then; this try does not count, for it was not their fault."""
    for chunk in chunked(sorted(still_held(work, items))):
        back = {"not_before": until, "tries": _arrivals.c.tries - 1}
        work.session.execute(sa.update(_arrivals).where(_arrivals.c.id.in_(chunk)).values(**back))


def release(work: Work, account_id: int) -> None:
    """Let every pending arrival of an account be read at once. Their tries stay: a claim must never be had twice."""
    held = sa.update(_arrivals).where(_arrivals.c.state == "pending", _arrivals.c.account_id == account_id)
    work.session.execute(held.where(_arrivals.c.not_before > work.now).values(not_before=work.now))


def pending_accounts(session: Session) -> list[int]:
    """Return the accounts that have arrivals which are not read yet."""
    query = sa.select(_arrivals.c.account_id).where(_arrivals.c.state == "pending")
    return sorted(session.execute(query.distinct()).scalars())


def reopen(work: Work, arrival_id: int) -> bool:
    """Make a quarantined or ignored arrival pending again, to be read now; False when it is not one of those."""
    again = sa.update(_arrivals).where(_arrivals.c.id == arrival_id, _arrivals.c.state.in_(("quarantined", "ignored")))
    values = {"state": "pending", "reason": "", "tries": 0, "not_before": work.now}
    return bool(work.session.execute(again.values(**values)).rowcount)  # type: ignore[attr-defined]


def raw(session: Session, sha256: bytes) -> bytes | None:
    """Return the raw bytes stored under a hash."""
    return session.execute(sa.select(_blobs.c.data).where(_blobs.c.sha256 == sha256)).scalar()


def next_due(session: Session) -> datetime | None:
    """Return when an account's oldest pending arrival may be read, the soonest of all; None when there is none."""
    query = sa.select(sa.func.min(_arrivals.c.not_before)).where(_arrivals.c.id.in_(_oldest()))
    return session.execute(query).scalar()


def any_ever(session: Session) -> bool:
    """Whether anything has ever arrived."""
    return session.execute(sa.select(_arrivals.c.id).limit(1)).first() is not None


def ledger(session: Session) -> dict[int, Tally]:
    """Count the arrivals of every account by state, from one index."""
    query = sa.select(_arrivals.c.account_id, _arrivals.c.state, sa.func.count()).group_by(
        _arrivals.c.account_id, _arrivals.c.state
    )
    counts: dict[int, dict[str, int]] = {}
    for account_id, state, number in session.execute(query):
        counts.setdefault(account_id, {})[state] = number
    return {account_id: tally(states) for account_id, states in counts.items()}


def tally(states: dict[str, int]) -> Tally:
    """Make a ledger line of counts by state; a state nobody knows counts as an arrival, so the imbalance shows."""
    return Tally(
        arrivals=sum(states.values()),
        threaded=states.get("threaded", 0),
        duplicates=states.get("duplicate", 0),
        quarantined=states.get("quarantined", 0),
        ignored=states.get("ignored", 0),
        pending=states.get("pending", 0),
    )


def total(tallies: Iterable[Tally]) -> Tally:
    """Add ledger lines up."""
    every = list(tallies)
    return Tally(*(sum(getattr(t, name) for t in every) for name in Tally.__dataclass_fields__))
