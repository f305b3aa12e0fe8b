"""A rule in words: when it acts, on what, and what it does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from inbox.web.words import N_, _, _n
from rules.automation import TIMES, Wish

if TYPE_CHECKING:
    from inbox.flow.rules import Draft

WHEN = {
    "arrived": N_("Somebody writes"),
    "opened": N_("Somebody opens a new conversation"),
    "replied": N_("A reply of ours was sent"),
    "assigned": N_("A conversation is assigned"),
    "tagged": N_("A conversation is tagged"),
    "noted": N_("A note is written"),
    "woke": N_("A snooze is over"),
    "closed": N_("A conversation is closed"),
    "reopened": N_("A conversation is opened again"),
    "waiting": N_("Somebody has waited for so long"),
    "due": N_("The time to answer is over in so long"),
    "silent": N_("They have not answered us for so long"),
}


def when(draft: Draft) -> str:
    """Say when a rule acts."""
    if draft.trigger not in TIMES:
        return _(WHEN.get(draft.trigger, ""))
    span = time(draft.hours)
    if draft.trigger == "waiting":
        return _("Somebody has waited for {span}").format(span=span)
    if draft.trigger == "due":
        return _("The time to answer is over in {span}").format(span=span)
    return _("They have not answered us for {span}").format(span=span)


def time(hours: int) -> str:
    """Say a number of hours, as days where they are whole ones."""
    if hours % 24 == 0 and hours:
        return _n("{n} day", "{n} days", hours // 24)
    return _n("{n} hour", "{n} hours", hours)


def acts(wanted: Wish, team: Mapping[str, str]) -> list[str]:
    """Say what a rule does, one sentence each. team: names by number."""
    told = [_("tag it “{tag}”").format(tag=tag) for tag in wanted.tag]
    told += [_("take the tag “{tag}” off").format(tag=tag) for tag in wanted.untag]
    if wanted.note:
        told.append(_("leave a note"))
    if wanted.assign:
        told.append(_assigned(wanted.assign, team))
    if wanted.snooze_hours:
        told.append(_("snooze it for {span}").format(span=time(wanted.snooze_hours)))
    if wanted.end == "close":
        told.append(_("close it, unless somebody waits"))
    if wanted.end == "spam":
        told.append(_("mark it as spam, unless we have answered"))
    if wanted.notify:
        names = [_whom(one, team) for one in wanted.notify]
        told.append(_("tell {names}").format(names=", ".join(names)))
    return told


def _assigned(to: str, team: Mapping[str, str]) -> str:
    if to == "nobody":
        return _("give it to nobody")
    if to == "duty":
        return _("give it to whoever is on duty")
    return _("give it to {name}").format(name=team.get(to, _("somebody who left")))


def _whom(one: str, team: Mapping[str, str]) -> str:
    if one == "duty":
        return _("those on duty")
    return _("whoever has it") if one == "assignee" else team.get(one, _("somebody who left"))
