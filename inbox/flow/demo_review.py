"""The founders' Mondays of the demo: the summary is mailed, broken promises get a cause, weeks are signed off."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from inbox.flow import demo_past, demo_promise, letters_of_weeks, review
from inbox.flow.deliver import deliver_once
from inbox.flow.demo_promise import FOUNDER, ZONE, House, Moment
from inbox.flow.review import Found
from inbox.store import promise_figures, promise_rows, reviews
from inbox.store.promise_figures import Only
from rules import promise

if TYPE_CHECKING:
    from inbox.store.db import Work
    from inbox.store.promise_rows import Waited
    from rules.promise import Week

Decided = dict[int, tuple[str, str]]

MAILED, REVIEWED = timedelta(hours=9, minutes=5), timedelta(hours=9, minutes=40)
WEEKEND = Found("nobody_on_duty", "It came at the weekend, and nobody was on duty then.")
OTHERWISE = (
    Found("hard_question", "We looked for the reason first and told them only when we had it."),
    Found("notice_missed", "The notice came during the parents' evening."),
    Found("ignored", "Each of us thought that somebody else had it."),
)
DECIDED: Decided = {
    5: ("Say at once that we are looking, and when they hear more", "Greta Olsen"),
    4: ("Take turns at weekends, too", FOUNDER),
    3: ("Write down how exports work, for whoever is new on duty", "Malik Benali"),
}
"""What shall change, and who sees to it: by how many weeks ago the week was. A week in which
nothing went wrong leaves it to the next. What is old is done."""
WRONG = 3
"""In the review of the week so long ago, one ending turns out to have been wrong."""


def mondays(house: House, now: datetime) -> Iterator[Moment]:
    """Yield each Monday's letter and review; the week that ended last is left to whoever looks at the demo."""
    this, left = promise.week_of(now, ZoneInfo(ZONE)), dict(DECIDED)
    for back in range(demo_past.WEEKS, 0, -1):
        monday = promise.midnight(this.later(1 - back).monday, ZoneInfo(ZONE))
        if monday + MAILED < now:
            yield monday + MAILED, partial(_mail, house)
        if back > 1:
            yield monday + REVIEWED, partial(_review, house, this.later(-back), back, left)


def _mail(house: House) -> None:
    """Mail the summary; on Mondays duty passes on, too."""
    letters_of_weeks.send_due(house.context)
    demo_promise.by_itself(house)
    deliver_once(house.context)


def _review(house: House, week: Week, back: int, left: Decided) -> None:
    founder = house.team[FOUNDER]
    with house.context.store.unit_of_work() as work:
        span = review.span_of(work.session, week)
        if not promise_figures.tally(work.session, span, work.now).settled:
            return
        for one in reviews.open_actions(work.session, week.later(-2).name):
            review.set_done(work, one.id or 0, founder, done=True)
        _explain(house, work, week, {place: left[place] for place in left if place >= back}, left)
        _judge(work, week, founder, wrong=back == WRONG)
        review.sign_off(work, week, founder)


def _explain(house: House, work: Work, week: Week, due: Decided, left: Decided) -> None:
    """Give what was broken a cause, and decide something where it is time for that."""
    span = review.span_of(work.session, week)
    broken = promise_rows.page(work.session, span, work.now, Only("broken"))
    near = promise_rows.page(work.session, span, work.now, Only("near"), limit=1)
    for number, wait in enumerate(broken or (near if due else [])):
        why = _why(wait)
        if number == 0 and due:
            action, owner = left.pop(max(due))
            why = Found(why.cause, why.words, action, house.team[owner])
        review.explain(work, wait.id, why, house.team[FOUNDER])


def _why(wait: Waited) -> Found:
    if wait.started_at.weekday() >= demo_past.SATURDAY:
        return WEEKEND
    return OTHERWISE[wait.id % len(OTHERWISE)]


def _judge(work: Work, week: Week, by: int, *, wrong: bool) -> None:
    for number, ending in enumerate(review.lot(work.session, week).chosen):
        if wrong and number == 0:
            review.judge(work, week, ending.wait_id, by, right=False, reason="There was a question in the last line.")
        else:
            review.judge(work, week, ending.wait_id, by, right=True)
