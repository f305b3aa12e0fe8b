"""On Monday morning every founder is mailed how the week went: the result, what was broken, what is to be done.

At eight in the founder's own zone, once the house's week is over; after an outage still on Monday or Tuesday. Later it
is left out, and the review of that week says to whom it was mailed. A letter is one row with a key of its own, so that
any number of processes mail it once.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from babel.dates import format_date

from inbox.flow import review
from inbox.flow.errors import RefusedError
from inbox.flow.letters import can_send, queue_letter, reads
from inbox.say import Said, say
from inbox.store import outbox, promise_figures, reviews, teammates
from rules import promise, zones

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from inbox.flow.context import Context
    from inbox.store.db import Session, Work
    from inbox.store.promise_figures import Figures
    from inbox.store.tables import Review, Teammate
    from rules.promise import Week

LISTED = 10
log = logging.getLogger(__name__)


def send_due(context: Context) -> int:
    """Queue the letters whose time it is; returns how many."""
    with context.store.reading() as session:
        if not _due(session, context.clock()):
            return 0
    with context.store.unit_of_work() as work:
        due = _due(work.session, work.now)
        return sum(_mail(context, work, founder, week) for founder, week in due)


def mailed(session: Session, week: Week) -> list[str]:
    """Name the founders to whom the summary of a week was mailed."""
    return [one.name for one in _founders(session) if outbox.by_key(session, _key(week, one)) is not None]


def _due(session: Session, now: datetime) -> list[tuple[Teammate, Week]]:
    """Return whom it can be mailed to now; who cannot be mailed costs nothing: this is asked every few seconds."""
    found = []
    for founder in _founders(session) if can_send(session) else []:
        week = promise.to_tell(now, zones.named(founder.zone) or review.zone(session))
        end = review.span_of(session, week).end if week else now
        if week is None or end > now or founder.created_at >= end or reads(session, founder.mail):
            continue
        if outbox.by_key(session, _key(week, founder)) is None:
            found.append((founder, week))
    return found


def _founders(session: Session) -> list[Teammate]:
    return [one for one in teammates.active(session) if one.role == "founder"]


def _key(week: Week, founder: Teammate) -> str:
    return f"{outbox.OF_WEEKS}{week.name}:{founder.id}"


def _mail(context: Context, work: Work, founder: Teammate, week: Week) -> bool:
    """Queue one letter; where none can leave now, it is tried again until the time is over."""
    subject, text = letter(context, work.session, founder, week, work.now)
    try:
        queue_letter(work, founder.mail, subject, text, _key(week, founder))
    except RefusedError as error:
        log.info("The summary of %s cannot be mailed to teammate %s: %s", week.name, founder.id, error)
        return False
    return True


def letter(context: Context, session: Session, founder: Teammate, week: Week, now: datetime) -> tuple[str, str]:
    """Write the summary of a week in a founder's language: subject and text."""

    def tell(sentence: Said) -> str:
        return context.voice(founder.language, sentence)

    span = review.span_of(session, week)
    figures = promise_figures.figures(session, span, now)
    missing, actions = reviews.without_cause(session, span, now), reviews.open_actions(session, week.name)
    day = format_date(week.monday, "d MMMM y", locale=founder.language or "en")
    subject = tell(say("The promise in the week of {day}", day=day))
    url = f"{context.settings.public_url}/promise/team"
    lines = [
        *(tell(one) for one in _result(figures)),
        *([tell(say("Broken promises that nobody has given a cause: {n}.", n=missing))] if missing else []),
        "",
        *_to_do(session, actions, tell),
        f"{tell(say('The review of the week:'))} {url}/review?week={week.name}",
    ]
    return subject, "\n".join(lines)


def _result(figures: Figures) -> list[Said]:
    """Say how the week went; of few, as counts."""
    tally = figures.tally
    if not tally.settled:
        return [say("Nobody was due an answer.")]
    known = {"kept": tally.kept, "n": tally.settled, "p": tally.percent}
    first = say("Answered in time: {kept} of {n}.", **known)
    if not tally.few:
        first = say("Answered in time: {kept} of {n} ({p} %).", **known)
    rest = say(
        "Waited longer than promised: {n}. Of those, without an answer until now: {m}.",
        n=tally.broken,
        m=tally.unanswered,
    )
    return [first, rest] if tally.broken else [first]


def _to_do(session: Session, actions: list[Review], tell: Callable[[Said], str]) -> list[str]:
    if not actions:
        return []
    names = teammates.names(session)
    told = [f"- {_plain(one.action)} ({names.get(one.owner_id or 0, '?')})" for one in actions[:LISTED]]
    return [tell(say("To be done: {n}", n=len(actions))), *told, ""]


def _plain(text: str) -> str:
    """Take from words what Markdown would make a link or a picture of."""
    return "".join(sign for sign in text if sign not in "[]()<>`*_!#|\\\n\r").strip()
