"""The corridor's memory of what was erased: the same mail, offered again, is ignored and its bytes are let go.

A provider offers mail again after a move, a new UIDVALIDITY, a reconciliation; a teammate may import an old mailbox.
What is remembered is a keyed hash of the raw bytes, of the Message-ID, and of the person's addresses; an address only
counts for mail that its provider had before the erasure. Whoever writes again later is heard like anybody else.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from inbox.say import say
from inbox.store import tombstones

if TYPE_CHECKING:
    from pathlib import Path

    from connectors.contract import Handle
    from inbox.flow.scene import Reading
    from inbox.store.db import Work
    from inbox.store.erasing import Removed
    from inbox.vault import Vault

FILE = "erased.keys"
"""In the data folder: a line for each handle of whoever was erased, a keyed hash and the time (UTC)."""
REASON = say("It was erased: it is not taken in again.")


def raw_key(vault: Vault, sha256: bytes) -> str:
    """Stand for raw bytes."""
    return vault.sign("erased raw", sha256.hex())


def mail_key(vault: Vault, message_id: str) -> str:
    """Stand for a Message-ID."""
    return vault.sign("erased mail", message_id)


def person_key(vault: Vault, kind: str, value: str) -> str:
    """Stand for an address, number or handle."""
    return vault.sign("erased person", kind, value)


def bury(work: Work, vault: Vault, removed: Removed) -> None:
    """Remember what a batch held."""
    keys = {raw_key(vault, sha256) for sha256 in removed.raws} | {mail_key(vault, name) for name in removed.mails}
    tombstones.bury(work, keys)


def bury_person(work: Work, vault: Vault, handles: Iterable[tuple[str, str]], at: datetime) -> None:
    """Remember a person's addresses, as of then."""
    tombstones.bury(work, {person_key(vault, kind, value) for kind, value in handles}, at)


def note(folder: Path, vault: Vault, handles: Iterable[tuple[str, str]], at: datetime) -> None:
    """Write down beside the database who is erased, as keyed hashes: an older copy of it does not know."""
    lines = [f"{person_key(vault, kind, value)} {at.isoformat()}\n" for kind, value in sorted(set(handles))]
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    broken_off = (folder / FILE).is_file() and not (folder / FILE).read_bytes().endswith(b"\n")
    with (folder / FILE).open("a", encoding="ascii") as file:
        (folder / FILE).chmod(0o600)
        file.writelines(["\n", *lines] if broken_off else lines)
        file.flush()
        os.fsync(file.fileno())


def noted(folder: Path) -> dict[str, datetime]:
    """Return who was erased when, by what was written down; a line that broke off is passed over."""
    path, found = folder / FILE, dict[str, datetime]()
    for line in path.read_text(encoding="ascii", errors="replace").splitlines() if path.is_file() else ():
        key, _, at = line.partition(" ")
        with suppress(ValueError, TypeError):  # a time that broke off before its zone cannot be compared
            found[key] = max(datetime.fromisoformat(at), found.get(key, datetime.min.replace(tzinfo=UTC)))
    return found


def back(work: Work, vault: Vault, own: frozenset[str], readings: Sequence[Reading]) -> set[int]:
    """Return the arrivals among these readings that were erased before."""
    if not tombstones.anything_buried(work.session):
        return set()
    keys = {reading.item.id: _keys(vault, own, reading) for reading in readings}
    known = tombstones.buried(work.session, {key for some in keys.values() for group in some for key in group})
    if not known:
        return set()
    items = [reading.item for reading in readings]
    return {item.id for item in items if _is_back(keys[item.id], known, item.arrival.received_at)}


def _keys(vault: Vault, own: frozenset[str], reading: Reading) -> tuple[list[str], list[str]]:
    """Return the keys of the mail itself, and of everybody it is from or, if it is ours, to."""
    mine, inbound = [raw_key(vault, reading.item.sha256)], reading.inbound
    if inbound is None:
        return mine, []
    if inbound.message_id:
        mine.append(mail_key(vault, inbound.message_id))
    people: list[Handle] = [inbound.sender] if inbound.sender else []
    if inbound.direction == "out":
        people = [one for one in (*inbound.to, *inbound.cc) if one.value not in own]
    return mine, [person_key(vault, one.kind, one.value) for one in people]


def _is_back(keys: tuple[list[str], list[str]], known: dict[str, datetime], received_at: datetime) -> bool:
    mine, people = keys
    if any(key in known for key in mine):
        return True
    return bool(people) and all(key in known and received_at < known[key] for key in people)


def let_go(work: Work, arrival_ids: set[int]) -> None:
    """Remove the bytes of arrivals that came back."""
    loose = tombstones.empty_arrivals(work, sorted(arrival_ids), REASON)
    tombstones.drop_blobs(work, loose)
