"""A claim ended, and nobody answered: the newest step that had rung rings once more, for those it was meant for.

Each claim does so once, by a unique row (wait, step and claim). Where the claim had put a step off, people are told of
that one now, and of nothing besides. Whoever answered, or is on it instead, keeps all of this still.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from inbox.store import claims, tellings
from rules import telling as rule

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from inbox.store.db import Work
    from inbox.store.tables import Claim, Telling
    from inbox.store.tellings import Scene


def ring(work: Work, limit: int) -> int:
    """Let the ladder ring for the claims that are over; returns how many were looked at."""
    over = claims.ended(work, limit)
    if not over:
        return 0
    wait_ids = [one.wait_id for one in over]
    scenes, steps = tellings.scenes(work.session, wait_ids), tellings.of_waits(work.session, wait_ids)
    held = claims.held(work.session, wait_ids)
    for claim in over:
        claim.again_at = None
        now_held = held.get(claim.wait_id)
        if _waits_on(scenes.get(claim.wait_id)) and (now_held is None or now_held.until <= work.now):
            tellings.held_back(work, claim.wait_id, claim.id or 0)
            tellings.add(work, _again(work, claim, steps.get(claim.wait_id, [])))
    work.session.flush()
    return len(over)


def _waits_on(scene: Scene | None) -> bool:
    return scene is not None and scene.open


def _again(work: Work, claim: Claim, steps: Sequence[Telling]) -> list[dict[str, Any]]:
    """Make the row of what rings once more, if anything does: whom the step told, also for want of a claim."""
    ended_at = min(claim.until, claim.released_at or claim.until)
    found = rule.again([rule.Rung(one.step, one.due_at, _told_at(one)) for one in steps], ended_at)
    if found is None:
        return []
    by_name = {one.step: one for one in steps}
    first, then = by_name[found.step], by_name.get(found.step + rule.THEN)
    row = {
        "subject": first.subject,
        "step": f"{found.step}{rule.AGAIN}{claim.id}",
        "wait_id": claim.wait_id,
        "due_at": ended_at,
        "not_before": work.now,
        "whom": list(dict.fromkeys([*first.whom, *(then.whom if then else ())])),
        "means": first.means,
        "claim_id": claim.id,
    }
    return [row]


def _told_at(step: Telling) -> datetime | None:
    """Say when people were told; what was dropped, since it seemed answered then, counts as told."""
    return step.not_before if step.state == "dropped" else step.told_at
