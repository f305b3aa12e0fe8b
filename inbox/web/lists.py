"""A list by its name: one of those every team has, or a saved view ("v12"), asked in the same way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from inbox.flow.errors import NotFoundError
from inbox.store import listing, saved_views, search
from inbox.store.db import Session
from inbox.store.listing import PAGE, RISING, VIEWS, Listed, Place, Row
from inbox.store.tables import SavedView
from inbox.web.words import N_, _

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOST_HITS = 1000

NAMES = {
    "waiting": N_("Waiting"),
    "mine": N_("Mine"),
    "unassigned": N_("Unassigned"),
    "snoozed": N_("Snoozed"),
    "waiting-for-them": N_("Waiting for them"),
    "mentions": N_("Mentions of me"),
    "following": N_("Following"),
    "sent": N_("Sent"),
    "open": N_("Open"),
    "all": N_("All"),
    "closed": N_("Closed"),
    "spam": N_("Spam"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A page of a list; `older` is where the next one begins, as addresses carry it."""

    rows: list[Row]
    older: str = ""
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TeamList:
    """A list for one reader, at one time."""

    session: Session
    name: str
    me: int
    now: datetime
    saved: SavedView | None = None

    @property
    def title(self) -> str:
        """What it is called."""
        return self.saved.name if self.saved else _(NAMES[self.name])

    @property
    def rising(self) -> bool:
        """Whether the first row has the least time left."""
        return self.saved.sorting == "urgent" if self.saved else self.name in RISING

    def page(self, before: str = "") -> Shown:
        """Return one page."""
        if self.saved is None:
            return _shown(listing.page(self.session, self.name, self.me, place(before)))
        wanted = self._conditions()
        if self.saved.sorting == "urgent" and wanted is not None:
            return _shown(listing.urgent(self.session, wanted, self.me, place(before)))
        return self._found(before)

    def some(self, ids: Sequence[int]) -> list[Row]:
        """Return those of these conversations that belong to the list."""
        if self.saved is None:
            return listing.some(self.session, self.name, self.me, ids)
        found = search.among(self.session, self.saved.query, ids, now=self.now, me=self.me)
        rows = list(listing.named(self.session, sorted(found), self.me).values())
        if not self.rising:
            return sorted(rows, key=lambda row: (row.updated_at, row.id), reverse=True)
        for row in rows:
            row.sort_at = row.due_at or row.sort_at
        return sorted((row for row in rows if row.due_at), key=lambda row: (row.sort_at, row.id))

    def ids(self, limit: int) -> list[int]:
        """Return what belongs to the list, as far as can be said at once."""
        if self.saved is None:
            return listing.ids(self.session, self.name, self.me, limit)
        found: list[int] = []
        before: search.Place | None = None
        while len(found) < min(limit, MOST_HITS):
            results = self._search(before, 200)
            found += [hit.conversation_id for hit in results.hits]
            before = results.next
            if before is None or not results.complete:
                break
        return found[:limit]

    def count(self) -> int | None:
        """Return how many belong to the list, None where that is not known at once."""
        return None if self.saved else listing.of_view(self.session, self.name, self.me)

    def _conditions(self) -> list[listing.Condition] | None:
        query = self.saved.query if self.saved else ""
        return search.conditions(self.session, query, now=self.now, me=self.me)

    def _search(self, before: search.Place | None, limit: int = PAGE) -> search.Results:
        query = self.saved.query if self.saved else ""
        return search.search(self.session, query, now=self.now, me=self.me, limit=limit, before=before)

    def _found(self, before: str) -> Shown:
        results = self._search(search.Place.read(before) if before else None)
        known = listing.named(self.session, [hit.conversation_id for hit in results.hits], self.me)
        rows = []
        for hit in results.hits:
            if hit.conversation_id in known:
                row = known[hit.conversation_id]
                row.sort_at = hit.at
                rows.append(row)
        return Shown(rows, str(results.next) if results.next else "", tuple(results.problems))


def open_list(session: Session, name: str, me: int, now: datetime) -> TeamList:
    """Return a list by its name. NotFoundError for one that is not there, or is another teammate's."""
    if name in VIEWS:
        return TeamList(session, name, me, now)
    number = name.removeprefix("v")
    if name.startswith("v") and number.isascii() and number.isdigit() and len(number) < 16:
        saved = saved_views.get(session, int(number), me)
        if saved is not None:
            return TeamList(session, name, me, now, saved)
    raise NotFoundError(_("This list does not exist."))


def _shown(listed: Listed) -> Shown:
    micros = (listed.next.at - _EPOCH) // timedelta(microseconds=1) if listed.next else 0
    return Shown(listed.rows, f"{micros}-{listed.next.id}" if listed.next else "")


def place(text: str) -> Place | None:
    """Read where a page begins; nonsense is the beginning."""
    micros, _dash, number = text.partition("-")
    if not (micros.isascii() and micros.isdigit() and number.isascii() and number.isdigit()):
        return None
    if len(micros) > 16 or len(number) > 18:
        return None
    return Place(_EPOCH + timedelta(microseconds=int(micros)), int(number))
