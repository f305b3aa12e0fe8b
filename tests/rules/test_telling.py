"""Whom a step of the ladder tells, by which means, and when the next message may leave."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from rules.telling import (
    Audience,
    OutOfReach,
    Rung,
    Team,
    after,
    again,
    audience,
    base,
    claimable,
    not_alone,
    out_of_reach,
    outage_next,
    outage_step,
    put_off,
    read_in_part,
    ready_at,
    rings_again,
    urgent,
    ways,
)

ANN, BO, CY, DEE, GONE = 1, 2, 3, 4, 9
NOW = datetime(2026, 11, 4, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
TEAM = Team(frozenset({ANN, BO, CY, DEE}), founders=(ANN,), on_duty=(BO,), following=(CY,), rota=(BO, CY))
NIGHT = Team(frozenset({ANN, BO, CY, DEE}), founders=(ANN,), rota=(BO, CY))
"""Nobody is on duty."""


@pytest.mark.parametrize(
    ("team", "whom", "holder", "people", "nobody"),
    [
        (TEAM, ("assignee",), DEE, (DEE,), False),
        (TEAM, ("assignee",), None, (BO,), False),
        (TEAM, ("assignee",), GONE, (BO,), False),  # who left holds nothing
        (TEAM, ("duty", "next"), DEE, (BO, CY), False),
        (TEAM, ("everyone",), None, (BO, CY), False),
        (Team(frozenset({ANN, DEE}), founders=(ANN,)), ("everyone",), None, (ANN, DEE), False),  # no rota: everybody
        (TEAM, ("founders", "assignee"), BO, (ANN, BO), False),
        (TEAM, ("founders", "assignee"), ANN, (ANN,), False),  # each once
        (TEAM, ("teammate:4",), None, (DEE,), False),
        (TEAM, ("teammate:9",), None, (BO, CY), False),  # who is gone is passed over: the step after this one
        (NIGHT, ("assignee",), None, (BO, CY), True),  # at once the next step, and it is said
        (NIGHT, ("assignee",), DEE, (DEE,), False),
        (NIGHT, ("founders", "assignee"), None, (ANN,), True),
        (NIGHT, ("next",), None, (BO, CY), False),
        (Team(frozenset({DEE})), ("founders",), None, (DEE,), False),  # never nobody
    ],
)
def test_the_right_people_are_told(
    team: Team, whom: tuple[str, ...], holder: int | None, people: tuple[int, ...], nobody: bool
) -> None:
    told = audience(whom, holder, team, beyond=[("everyone",), ("founders",)])
    assert (told.people, told.nobody) == (people, nobody)


def test_where_no_step_finds_anybody_the_founders_are_told() -> None:
    alone = Team(frozenset({ANN}), founders=(ANN, GONE))
    assert audience(("duty",), None, alone, beyond=[("next",), ("teammate:9",)]).people == (ANN,)


@pytest.mark.parametrize(
    ("step", "through"),
    [
        ("warning", False),
        ("soon", False),
        ("last_call", True),
        ("breach", True),
        ("late_3", True),
        ("soon.then", False),
    ],
)
def test_only_the_late_steps_come_through_at_any_hour(step: str, through: bool) -> None:
    assert urgent(step) is through


@pytest.mark.parametrize(
    ("step", "until", "told"),
    [
        ("soon", None, NOW),
        ("soon", NOW + HOUR, NOW + HOUR),
        ("late_1", NOW + HOUR, NOW + HOUR),
        ("breach", NOW + HOUR, NOW),  # nothing puts that off
        ("soon", NOW - HOUR, NOW),
    ],
)
def test_a_claim_puts_the_climbing_off_and_never_the_breach(step: str, until: datetime | None, told: datetime) -> None:
    assert put_off(step, until, NOW) == told


NO_PHONE = {"telegram": "No account", "sms": "No account", "call": "No account", "webhook": "None is set"}


@pytest.mark.parametrize(
    ("means", "wrong", "use", "skipped"),
    [
        (("app", "push", "mail"), NO_PHONE, ("app", "push", "mail"), {}),
        (("app", "sms", "mail"), NO_PHONE, ("app", "mail"), {"sms"}),
        (("app", "call"), NO_PHONE, ("app", "mail"), {"call"}),  # the next that reaches them
        (("app",), NO_PHONE, ("app",), {}),
        (("webhook",), NO_PHONE, ("app", "mail"), set()),
        (("webhook",), {}, ("app",), {}),
        (("app", "mail"), {**NO_PHONE, "mail": "x", "push": "x"}, ("app",), {"mail"}),
    ],
)
def test_means_that_are_not_there_are_skipped_and_the_next_is_used(
    means: tuple[str, ...], wrong: dict[str, str], use: tuple[str, ...], skipped: set[str]
) -> None:
    found = ways(means, wrong)
    assert (found.use, set(found.skipped)) == (use, set(skipped))


def test_what_failed_is_followed_by_what_was_not_tried() -> None:
    assert after({"app", "sms"}, ("app", "sms", "mail"), {}) == "mail"
    assert after({"app", "sms", "mail"}, ("app", "sms", "mail"), {"push": "none"}) == "telegram"
    assert after({"app", "mail"}, ("app", "mail"), {"push": "", "telegram": "", "sms": "", "call": ""}) is None


@pytest.mark.parametrize(
    ("means", "ago", "pressing", "wait"),
    [
        ("mail", None, False, None),
        ("mail", timedelta(minutes=4), False, timedelta(minutes=6)),
        ("mail", timedelta(seconds=20), True, timedelta(seconds=40)),  # a breach waits a minute at most
        ("push", timedelta(minutes=4), False, timedelta(minutes=1)),
    ],
)
def test_messages_to_one_person_keep_apart(
    means: str, ago: timedelta | None, pressing: bool, wait: timedelta | None
) -> None:
    ready = ready_at(means, NOW - ago if ago else None, pressing=pressing)
    assert ready == (NOW + wait if wait else None)


@pytest.mark.parametrize(
    ("hours", "told", "step", "whom"),
    [
        (0, set(), "silent", ("duty",)),
        (0.9, {"silent"}, None, None),
        (1, {"silent"}, "silent_1h", ("everyone",)),
        (2.5, {"silent", "silent_1h"}, "silent_2h", ("founders",)),
        (2.5, {"silent"}, "silent_2h", ("founders",)),  # what was missed is not made up for
        (23, {"silent_2h"}, None, None),
        (24, {"silent_2h"}, "silent_day_1", ("founders",)),
        (49, {"silent_day_1"}, "silent_day_2", ("founders",)),
    ],
)
def test_an_account_that_is_silent_climbs_its_own_ladder(
    hours: float, told: set[str], step: str | None, whom: tuple[str, ...] | None
) -> None:
    assert outage_step(NOW, told, NOW + hours * HOUR) == ((step, whom) if step else None)


@pytest.mark.parametrize(("hours", "then"), [(0, 1), (1, 2), (1.5, 2), (2, 24), (24, 48), (30, 48)])
def test_an_outage_that_lasts_is_told_of_again(hours: float, then: float) -> None:
    assert outage_next(NOW, NOW + hours * HOUR) == NOW + then * HOUR


WARNED, SOON = NOW - 8 * HOUR, NOW - 2 * HOUR


@pytest.mark.parametrize(
    ("rung", "step"),
    [
        ([], None),  # nothing rang before the claim
        ([Rung("warning", WARNED, WARNED)], "warning"),
        ([Rung("warning", WARNED, WARNED), Rung("soon", SOON, SOON)], "soon"),
        ([Rung("warning", WARNED, WARNED), Rung("soon", SOON, None)], None),  # held back: it is told now by itself
        ([Rung("warning", WARNED, WARNED), Rung("soon", SOON, NOW)], None),  # another process was quicker
        ([Rung("warning", WARNED, WARNED), Rung("warning.then", SOON, SOON)], "warning"),
        ([Rung("warning", WARNED, WARNED), Rung("warning.again.3", SOON, SOON)], "warning"),
    ],
)
def test_the_newest_step_rings_again_where_a_claim_ends_without_an_answer(rung: list[Rung], step: str | None) -> None:
    found = again(rung, NOW)
    assert (found.step if found else None) == step


@pytest.mark.parametrize(
    ("people", "who", "team", "told"),
    [
        ((CY,), CY, TEAM, (CY, BO)),  # whoever is on duty hears it too
        ((BO,), BO, TEAM, (BO, CY)),  # they are on duty themselves: who comes next does
        ((BO,), BO, Team(TEAM.active, on_duty=(BO,)), (BO,)),
        ((BO, CY), CY, TEAM, (BO, CY)),
        ((), CY, NIGHT, ()),
    ],
)
def test_whoever_let_a_claim_run_out_is_not_told_alone(
    people: tuple[int, ...], who: int, team: Team, told: tuple[int, ...]
) -> None:
    assert not_alone(Audience(people), who, team).people == told


@pytest.mark.parametrize(
    ("step", "first", "once_more", "pressing", "held"),
    [
        ("warning", "warning", False, False, True),
        ("warning.again.5.then", "warning", True, False, True),
        ("breach", "breach", False, True, False),
        ("breach.again.5", "breach", True, True, True),  # what rings only for want of a claim, a claim keeps back
        ("late_2", "late_2", False, True, False),
    ],
)
def test_a_step_keeps_its_name_when_it_rings_again(
    step: str, first: str, *, once_more: bool, pressing: bool, held: bool
) -> None:
    assert (base(step), rings_again(step), urgent(step), claimable(step)) == (first, once_more, pressing, held)


NOTHING = {"push": "none", "mail": "no", "telegram": "no", "sms": "no", "call": "no", "webhook": "no"}


@pytest.mark.parametrize(
    ("whom", "means", "wrong", "people"),
    [
        (("duty",), ("app", "push", "mail"), {BO: NOTHING}, [BO]),
        (("duty",), ("app", "push", "mail"), {BO: {**NOTHING, "sms": ""}}, [BO]),
        (("duty",), ("app", "push"), {BO: {"push": "none"}}, []),  # another means takes its place
        (("assignee",), ("app", "push", "mail"), {DEE: NOTHING}, [DEE]),  # anybody may hold it
        (("duty",), ("app", "push", "mail"), {DEE: NOTHING}, []),  # never on duty
        (("founders",), ("app", "push", "mail"), {ANN: NOTHING, BO: NOTHING}, [ANN]),
        (("teammate:3",), ("app", "push", "mail"), {CY: NOTHING}, [CY]),
        (("duty",), ("app",), {}, [BO, CY]),  # by choice
        (("duty",), ("app", "webhook"), {BO: {**NOTHING, "webhook": "no"}}, [BO]),
        (("founders",), ("app", "webhook"), {}, []),  # the team's room hears it
    ],
)
def test_whom_a_step_would_reach_with_the_page_open_only(
    whom: tuple[str, ...], means: tuple[str, ...], wrong: dict[int, dict[str, str]], people: list[int]
) -> None:
    assert [one.person for one in out_of_reach([("soon", whom, means)], TEAM, wrong)] == people


def test_whoever_is_out_of_reach_of_two_steps_is_named_once_with_every_reason() -> None:
    steps = [("soon", ("everyone",), ("app", "push")), ("breach", ("teammate:2",), ("app", "mail"))]
    assert out_of_reach(steps, TEAM, {BO: NOTHING}) == [
        OutOfReach(BO, ("soon", "breach"), {"push": "none", "mail": "no"})
    ]


@pytest.mark.parametrize(
    ("since", "read", "partly"),
    [
        (30, 1, True),
        (10, 10, True),  # the very look in which a part of it failed
        (10, 11, False),
        (90, 40, False),  # the rest has not been read for long, either
        (None, 0, False),
    ],
)
def test_an_account_is_read_in_part_while_the_rest_of_it_is(since: int | None, read: int, *, partly: bool) -> None:
    began = None if since is None else NOW - timedelta(minutes=since)
    assert read_in_part(began, NOW - timedelta(minutes=read), NOW) == partly
