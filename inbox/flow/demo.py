"""Fill an empty store with weeks of invented conversations, through the same corridor as real ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from connectors.contract import Pulls
from inbox.flow import act, demo_past, demo_promise, demo_review, people, reply
from inbox.flow.deliver import deliver_once
from inbox.flow.demo_week import ACCOUNTS, LATER, ON_DUTY, TEAM, WEEK, Talk
from inbox.flow.pull import pull_once
from inbox.flow.tick import tick
from inbox.store import messages
from inbox.store.tables import Account, Message, Teammate

if TYPE_CHECKING:
    from inbox.flow.context import Context

Bring = Callable[..., str]
"""Puts a message into a made-up account: bring(address, text, sender=, received_at=, **more)."""


class DemoClock:
    """A clock that can be set while the week is played, and then runs as the real one."""

    def __init__(self, real: Callable[[], datetime]) -> None:
        self._real, self.at = real, real()
        self.playing = False

    def set(self, at: datetime) -> None:
        """Go on to a time of the play."""
        self.at = at

    def __call__(self) -> datetime:
        """Return the time of the play, or the real one."""
        return self.at if self.playing else self._real()


@dataclass
class _Stage:
    """Who and what there is while the week is played."""

    context: Context
    bring: Bring
    clock: DemoClock
    accounts: dict[str, tuple[int, str]]
    team: dict[str, int]
    talks: dict[int, int]
    said: dict[int, list[str]]


def play(context: Context, clock: DemoClock, bring: Bring, password_hash: str) -> None:
    """Play the weeks, oldest line first; afterwards the clock runs as the real one."""
    now = clock()
    clock.playing, clock.at = True, now - timedelta(weeks=demo_past.WEEKS + 1, days=1)
    stage = _Stage(context, bring, clock, _accounts(context), _team(context, password_hash), {}, {})
    house = demo_promise.House(context, stage.accounts, stage.team, bring, partial(_pull, stage), clock.set)
    demo_promise.promises(house, now)
    moments = [*demo_promise.past(house, now), *demo_review.mondays(house, now), *_week(stage, now)]
    for at, act_out in sorted(moments, key=lambda moment: moment[0]):
        demo_promise.until(house, at)
        clock.at = at
        act_out()
    demo_promise.until(house, now)
    clock.playing = False
    tick(context.store)
    demo_promise.present(house, now)


def _week(stage: _Stage, now: datetime) -> Iterator[demo_promise.Moment]:
    """Yield the lines of the demo's own week."""
    for number, talk in enumerate(WEEK):
        for hours, who, text in talk.lines:
            yield now - timedelta(hours=hours), partial(_line, stage, number, talk, who, text)


def speak_later(bring: Bring, number: int, now: datetime) -> None:
    """Let the next person of the list write, while the demo is open."""
    channel, who, handle, subject, text = LATER[number % len(LATER)]
    address = next(address for kind, address, _ in ACCOUNTS if kind == channel)
    bring(
        address, text, sender=handle, name=who, subject=subject, received_at=now, message_id=f"later-{now.timestamp()}"
    )


def _accounts(context: Context) -> dict[str, tuple[int, str]]:
    made = {}
    with context.store.unit_of_work() as work:
        for pose, address, name in ACCOUNTS:
            settings = {"poses_as": "mail" if pose == "schools" else pose}
            row = Account(kind="fake", address=address, name=name, settings=settings, created_at=work.now)
            work.session.add(row)
            work.session.flush()
            made[pose] = (row.id or 0, address)
    return made


def _team(context: Context, password_hash: str) -> dict[str, int]:
    made = {}
    with context.store.unit_of_work() as work:
        for name, role in TEAM:
            mail = f"{name.split()[0].lower().replace('é', 'e')}@boards.example"
            row = Teammate(name=name, mail=mail, role=role, password_hash=password_hash, created_at=work.now)
            row.preferences = {"on_duty": True} if name == ON_DUTY else {}
            work.session.add(row)
            work.session.flush()
            made[name] = row.id or 0
    return made


def _line(stage: _Stage, number: int, talk: Talk, who: str, text: str) -> None:
    if who in {"them", "away"}:
        _they_write(stage, number, talk, text, automatic=who == "away")
        return
    verb, _, name = who.rpartition(":")
    {"": _answer, "note": _note, "close": _close, "spam": _spam}[verb](stage, stage.talks[number], name, text)


def _they_write(stage: _Stage, number: int, talk: Talk, text: str, *, automatic: bool) -> None:
    account_id, address = stage.accounts[talk.channel]
    before = stage.said.setdefault(number, [])
    more: dict[str, Any] = {"nature": "auto_reply"} if automatic else {}
    more["offset"] = talk.offset
    name = f"demo-{number}-{len(before)}@boards.example"
    stage.bring(
        address,
        text,
        sender=talk.handle,
        name=talk.who,
        subject=talk.subject,
        received_at=stage.clock(),
        message_id=name,
        references=list(reversed(before)),
        **more,
    )
    before.append(name)
    _pull(stage, account_id)
    if number not in stage.talks:
        _begin(stage, number, talk, name)


def _pull(stage: _Stage, account_id: int) -> None:
    with stage.context.store.reading() as session:
        connector = stage.context.channels.open(session.get_one(Account, account_id))
    if isinstance(connector, Pulls):
        pull_once(stage.context, account_id, connector)
    connector.close()


def _begin(stage: _Stage, number: int, talk: Talk, name: str) -> None:
    """Remember the conversation that the first line opened, and hand it out."""
    with stage.context.store.unit_of_work() as work:
        first = messages.by_rfc_id(work.session, name)
        if first is None:
            return
        stage.talks[number] = first.conversation_id
        founder = stage.team[TEAM[0][0]]
        if talk.assignee:
            act.assign(work, first.conversation_id, stage.team[talk.assignee], founder)
        if talk.known and first.contact_id:
            people.set_notes(work, first.contact_id, talk.known, founder)
        for tag in talk.tags:
            act.tag(work, first.conversation_id, tag, stage.team[talk.assignee or TEAM[1][0]])


def _answer(stage: _Stage, conversation_id: int, name: str, text: str) -> None:
    with stage.context.store.unit_of_work() as work:
        draft = reply.Draft(conversation_id, stage.team[name], text, f"demo-{conversation_id}-{stage.clock()}")
        message_id = reply.queue_reply(work, stage.context.vault, draft)
        sent = work.session.get_one(Message, message_id).rfc_message_id
    deliver_once(stage.context)
    number = next(number for number, cid in stage.talks.items() if cid == conversation_id)
    stage.said[number].append(sent)


def _note(stage: _Stage, conversation_id: int, name: str, text: str) -> None:
    with stage.context.store.unit_of_work() as work:
        reply.add_note(work, conversation_id, stage.team[name], text)


def _close(stage: _Stage, conversation_id: int, name: str, text: str) -> None:
    with stage.context.store.unit_of_work() as work:
        act.close(work, conversation_id, stage.team[name], text)


def _spam(stage: _Stage, conversation_id: int, name: str, _text: str) -> None:
    with stage.context.store.unit_of_work() as work:
        act.mark_spam(work, conversation_id, stage.team[name])
