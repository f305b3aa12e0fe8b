"""How the promise is spoken of: sentences of figures, of weeks, of causes, and of what happened in a wait."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta

from inbox.store.promise_figures import Figures, Tally
from inbox.store.promise_rows import Waited
from inbox.store.wait_story import Moment
from inbox.web.words import N_, _, _n, number_of, said, span, tell
from rules.promise import Week
from rules.telling import base, rings_again

CAUSES = {
    "nobody_on_duty": N_("Nobody was on duty"),
    "notice_missed": N_("The notice was missed"),
    "channel_down": N_("A channel did not work"),
    "hard_question": N_("The question was hard"),
    "ignored": N_("It was left lying"),
    "other": N_("Something else"),
}
STATES = {
    "": N_("All that were due"),
    "kept": N_("Answered in time"),
    "near": N_("Answered just in time"),
    "late": N_("Answered too late"),
    "unanswered": N_("Due and not answered"),
    "broken": N_("Waited longer than promised"),
    "settled": N_("Decided"),
    "undecided": N_("Still in time"),
}
MEANS = {
    "app": N_("in the app"),
    "mail": N_("by mail"),
    "push": N_("in the browser"),
    "webhook": N_("by webhook"),
    "telegram": N_("by Telegram"),
    "sms": N_("by SMS"),
    "call": N_("by phone"),
}
STEPS = {
    "warning": N_("first warning"),
    "soon": N_("second warning"),
    "last_call": N_("last call"),
    "breach": N_("promise broken"),
}
ENDINGS = {
    "replied": N_("{who} replied."),
    "call_connected": N_("{who} called them."),
    "no_reply_needed": N_("{who} ended it without a reply: {reason}"),
    "spam": N_("{who} marked it as spam."),
    "merged_into": N_("It was merged into another conversation."),
    "erased": N_("It was erased."),
}
_ACTS = {
    "seen": N_("{who} last looked at it."),
    "assigned": N_("{who} gave it to {to}."),
    "snoozed": N_("{who} snoozed it."),
    "closed": N_("{who} closed it."),
    "reopened": N_("{who} opened it again."),
    "no_reply_needed": N_("{who} said that no reply was needed."),
    "spam": N_("{who} marked it as spam."),
    "not_spam": N_("{who} said that it is no spam."),
    "claimed": N_("{who} claimed it."),
    "released": N_("{who} let go of it."),
    "draft": N_("{who} began an answer that is not sent."),
    "sent": N_("The reply was written."),
    "arrived": N_("The message was received."),
    "stored": N_("It reached us only now."),
    "resumed": N_("The wait went on: the reply did not arrive, or ending it was undone."),
    "settled": N_("A rule tagged it as it came, so the policy “{policy}” counts."),
    "now": N_("Still waiting now."),
}


NONE = "\N{EN DASH}"


def week_name(week: Week) -> str:
    """Name a week by its first and last day."""
    first = datetime.combine(week.monday, time(), UTC)
    last = first + timedelta(days=6)
    pattern = "d" if first.month == last.month else "d MMM" if first.year == last.year else "d MMM y"
    return _("{first} to {last}").format(first=said(first, pattern), last=said(last, "d MMM y"))


def day_of(week: Week) -> str:
    """Name a week by its first day, briefly."""
    return said(datetime.combine(week.monday, time(), UTC), "d MMM")


def share(tally: Tally) -> str:
    """Say how much of a tally was kept: as counts where there are few."""
    if not tally.settled:
        return NONE
    if tally.few:
        return _("{kept} of {n}").format(kept=tally.kept, n=tally.settled)
    return _("{p} %").format(p=tally.percent)


def sentence(figures: Figures) -> str:
    """Say the result of a week."""
    tally, in_time = figures.tally, _("within 24 hours") if figures.plain else _("in time")
    if not tally.settled:
        first = _("Nothing to measure yet.")
    elif tally.settled == 1:
        one = _("One person was due an answer and got it {in_time}.")
        first = (one if tally.kept else _("One person was due an answer and did not get it {in_time}.")).format(
            in_time=in_time
        )
    elif tally.few:
        first = _("{kept} of {n} people were answered {in_time}.").format(
            kept=tally.kept, n=tally.settled, in_time=in_time
        )
    else:
        first = _("{p} % of {n} people were answered {in_time}.").format(
            p=tally.percent, n=number_of(tally.settled), in_time=in_time
        )
    return " ".join([first, *_rest(tally)])


def _rest(tally: Tally) -> list[str]:
    more = []
    if tally.broken and tally.settled > 1:
        more.append(_n("{n} waited longer.", "{n} waited longer.", tally.broken))
    if tally.unanswered and tally.settled > 1:
        more.append(_n("{n} of them has no answer.", "{n} of them have no answer.", tally.unanswered))
    if tally.undecided:
        more.append(_n("{n} person is still in time.", "{n} people are still in time.", tally.undecided))
    return more


def lasted(time: timedelta | None) -> str:
    """Say how long a wait took."""
    if time is None:
        return NONE
    hours, minutes = divmod(int(time.total_seconds() // 60), 60)
    return _("{h} h {m:02d}").format(h=hours, m=minutes) if minutes and 24 <= hours < 48 else span(time.total_seconds())


def counted(seconds: float) -> str:
    """Say how much time of a matter counted."""
    return lasted(timedelta(seconds=seconds))


def how_it_went(wait: Waited, now: datetime) -> str:
    """Say in one sentence how long somebody waited, and what was promised."""
    took, promised = lasted((wait.closed_at or now) - wait.started_at), lasted(wait.due_at - wait.started_at)
    if wait.closed_at is None:
        pattern = _("{contact} has waited {took}. The promise was {promised}.")
    elif wait.answered:
        pattern = _("{contact} waited {took}. The promise was {promised}.")
    else:
        pattern = _("{contact} waited {took} and got no answer. The promise was {promised}.")
    return pattern.format(contact=wait.contact or _("Somebody"), took=took, promised=promised)


def moment(one: Moment, names: Mapping[int, str]) -> str:
    """Say one thing that happened while somebody waited."""
    who = names.get(one.person, "") or _("Somebody")
    details = one.details
    if one.kind == "ended":
        pattern = _(ENDINGS.get(str(details.get("cause")), "{who}"))
        return pattern.format(who=who, reason=tell(str(details.get("reason", ""))))
    if one.kind == "rang":
        return _("The ladder rang: {step}.").format(step=step(str(details["step"])))
    if one.kind == "outage":
        return _("The channel did not work: {why}").format(why=tell(str(details.get("why") or "")))
    to = str(details.get("to", "")) if details.get("to_id") else _("nobody")
    policy = str(details.get("policy") or "") or _("Everybody")
    return _(_ACTS[one.kind]).format(who=who if one.person else _("Under24"), to=to, policy=policy)


def step(name: str) -> str:
    """Name a step of the ladder."""
    if rings_again(name):
        return _("{step}, once more").format(step=step(base(name)))
    plain = base(name)
    if plain.startswith("late_"):
        return _("{n} d late").format(n=plain.removeprefix("late_"))
    return _(STEPS[plain]) if plain in STEPS else plain.replace("_", " ")
