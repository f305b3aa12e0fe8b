"""One act on one or many conversations: done in batches, and taken back as a whole.

What each conversation was before is stored with the act. Undoing restores it; a conversation that somebody changed
since is left as they made it, and counted.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from inbox.flow import bulk_kinds
from inbox.flow.errors import FlowError, NotFoundError, RefusedError
from inbox.say import say
from inbox.store import bulk, conversations
from inbox.store.bulk import Tally
from inbox.store.tables import BulkAct, BulkItem
from inbox.store.trouble import Refused, passes

if TYPE_CHECKING:
    from inbox.store.db import Store, Work

BROKEN = say("It broke off at something unexpected. Nothing was lost; try again.")
BATCH = 50
MOST = 5000
UNDO = timedelta(minutes=15)
"""How long an act can be taken back after it was finished."""
KEPT = timedelta(days=2)
"""So long after its beginning an act is forgotten."""
ALONE = timedelta(seconds=30)
"""An act that nobody has carried on for so long is carried on by the sweep for deadlines."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an act is. total: how many conversations it is for."""

    id: int
    kind: str
    given: dict[str, Any]
    state: str
    total: int
    tally: Tally

    @property
    def finished(self) -> bool:
        """Whether there is nothing left to do for now."""
        return self.state in {"done", "undone"}

    @property
    def passed(self) -> int:
        """How many were looked at."""
        return self.total - self.tally.count("waiting" if self.state in {"running", "done"} else "done")


def start(work: Work, kind: str, given: dict[str, Any], conversation_ids: Sequence[int], by: int) -> int:
    """Store an act; `step` does it. RefusedError for an act that does not exist, nothing chosen, or too many."""
    if kind not in bulk_kinds.KINDS:
        raise RefusedError(say("That cannot be done with many conversations."))
    if len(conversation_ids) > MOST:
        raise RefusedError(say("Choose {most} conversations at most.", most=MOST))
    wanted = conversations.existing(work.session, list(dict.fromkeys(conversation_ids)))
    if not wanted:
        raise RefusedError(say("Choose at least one conversation."))
    act = BulkAct(by_id=by, kind=kind, given=given, total=len(wanted), at=work.now, touched_at=work.now)
    return bulk.add(work, act, wanted)


def step(work: Work, bulk_id: int) -> Progress:
    """Do the next batch, or undo the next one."""
    act = bulk.lock(work, bulk_id)
    if act is None:
        raise NotFoundError(say("This act is not there any more."))
    if act.state == "running":
        _batch(work, act, "waiting", _do)
    elif act.state == "undoing":
        _batch(work, act, "done", _undo)
    return _progress(work, act)


def _batch(work: Work, act: BulkAct, state: str, handle: Any) -> None:  # noqa: ANN401 - _do or _undo
    rows = bulk.items(work, act.id or 0, state, BATCH)
    for item in rows:
        handle(work, act, item)
    act.touched_at = work.now
    if len(rows) < BATCH:
        act.state = "done" if act.state == "running" else "undone"
    work.session.flush()


def _told(work: Work, error: Exception, announced: int) -> str:
    """Say why one of many was left as it is; trouble of the store's own is raised, for everything is tried again."""
    if isinstance(error, Refused) and passes(error):
        raise error
    del work.changes[announced:]
    if isinstance(error, FlowError):
        return str(error)
    log.error("An act on many met something unexpected and passed one over", exc_info=error)
    return str(BROKEN)


def _do(work: Work, act: BulkAct, item: BulkItem) -> None:
    announced = len(work.changes)
    try:
        with work.session.begin_nested():
            was = bulk_kinds.look(work, item.conversation_id, act.kind, act.given, act.by_id)
            bulk_kinds.KINDS[act.kind].do(work, item.conversation_id, act.given, act.by_id)
            now = bulk_kinds.look(work, item.conversation_id, act.kind, act.given, act.by_id)
    except Exception as error:  # noqa: BLE001 - what breaks on one must not stop the rest, now and at every sweep
        item.reason = _told(work, error, announced)
        item.state = "refused"
        return
    item.before = {"was": was, "now": now}
    item.state = "done" if was != now else "same"


def _undo(work: Work, act: BulkAct, item: BulkItem) -> None:
    before, announced = item.before or {}, len(work.changes)
    try:
        with work.session.begin_nested():
            _as_left(work, act, item, before["now"])
            bulk_kinds.KINDS[act.kind].undo(work, item.conversation_id, act.given, before["was"], act.by_id)
    except Exception as error:  # noqa: BLE001 - as above
        item.reason = _told(work, error, announced)
        item.state = "kept"
        return
    item.state = "undone"


def _as_left(work: Work, act: BulkAct, item: BulkItem, left: dict[str, Any]) -> None:
    now = bulk_kinds.look(work, item.conversation_id, act.kind, act.given, act.by_id)
    if not bulk_kinds.same(act.kind, now, left):
        raise RefusedError(say("Somebody changed it since."))


def undo(work: Work, bulk_id: int, by: int) -> Progress:
    """Begin to take an act back; whoever did it may, for a quarter of an hour."""
    act = bulk.lock(work, bulk_id)
    if act is None or act.by_id != by:
        raise NotFoundError(say("This act is not there any more."))
    if act.state in {"undoing", "undone"}:
        raise RefusedError(say("This was undone already."))
    if work.now - act.touched_at > UNDO:
        raise RefusedError(say("This was too long ago to be undone at once."))
    act.state = "undoing"
    return step(work, bulk_id)


def one(work: Work, kind: str, given: dict[str, Any], conversation_id: int, by: int) -> int:
    """Do one act on one conversation; returns its number, for undoing it. Raises what the act refuses."""
    was = bulk_kinds.look(work, conversation_id, kind, given, by)
    bulk_kinds.KINDS[kind].do(work, conversation_id, given, by)
    now = bulk_kinds.look(work, conversation_id, kind, given, by)
    act = BulkAct(by_id=by, kind=kind, given=given, total=1, at=work.now, touched_at=work.now, state="done")
    number = bulk.add(work, act, [conversation_id])
    [item] = bulk.items(work, number, "waiting", 1)
    item.before, item.state = {"was": was, "now": now}, "done" if was != now else "same"
    return number


def progress(work: Work, bulk_id: int, by: int) -> Progress:
    """Say how far an act of this teammate is."""
    act = bulk.get(work.session, bulk_id)
    if act is None or act.by_id != by:
        raise NotFoundError(say("This act is not there any more."))
    return _progress(work, act)


def _progress(work: Work, act: BulkAct) -> Progress:
    return Progress(act.id or 0, act.kind, act.given, act.state, act.total, bulk.tally(work.session, act.id or 0))


def run(store: Store, bulk_id: int) -> Progress:
    """Carry an act on until it is finished, a transaction for each batch."""
    while True:
        with store.unit_of_work() as work:
            told = step(work, bulk_id)
        if told.finished:
            return told


def carry_on(store: Store) -> None:
    """Finish acts whose page was closed midway."""
    with store.reading() as session:
        alone = bulk.left_alone(session, store.clock() - ALONE, 10)
    for number in alone:
        run(store, number)


def forget(store: Store) -> None:
    """Forget a batch of acts that can no longer be undone."""
    with store.unit_of_work() as work:
        bulk.sweep(work, work.now - KEPT, 200)
