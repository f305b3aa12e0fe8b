"""What a teammate has seen, what they follow, and whether they are on duty."""

from __future__ import annotations

from inbox.flow import duty, mentions, rota, there
from inbox.flow.act import assign, find
from inbox.flow.errors import NotFoundError, RefusedError
from inbox.say import say
from inbox.store import conversations, readers
from inbox.store.db import Work


def see(work: Work, conversation_id: int, by: int, version: int) -> None:
    """A teammate has the conversation before their eyes, as it was at this version; notes that name them are seen."""
    held = conversations.survivor(work.session, conversation_id)
    if held is None:
        raise NotFoundError(say("This conversation is not there any more."))
    readers.see(work, by, held.id or 0, min(version, held.version))
    mentions.seen(work, held.id or 0, by)


def unsee(work: Work, conversation_id: int, by: int) -> None:
    """Make it unread again for this teammate."""
    held = find(work, conversation_id)
    readers.unsee(work, by, held.id or 0)


def follow(work: Work, conversation_id: int, by: int, *, on: bool = True) -> None:
    """Follow a conversation, or stop."""
    held = find(work, conversation_id)
    if readers.set_follow(work, by, held.id or 0, on=on):
        what = "conversation.followed" if on else "conversation.unfollowed"
        work.announce(what, conversation_id=held.id, teammate_id=by)


def assign_on_duty(work: Work, conversation_id: int, by: int) -> int:
    """Hand it to whoever is on duty and has the fewest open conversations; returns who that is."""
    serving = duty.on_duty(work.session, work.now)
    if not serving:
        raise RefusedError(say("Nobody is on duty."))
    load = readers.load(work.session, serving)
    chosen = min(serving, key=lambda one: (load.get(one, 0), one))
    assign(work, conversation_id, chosen, by)
    return chosen


def set_duty(work: Work, teammate_id: int, *, on: bool) -> None:
    """Go on duty, or off: where there is a rota, take over from whoever is, or hand back to them."""
    if duty.by_rota(work.session):
        if on:
            rota.take_over(work, teammate_id)
        else:
            rota.hand_back(work, teammate_id)
        return
    teammate = there.teammate(work.session, teammate_id)
    if bool(teammate.preferences.get("on_duty")) != on:
        teammate.preferences = {**teammate.preferences, "on_duty": on}
        work.announce("teammate.duty", teammate_id=teammate_id, on=on)
