"""What stands in the audit log."""

from __future__ import annotations

from team import Team

from inbox.store import audit
from inbox.store.audit import Wanted


def kinds(team: Team, family: str = "") -> list[str]:
    """Return the kinds of the newest acts, the newest first. family: those that begin with it only."""
    with team.house.store.reading() as session:
        return [row.kind for row in audit.page(session, Wanted(family), before=None, limit=100)]
