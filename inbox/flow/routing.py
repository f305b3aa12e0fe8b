"""New conversations go to whoever is on duty: the one of them with the fewest open, in the transaction of the rules.

It happens after the rules, which so have the first word. Only a conversation that a person has just begun is given to
somebody: never history, never spam, never what somebody has taken meanwhile. Nothing is taken away from anybody when a
shift ends. Nobody is on duty: it stays unassigned, and the ladder tells of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from inbox.flow import audit, duty
from inbox.flow.act import assign
from inbox.store import conversations, notice_facts, readers, values, waits
from rules.automation import on_duty as fewest

if TYPE_CHECKING:
    from inbox.store.db import Session, Work
    from inbox.store.tables import Change, Conversation

KEY = "routing"
DUTY = "duty"
"""How the timeline knows that nobody gave it to them but the rota."""


def is_on(session: Session) -> bool:
    """Whether new conversations go to whoever is on duty: as founders said, else where there is a rota."""
    said = values.get(session, KEY).get("on")
    return bool(said) if said is not None else duty.by_rota(session)


def set_on(work: Work, by: int, *, on: bool) -> None:
    """Give new conversations to whoever is on duty from now on, or leave them unassigned."""
    if values.get(work.session, KEY).get("on") is not on:
        values.put(work, KEY, {"on": on})
        work.announce("routing.changed", teammate_id=by, on=on)
        audit.record(work, by, "routing.on" if on else "routing.off")


def begins(change: Change) -> bool:
    """Whether a change may be the beginning of a conversation: a person wrote, and not long ago."""
    return change.kind == "message.in" and bool(change.data.get("human")) and not change.data.get("history")


def route(work: Work, change: Change) -> int | None:
    """Give a conversation that has just begun to somebody on duty; returns whom, None for nobody."""
    if not begins(change) or change.conversation_id is None or not is_on(work.session):
        return None
    work.session.flush()
    if not notice_facts.opened(work.session, change.conversation_id, change.data.get("message_id") or 0):
        return None
    conversation = conversations.lock(work, change.conversation_id)
    if conversation is None or not _is_free(work.session, conversation):
        return None
    chosen = _least_busy(work)
    if chosen is not None:
        work.because = {DUTY: True}
        try:
            assign(work, change.conversation_id, chosen, None)
        finally:
            work.because = {}
    return chosen


def _is_free(session: Session, conversation: Conversation) -> bool:
    free = conversation.status == "open" and conversation.assignee_id is None and conversation.merged_into is None
    return free and waits.open_of(session, conversation.id or 0) is not None


def _least_busy(work: Work) -> int | None:
    people = duty.on_duty(work.session, work.now)
    load = readers.load(work.session, people) if people else {}
    return fewest({one: load.get(one, 0) for one in people})
