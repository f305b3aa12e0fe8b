"""Check that the laws hold on a store: nothing lost, doubled or forgotten."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

from inbox.store import arrivals, audit, verifying
from inbox.store.db import Store
from inbox.store.verifying import Broken

MOST_BLOBS = 20


def verify(store: Store, *, quick: bool = False, progress: Callable[[str], None] = lambda _name: None) -> list[str]:
    """Ask every question and return a sentence for each kind of damage, [] when all is well.

    quick: leave out what reads every byte (hashes of raw mail, SQLite's own check of its file).
    """
    found = _by_question(store, progress) + _audit(store, progress)
    if not quick:
        progress("raw mail")
        damaged = list(islice(verifying.damaged_blobs(store), MOST_BLOBS))
        found += [f"The raw mail {name} is not what was received." for name in damaged]
        if store.dialect == "sqlite":
            progress("the file")
            with store.reading() as session:
                found += verifying.damaged_file(session)
    return found


def _audit(store: Store, progress: Callable[[str], None]) -> list[str]:
    progress("audit log")
    with store.reading() as session:
        changed = audit.broken(session)
    return (
        [] if changed is None else [f"The audit log was changed at its row {changed}, or what stood before it is gone."]
    )


def _by_question(store: Store, progress: Callable[[str], None]) -> list[str]:
    with store.reading() as session:
        broken: list[Broken | None] = []
        unbalanced = [str(key) for key, tally in arrivals.ledger(session).items() if not tally.balanced]
        if unbalanced:
            told = "accounts whose arrivals are not the sum of what became of them (law 2)"
            broken.append(Broken("ledger", told, len(unbalanced), tuple(unbalanced)))
        for question in verifying.questions(store.dialect):
            progress(question.name)
            broken.append(verifying.ask(session, question))
        broken.append(verifying.causes(session))
        broken.append(verifying.unheard(session))
    return [_sentence(one) for one in broken if one]


def _sentence(broken: Broken) -> str:
    shown = ", ".join(broken.examples)
    more = " …" if broken.count > len(broken.examples) else ""
    return f"{broken.count} {broken.sentence}: {shown}{more}."
