"""From one shift to the next: a note of what is open, what is due and what was promised, to whoever comes.

It is made once for each change of hands, in the transaction that moves on in the feed, so that nobody gets it twice.
Whoever comes says "taken over"; when nobody does, the next on duty and the founders hear of it.
"""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from functools import partial
from typing import TYPE_CHECKING, Any

from inbox.flow import duty, notices
from inbox.flow.errors import NotFoundError, RefusedError
from inbox.flow.feed import Reader
from inbox.flow.letters import queue_letter
from inbox.say import Said, say
from inbox.store import handovers, teammates
from inbox.store.tables import Handover
from inbox.store.tools import clean
from rules.zones import or_utc

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from inbox.flow.context import Context
    from inbox.store.db import Session, Work
    from inbox.store.handovers import Item, Left
    from inbox.store.tables import Change, Teammate

HANDED_OVER = "rota.handed_over"
TAKEN_WITHIN = timedelta(minutes=30)
"""When nobody took over by then, the next on duty and founders are told."""
STALE = timedelta(hours=6)
"""After an outage: a change of hands that is longer past is written down, and nobody gets a letter about it."""
KEPT = timedelta(days=180)
"""Notes are kept so long."""
LONGEST = 4000
"""Letters of what somebody adds to a note."""


def reader(context: Context) -> Reader:
    """Return who makes notes of the feed."""
    return Reader(context.store, "handover", _concerns, partial(observe, context))


def _concerns(_session: Session) -> Callable[[Change], bool]:
    return lambda change: change.kind == HANDED_OVER


def observe(context: Context, work: Work, change: Change) -> None:
    """Write the note of one change of hands, and send it to whoever comes."""
    at = datetime.fromisoformat(str(change.data["at"]))
    went, came = _people(change.data.get("from")), _people(change.data.get("to"))
    if handovers.of_instant(work.session, at) is not None:
        return
    left = handovers.left(work.session, went, work.now)
    late = work.now - at > STALE
    row = Handover(at=at, went=went, came=came, left=handovers.known(left), sent_at=work.now)
    row.words = handovers.take_words(work, went)
    row.climbed_at = work.now if late or not came else None
    work.session.add(row)
    work.session.flush()
    work.announce("handover.sent", handover_id=row.id, told=came)
    if not late:
        notices.of_rota(work, came, f"handover:{row.id}", "handover")
        names = teammates.names(work.session)
        for teammate in _who(work.session, came):
            _send(context, work, teammate, f"handover:{row.id}", partial(_letter, context, teammate, row, left, names))


def _people(said: object) -> list[int]:
    return [one for one in said if isinstance(one, int)] if isinstance(said, list | tuple) else []


def _who(session: Session, people: Collection[int]) -> list[Teammate]:
    found = (teammates.get(session, one) for one in people)
    return [one for one in found if one is not None and one.disabled_at is None]


def _send(
    context: Context, work: Work, teammate: Teammate, key: str, write: Callable[[], tuple[Said, list[str]]]
) -> None:
    """Queue a letter in the teammate's language; where none can leave, the page and the notice must do."""
    subject, lines = write()
    try:
        text = "\n".join(lines)
        queue_letter(work, teammate.mail, context.voice(teammate.language, subject), text, f"{key}:{teammate.id}")
    except RefusedError:
        return


def _letter(
    context: Context, teammate: Teammate, row: Handover, left: Left, names: dict[int, str]
) -> tuple[Said, list[str]]:
    def tell(sentence: Said) -> str:
        return context.voice(teammate.language, sentence)

    zone, url = or_utc(teammate.zone), context.settings.public_url
    lines = [tell(_opening(row, names))]
    for one in row.words:
        lines += ["", tell(say("{name} writes:", name=names.get(one["by"], "?"))), str(one["text"])]
    if not left:
        lines += ["", tell(say("Nothing is left open."))]
    for kind, items in left.items.items():
        if items:
            lines += ["", tell(_heading(kind, left.counts[kind]))]
            lines += [f"- {_line(one, zone)}\n  {url}/inbox/all/{one.conversation_id}" for one in items]
    lines += ["", tell(say("Say that you took over, so that nobody else is called:")), f"{url}/rota/handover"]
    return say("You are on duty now"), lines


def _opening(row: Handover, names: dict[int, str]) -> Said:
    who = ", ".join(names.get(one, "?") for one in row.went)
    if not who:
        return say("You are on duty now. Nobody was before you.")
    return say("You are on duty now, after {names}. This is what is left to you.", names=who)


def _heading(kind: str, count: int) -> Said:
    said = {
        "due": say("Due within 12 hours: {n}", n=count),
        "open": say("Open in their name: {n}", n=count),
        "later": say("Replies that leave later: {n}", n=count),
        "snoozed": say("Back from their snooze soon: {n}", n=count),
    }
    return said.get(kind) or say("Claimed: {n}", n=count)


def _line(item: Item, zone: tzinfo) -> str:
    time = f" ({item.at.astimezone(zone):%Y-%m-%d %H:%M})" if item.at else ""
    return f"{_plain(item.contact)}: {_plain(item.subject)}{time}"


def _plain(text: str) -> str:
    """Write what a stranger wrote as words of a letter that is Markdown: on one line, without its signs."""
    return " ".join(text.translate(_SIGNS).split())[:120]


_SIGNS = str.maketrans(dict.fromkeys("*_`[]<>#|~\\", " "))


# What people do -------------------------------------------------------------------------------------------------------


def write(work: Work, by: int, text: str) -> None:
    """Keep what somebody wants to say at the end of their shift; nothing takes it back."""
    text = clean(text).strip()
    if len(text) > LONGEST:
        raise RefusedError(say("A note holds {n} characters at most.", n=LONGEST))
    handovers.write_words(work, by, text)


def take(work: Work, number: int, by: int) -> None:
    """Say that one took over; whoever is on duty may, and the first one counts."""
    row = handovers.get(work.session, number)
    if row is None:
        raise NotFoundError(say("This note is not there any more."))
    if by not in {*row.came, *duty.on_duty(work.session, work.now)}:
        raise RefusedError(say("Only those on duty can take over."))
    if handovers.take(work, number, by):
        work.announce("handover.taken", teammate_id=by, handover_id=number)


def sweep(context: Context) -> int:
    """Tell the next on duty and the founders of what nobody took over in time; returns how many notes."""
    store = context.store
    now = store.clock()
    with store.reading() as session:
        if not handovers.not_taken(session, now - STALE, now - TAKEN_WITHIN):
            return 0
    with store.unit_of_work() as work:
        found = handovers.not_taken(work.session, work.now - STALE, work.now - TAKEN_WITHIN)
        return sum(_climb(context, work, row) for row in found)


def _climb(context: Context, work: Work, row: Handover) -> bool:
    if not handovers.climbed(work, row.id or 0):
        return False
    founders = [one.id or 0 for one in teammates.active(work.session) if one.role == "founder"]
    people = dict.fromkeys([*duty.next_on_duty(work.session, work.now), *founders])
    names = teammates.names(work.session)
    who = ", ".join(names.get(one, "?") for one in row.came)
    subject = say("{names} did not take over", names=who)
    told = [one for one in _who(work.session, list(people)) if one.id not in row.came]
    notices.of_rota(work, [one.id or 0 for one in told], f"handover:{row.id}:late", "late", who)
    work.announce("handover.climbed", handover_id=row.id, told=[one.id for one in told])
    for teammate in told:
        said = context.voice(teammate.language, _not_taken(who))
        lines = [said, "", f"{context.settings.public_url}/rota/handover"]
        _send(context, work, teammate, f"handover:{row.id}:late", lambda text=lines: (subject, text))  # type: ignore[misc]
    return True


def _not_taken(who: str) -> Said:
    n = int(TAKEN_WITHIN.total_seconds() // 60)
    return say("{names} came on duty {n} minutes ago and has not said so. Somebody should look.", names=who, n=n)


def tidy(context: Context) -> None:
    """Forget the notes of long ago."""
    with context.store.unit_of_work() as work:
        handovers.forget(work, work.now - KEPT)


def shown(session: Session, row: Handover) -> dict[str, Any]:
    """Return a note with names as they are now."""
    return {"row": row, "left": handovers.recalled(session, row.left)}
