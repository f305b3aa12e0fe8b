"""What is new in a mailbox, oldest first. It is only ever looked at.

A batch is made in three steps: which UIDs stand after the cursor, how large they are and when they came, and then
their bodies. Inbox and Sent are walked side by side by time, so that a question is met before its answer.
"""

from __future__ import annotations

import heapq
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from connectors.contract import Arrival, Batch
from connectors.errors import ChannelError, Permanent, Temporary
from connectors.mail import cursor as cursors
from connectors.mail.transfer import Got, Pick, Transfer, enter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from connectors.contract import Direction
    from connectors.mail.account import Account
    from connectors.mail.imap import Examined, Session

BATCH_MAILS = 400
BATCH_BYTES = 8 * 1024 * 1024
_MAX_CHANGES = 3
_MESSAGE_ID = re.compile(rb"^Message-ID:\s*<([\x21-\x3b\x3d\x3f-\x7e]{1,900})>", re.IGNORECASE | re.MULTILINE)


@dataclass(slots=True)
class Look:
    """One folder as it was just now: what stands after `place`, and whether more stands behind that."""

    folder: Examined
    direction: Direction
    place: cursors.Place
    picks: list[Pick] = field(default_factory=list)
    more: bool = False

    def pass_over(self, taken: Sequence[Pick]) -> None:
        """Move on behind what was taken."""
        uids = [pick.meta.uid for pick in taken if pick.folder.name == self.folder.name]
        self.place = cursors.Place(self.folder.validity, max(uids, default=self.place.uid))
        self.picks = [pick for pick in self.picks if pick.meta.uid > self.place.uid]


class _Kept(NamedTuple):
    """The looks that go on where this cursor stands."""

    cursor: str | None
    looks: list[Look]


class Mailbox:
    """The folders of one account, on a connection that is lent to each call.

    trouble: one sentence on a folder that could not be looked into, "" when all is well.
    next_uids: what UIDNEXT was in each folder at the last look; the bell compares.
    """

    def __init__(self, account: Account, clock: Callable[[], datetime]) -> None:
        self.account = account
        self.trouble = ""
        self.next_uids: dict[str, int] = {}
        self._clock = clock
        self._transfer = Transfer(account.max_size)
        self._changes: Counter[str] = Counter()
        self._kept = _Kept(None, [])
        self._sent = ""

    def folders(self, session: Session) -> dict[str, Direction]:
        """Name the folders we read, and which way their mail went."""
        self._sent = sent = self._sent or self.account.sent_folder or session.sent_folder()
        found: dict[str, Direction] = {self.account.inbox_folder: "in"}
        if sent:
            found.setdefault(sent, "out")
        return found

    def check(self, session: Session) -> None:
        """Open every folder we read. Permanent when one of them cannot be."""
        for name in self.folders(session):
            session.examine(name)

    def file(self, session: Session, raw: bytes, sent_at: datetime) -> None:
        """File a copy of what was sent, once for each Message-ID. Permanent when there is no Sent folder."""
        folder = next((name for name, way in self.folders(session).items() if way == "out"), "")
        if not folder:
            raise Permanent(f"{self.account.address}: the server has no Sent folder; no copy was filed.")
        identifier = _MESSAGE_ID.search(raw.partition(b"\r\n\r\n")[0])
        session.examine(folder)
        if not (identifier and session.holds(identifier[1].decode("ascii"))):
            session.append(folder, raw, sent_at)

    # What is new -----------------------------------------------------------------------------------------------------

    def fetch(self, session: Session, cursor: str | None) -> Batch:
        """Return a batch of what stands after the cursor; the same cursor gives the same arrivals."""
        places = cursors.read(cursor)
        looks = self._continue(session, cursor) or self._look_around(session, places)
        picks = self._choose(looks)
        got, broken = self._transfer.bring(session, picks)
        taken = _until_break(picks, got) if broken else picks
        if broken and not taken:
            raise broken
        for look in looks:
            look.pass_over(taken)
            places[look.folder.name] = look.place
        more = broken is not None or any(look.more or look.picks for look in looks)
        self._kept = _Kept(cursors.write(places), looks if more and not broken else [])
        arrivals = [self.arrival(pick, got[pick.key]) for pick in taken if pick.key in got]
        return Batch(arrivals, self._kept.cursor, more=more)

    def _continue(self, session: Session, cursor: str | None) -> list[Look]:
        """Go on with the last looks when the caller goes on: opening a large folder anew costs the server most."""
        looks = self._kept.looks if self._kept.cursor == cursor else []
        self._kept = _Kept(None, [])
        for look in looks:
            if look.more and not look.picks:
                enter(session, look.folder)
                self._fill(session, look)
        return looks

    def _look_around(self, session: Session, places: dict[str, cursors.Place]) -> list[Look]:
        """Look into every folder that opens; raise only when none does or the inbox does not and nothing is new."""
        looks: list[Look] = []
        problems: list[ChannelError] = []
        for name, direction in self.folders(session).items():
            try:
                looks.append(self._look(session, name, direction, places.get(name)))
            except Permanent as problem:
                problems.append(problem)
        if problems:
            self._sent = ""  # It may have another name by now.
        self.trouble = str(problems[0]) if problems else ""
        inbox_is_shut = bool(problems) and all(look.direction != "in" for look in looks)
        if inbox_is_shut and not _total(looks):
            raise problems[0]
        return looks

    def _look(self, session: Session, name: str, direction: Direction, place: cursors.Place | None) -> Look:
        folder = session.examine(name)
        self.next_uids[name] = folder.next_uid or 0
        place = self._check_validity(folder, place)
        look = Look(folder, direction, place)
        self._fill(session, look)
        return look

    def _fill(self, session: Session, look: Look) -> None:
        """See what stands next in the folder that is open."""
        uids, look.more = session.next_uids(look.folder, look.place.uid + 1, BATCH_MAILS)
        look.picks = [Pick(look.folder, look.direction, meta) for meta in session.metas(uids)]
        if uids and not look.picks:
            raise Temporary(
                f"{self.account.address}: the server names new mail in “{look.folder.name}” and does not give it."
            )

    def _check_validity(self, folder: Examined, place: cursors.Place | None) -> cursors.Place:
        """Begin anew in a folder that was made anew; refuse one that is made anew at every look."""
        if place and place.validity == folder.validity:
            self._changes.pop(folder.name, None)
            return place
        self._changes[folder.name] += place is not None
        if self._changes[folder.name] > _MAX_CHANGES:
            raise Temporary(
                f"{self.account.address}: the server changes the UIDVALIDITY of “{folder.name}” at every look; "
                "mail cannot be read safely.",
                retry_after=300,
            )
        return cursors.Place(folder.validity, 0)

    def _choose(self, looks: Sequence[Look]) -> list[Pick]:
        """Take the oldest, within the limits of a batch, and no further than every folder has been seen.

        A mail that broke the connection before is taken alone.
        """
        chosen: list[Pick] = []
        weight = 0
        horizons = {look.picks[-1].key for look in looks if look.more and look.picks}
        for pick in heapq.merge(*(look.picks for look in looks), key=self._when):
            weight += self._transfer.weight(pick)
            alone = self._transfer.is_suspect(pick)
            if chosen and (alone or weight > BATCH_BYTES):
                break
            chosen.append(pick)
            if alone or len(chosen) == BATCH_MAILS or pick.key in horizons:
                break
        return chosen

    def _when(self, pick: Pick) -> datetime:
        return pick.meta.received_at or self._clock()

    def arrival(self, pick: Pick, got: Got) -> Arrival:
        """Make an arrival of a mail; a time in the future becomes now."""
        now = self._clock()
        return Arrival(
            external_id=cursors.name(*pick.key),
            raw=got.raw,
            received_at=min(pick.meta.received_at or now, now),
            direction=pick.direction,
            folder=pick.folder.name,
            complete=got.complete,
            size=len(got.raw) if got.complete else pick.meta.size,
        )

    # Named ones ------------------------------------------------------------------------------------------------------

    def fetch_named(self, session: Session, external_ids: Sequence[str]) -> Batch:
        """Fetch these again, as far as one batch reaches; `more` says that some of them are still to be asked for."""
        wanted: dict[tuple[str, int], set[int]] = {}
        for name in filter(None, map(cursors.parse_name, external_ids)):
            wanted.setdefault(name[:2], set()).add(name[2])
        picks = list(self._find_named(session, wanted))
        chosen = self._choose([Look(picks[0].folder, "in", cursors.Place(0, 0), picks)]) if picks else []
        got, broken = self._transfer.bring(session, chosen)
        if broken and not got:
            raise broken
        arrivals = [self.arrival(pick, got[pick.key]) for pick in chosen if pick.key in got]
        return Batch(arrivals, None, more=broken is not None or len(chosen) < len(picks))

    def _find_named(self, session: Session, wanted: dict[tuple[str, int], set[int]]) -> Iterator[Pick]:
        folders = self.folders(session)
        for (name, validity), uids in wanted.items():
            if name not in folders:
                continue
            folder = session.examine(name)
            if folder.validity == validity:
                yield from (Pick(folder, folders[name], meta) for meta in session.metas(sorted(uids)))


def _until_break(picks: Sequence[Pick], got: dict[tuple[str, int, int], Got]) -> list[Pick]:
    """Return the picks before the first that did not come, so that the cursor passes none that may still come."""
    taken: list[Pick] = []
    for pick in picks:
        if pick.key not in got:
            break
        taken.append(pick)
    return taken


def _total(looks: Sequence[Look]) -> int:
    return sum(len(look.picks) for look in looks)
