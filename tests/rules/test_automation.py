"""What wakes a rule, and what it then does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from rules.automation import Act, Facts, Wish, plan, wish, woken_by

NOW = datetime(2026, 11, 4, 12, tzinfo=UTC)
SOON = NOW + timedelta(hours=3)


@pytest.mark.parametrize(
    ("kind", "data", "first", "pulled"),
    [
        ("message.in", {"human": True}, True, {"arrived", "opened"}),
        ("message.in", {"human": True}, False, {"arrived"}),
        ("message.in", {"human": False}, True, set()),
        ("conversation.tagged", {"tag": "vip"}, False, {"tagged"}),
        ("conversation.tagged", {"depth": 1}, False, {"tagged"}),
        ("conversation.tagged", {"depth": 2}, False, set()),  # what rules did because of rules wakes none
        ("delivery.sent", {}, False, {"replied"}),
        ("notice.new", {}, False, set()),
    ],
)
def test_a_change_wakes_the_rules_that_are_for_it(
    kind: str, data: dict[str, object], first: bool, pulled: set[str]
) -> None:
    assert woken_by(kind, data, first=first) == pulled


@pytest.mark.parametrize(
    ("wanted", "facts", "acts"),
    [
        (Wish(tag=("vip", "new")), Facts(tags=frozenset({"vip"})), [Act("tag", "new")]),
        (Wish(untag=("vip", "new")), Facts(tags=frozenset({"vip"})), [Act("untag", "vip")]),
        (Wish(assign="5"), Facts(), [Act("assign", 5)]),
        (Wish(assign="5"), Facts(assignee=5), []),
        (Wish(assign="nobody"), Facts(assignee=5), [Act("assign", None)]),
        (Wish(assign="nobody"), Facts(), []),
        (Wish(assign="duty"), Facts(duty={3: 7, 4: 2, 5: 2}), [Act("assign", 4)]),
        (Wish(assign="duty"), Facts(assignee=3, duty={3: 7, 4: 2}), []),  # who is on duty and has it keeps it
        (Wish(assign="duty"), Facts(assignee=9, duty={3: 7}), [Act("assign", 3)]),
        (Wish(assign="duty"), Facts(assignee=9, duty={}), []),
        (Wish(end="close"), Facts(), [Act("close")]),
        (Wish(end="close"), Facts(due_at=SOON), []),  # a wait is never ended in silence
        (Wish(end="close"), Facts(status="closed"), []),
        (Wish(end="spam"), Facts(due_at=SOON), [Act("spam")]),
        (Wish(end="spam"), Facts(answered=True), []),  # whom we have answered is no spammer
        (Wish(end="spam", tag=("x",)), Facts(status="spam"), []),
        (Wish(snooze_hours=2), Facts(due_at=SOON), [Act("snooze", NOW + timedelta(hours=2))]),
        (Wish(snooze_hours=4), Facts(due_at=SOON), []),  # never past the deadline
        (Wish(snooze_hours=4), Facts(), [Act("snooze", NOW + timedelta(hours=4))]),
        (Wish(snooze_hours=4), Facts(status="closed"), []),
        (Wish(assign="5", notify=("5", "assignee")), Facts(), [Act("assign", 5)]),  # that is news enough
        (Wish(notify=("5", "assignee")), Facts(), [Act("notify", ("5", "assignee"))]),
        (
            Wish(tag=("a",), note="Look", assign="5", end="close", notify=("6",)),
            Facts(),
            [Act("tag", "a"), Act("note", "Look"), Act("assign", 5), Act("close"), Act("notify", ("6",))],
        ),
    ],
)
def test_a_rule_does_what_changes_something_and_harms_nobody(wanted: Wish, facts: Facts, acts: list[Act]) -> None:
    assert plan(wanted, facts, NOW) == acts


@pytest.mark.parametrize(
    "said", [{}, {"snooze_hours": -1}, {"snooze_hours": "8"}, {"end": "delete"}, {"tag": "vip"}, {"notify": None}]
)
def test_what_is_not_understood_is_not_done(said: dict[str, object]) -> None:
    assert not wish(said)


def test_what_was_stored_is_read() -> None:
    said = {
        "assign": "duty",
        "tag": ["a"],
        "untag": ["b"],
        "snooze_hours": 8,
        "note": "n",
        "notify": ["1"],
        "end": "close",
    }
    assert wish(said) == Wish("duty", ("a",), ("b",), 8, "n", ("1",), "close")
