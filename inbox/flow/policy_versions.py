"""Keep how a policy stands from now on, as waits that open will refer to it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from inbox.flow import open_time
from inbox.store import policies
from inbox.store.tables import Policy, PolicyVersion
from rules import escalation, hours

if TYPE_CHECKING:
    from inbox.store.db import Work


def renew(work: Work, policy: Policy, by: int) -> int:
    """Write the next version of a policy; returns its number in the store."""
    counted = open_time.of(work.session, policy.hours_id, work.now)
    newest = policies.versions(work.session, policy.id or 0, 1)
    policy.number = newest[0].number + 1 if newest else 1
    policy.changed_at = work.now
    work.session.flush()
    ladder = escalation.within(escalation.load(json.loads(policy.ladder)), timedelta(minutes=policy.duration_minutes))
    row = PolicyVersion(
        policy_id=policy.id or 0,
        number=policy.number,
        name=policy.name,
        duration_minutes=policy.duration_minutes,
        hours=None if counted is None else hours.dump(counted),
        ladder=json.dumps(escalation.dump(ladder)),
        resolution_minutes=policy.resolution_minutes,
        resolution_pauses=policy.resolution_pauses,
        at=work.now,
        by_id=by,
    )
    return policies.add_version(work, row)
