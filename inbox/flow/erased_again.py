"""Whoever was erased stays so when an older copy of the database is put back: they are erased again at the next start.

The copy does not know of it; a file in the data folder does, as keyed hashes and times. What it names is compared with
what the database remembers. Before anything is fetched, their names are gone and their addresses are known as erased;
what they said follows in the background. Whoever wrote again after they were erased is heard.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from inbox.flow import audit, erase, erased
from inbox.store import belongings, data_jobs, tombstones

if TYPE_CHECKING:
    from datetime import datetime

    from inbox.flow.context import Context
    from inbox.store.db import Session, Work
    from inbox.vault import Vault

PAGE = 5_000

log = logging.getLogger(__name__)


def replay(context: Context) -> int:
    """Erase again whom the database has forgotten to have erased; returns how many people came back with it."""
    told = erased.noted(context.settings.data_dir)
    if not told:
        return 0
    with context.store.reading() as session:
        known = tombstones.buried(session, told)
        missing = {key: at for key, at in told.items() if key not in known or known[key] < at}
        back = _back(session, context.vault, missing) if missing else {}
    if not missing:
        return 0
    with context.store.unit_of_work() as work:
        for contact_id, at in back.items():
            _begin(work, context.vault, contact_id, at)
        for key, at in missing.items():
            tombstones.bury(work, [key], at)
    if back:
        log.warning("%s who were erased came back with an older database; they are erased again.", len(back))
    return len(back)


def _back(session: Session, vault: Vault, missing: dict[str, datetime]) -> dict[int, datetime]:
    """Return the contacts that bear one of these handles, with the time when they were erased."""
    found: dict[int, datetime] = {}
    after = 0
    while page := belongings.every_handle(session, after, PAGE):
        after = page[-1][0]
        for _, contact_id, kind, value in page:
            at = missing.get(erased.person_key(vault, kind, value))
            if at is not None:
                found[contact_id] = max(at, found.get(contact_id, at))
    return found


def _begin(work: Work, vault: Vault, contact_id: int, at: datetime) -> None:
    contacts = belongings.one_person(work.session, contact_id)
    handles = belongings.handles(work.session, contacts)
    asked = {"contact": contact_id, "handles": handles, "at": at.isoformat()}
    job_id = data_jobs.add(work, "erase", asked, None)
    audit.record(work, None, "person.erase_asked", contact=contact_id, job=job_id)
    erase.begin(work, vault, contacts, handles, at)
