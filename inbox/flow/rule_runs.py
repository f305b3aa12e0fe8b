"""Let rules act: on what the feed of changes tells, and on what has lasted long enough.

Each rule acts once on each thing, by a unique row in the transaction that acts; a death in between does neither. What
a rule does says so in the timeline and in the feed, with its depth: rules react to people, and once to each other.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from inbox.flow import act, duty, mentions, notices, outgoing, routing, settling, snooze
from inbox.flow.errors import FlowError
from inbox.flow.feed import Reader, attempt
from inbox.store import conversations, notice_facts, readers, rules
from inbox.store.search_among import among
from inbox.store.tables import Message
from rules.automation import EVENTS, TIMES, Act, Facts, plan, wish, woken_by

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from inbox.store.db import Session, Store, Work
    from inbox.store.tables import Change, Conversation, Rule

BATCH = 100
"""Conversations that one time rule looks at in one sweep."""
SILENT = "silent"

log = logging.getLogger(__name__)


# What happens ---------------------------------------------------------------------------------------------------------


def reader(store: Store) -> Reader:
    """Return who lets rules act on the feed."""
    return Reader(store, "rules", _concerns, observe)


def _concerns(session: Session) -> Callable[[Change], bool]:
    wanted = {EVENTS[rule.trigger] for rule in rules.enabled(session, list(EVENTS))}
    given = routing.is_on(session)

    def concerns(change: Change) -> bool:
        woken = change.kind in wanted and bool(woken_by(change.kind, change.data, first=True))
        return woken or (given and routing.begins(change))

    return concerns


def observe(work: Work, change: Change) -> None:
    """Let rules act on a change, and settle a wait's terms by that; what is nobody's goes to whoever is on duty."""
    unsettled = settling.before(work, change)
    _let_act(work, change)
    if unsettled is not None:
        settling.settle(work, unsettled)
    routing.route(work, change)


def _let_act(work: Work, change: Change) -> None:
    """Let every rule that a change wakes act, in order, until one says that it was the last."""
    conversation_id, message_id = change.conversation_id, change.data.get("message_id")
    if conversation_id is None:
        return
    first = message_id is not None and notice_facts.opened(work.session, conversation_id, message_id)
    triggers = woken_by(change.kind, change.data, first=first)
    for rule in rules.enabled(work.session, sorted(triggers)) if triggers else []:
        late = change.at < rule.changed_at
        if late or rule.id == change.data.get("rule_id"):
            continue
        taken = _look(work, rule, conversation_id, f"seq:{change.seq}", int(change.data.get("depth") or 0))
        if taken and rule.stop:
            return


# What lasts -----------------------------------------------------------------------------------------------------------


def sweep(store: Store, places: dict[int, rules.Place | None] | None = None) -> int:
    """Let time rules act on what has come to its time, some of each; returns how many they looked at.

    places: where the rounds of each rule stand, for whoever sweeps again and again.
    """
    places = {} if places is None else places
    due: dict[int, list[int]] = {}
    with store.reading() as session:
        now = store.clock()
        for rule in rules.enabled(session, TIMES):
            new = _new(session, rule, now, 1)
            back = _come_back(session, rule, now, places) if rule.trigger == SILENT and not new else []
            if back or new:
                due[rule.id or 0] = back
    return sum(_sweep(store, rule_id, back) for rule_id, back in due.items())


def _new(session: Session, rule: Rule, now: datetime, limit: int) -> Sequence[object]:
    look = rules.fallen_silent if rule.trigger == SILENT else rules.lasting
    return look(session, rule, now, limit)


def _come_back(session: Session, rule: Rule, now: datetime, places: dict[int, rules.Place | None]) -> list[int]:
    """Go on with the round of a rule, and return those that it has to look at."""
    some = rules.silent_before(session, rule, now, places.get(rule.id or 0))
    places[rule.id or 0] = some[-1] if len(some) == rules.ROUND else None
    return [number for number, _ in rules.silent_among(session, rule, now, [number for _, number in some])]


def _sweep(store: Store, rule_id: int, back: list[int]) -> int:
    with store.unit_of_work() as work:
        rule = next((one for one in rules.enabled(work.session, TIMES) if one.id == rule_id), None)
        if rule is None:
            return 0
        if rule.trigger == SILENT:
            found, passed = _silent(work, rule, back)
        else:
            found, passed = rules.lasting(work.session, rule, work.now, BATCH), 0
        for conversation_id, subject in found:
            name = f"Rule {rule_id} on conversation {conversation_id}"
            attempt(work, name, partial(_look, work, rule, conversation_id, subject, 0))
            rules.claim(work, rule_id, conversation_id, subject)
        return max(len(found), passed)


def _silent(work: Work, rule: Rule, back: list[int]) -> tuple[rules.Found, int]:
    """Return whom to look at, and how many a sweep passes by that: many at once where there is nothing to be done."""
    if back:
        return rules.silent_among(work.session, rule, work.now, back), 0
    passed = rules.fallen_silent(work.session, rule, work.now, rules.ROUND)
    found = rules.silent_among(work.session, rule, work.now, [number for _, number in passed])
    if len(found) > BATCH:
        numbers = [number for _, number in passed]
        passed, found = passed[: numbers.index(found[BATCH - 1][0]) + 1], found[:BATCH]
    if passed:
        rules.swept(rule, passed[-1])
    return found, len(passed)


# Acting ---------------------------------------------------------------------------------------------------------------


def _look(work: Work, rule: Rule, conversation_id: int, subject: str, depth: int) -> bool:
    """Act if the conditions hold and nobody did it before; True when they hold."""
    work.session.flush()
    if conversation_id not in among(work.session, rule.query, [conversation_id], work.now):
        return False
    conversation = conversations.lock(work, conversation_id)
    if conversation is None or conversation.merged_into is not None:
        return False
    act_id = rules.claim(work, rule.id or 0, conversation_id, subject)
    if act_id is not None:
        work.because = {"rule": rule.name, "rule_id": rule.id, "depth": depth + 1}
        try:
            rules.record(work, act_id, _act(work, rule, conversation, subject))
        finally:
            work.because = {}
    return True


def _act(work: Work, rule: Rule, conversation: Conversation, subject: str) -> list[str]:
    """Do what is to be done; what is refused is left out, and the rest is done all the same."""
    did = []
    for one in plan(wish(rule.acts), _facts(work.session, conversation, work.now), work.now):
        before = len(work.changes)
        try:
            with work.session.begin_nested():
                _do(work, rule, conversation, subject, one)
        except FlowError as error:
            del work.changes[before:]
            log.info("Rule %s could not %s: %s", rule.id, one.verb, error)
        else:
            did.append(one.verb)
    return did


def _facts(session: Session, conversation: Conversation, now: datetime) -> Facts:
    cid, serving = conversation.id or 0, duty.on_duty(session, now)
    load = readers.load(session, serving) if serving else {}
    return Facts(
        conversation.status,
        conversation.assignee_id,
        frozenset(conversations.tags_of(session, cid)),
        conversation.due_at,
        rules.answered(session, cid),
        {one: load.get(one, 0) for one in serving},
    )


def _do(work: Work, rule: Rule, conversation: Conversation, subject: str, one: Act) -> None:
    cid = conversation.id or 0
    verbs: dict[str, Callable[[], Any]] = {
        "tag": lambda: act.tag(work, cid, one.value, None),
        "untag": lambda: act.tag(work, cid, one.value, None, on=False),
        "assign": lambda: act.assign(work, cid, one.value, None),
        "snooze": lambda: snooze.snooze(work, cid, one.value, None),
        "close": lambda: act.close(work, cid, None),
        "spam": lambda: act.mark_spam(work, cid, None),
        "note": lambda: _note(work, rule, conversation, one.value),
        "notify": lambda: _notify(work, rule, conversation, subject, one.value),
    }
    verbs[one.verb]()


def _note(work: Work, rule: Rule, conversation: Conversation, text: str) -> None:
    """Leave a note in the rule's name; whoever it mentions hears of it."""
    message = Message(
        conversation_id=conversation.id or 0,
        account_id=conversation.account_id,
        kind="note",
        direction="none",
        channel=conversation.channel,
        text=text,
        details={"rule": rule.name},
        at=work.now,
        stored_at=work.now,
    )
    work.session.add(message)
    work.session.flush()
    outgoing.index(work, message, [])
    work.announce("message.note", conversation_id=conversation.id, message_id=message.id)
    mentions.remember(work, conversation.id or 0, message.id or 0, text, None)


def _notify(work: Work, rule: Rule, conversation: Conversation, subject: str, whom: tuple[str, ...]) -> None:
    named = [int(one) for one in whom if one.isdigit()]
    named += [conversation.assignee_id] if "assignee" in whom and conversation.assignee_id else []
    named += duty.on_duty(work.session, work.now) if "duty" in whom else []
    news = notices.News(
        "rule", f"rule:{rule.id}:{subject}", conversation.id or 0, tuple(named), data={"rule": rule.name}
    )
    notices.tell(work, news, notices.team(work.session, work.now))
