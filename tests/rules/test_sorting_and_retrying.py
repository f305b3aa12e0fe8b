from __future__ import annotations

from datetime import timedelta

import pytest

from rules.retrying import reconnect_in, send_again_in
from rules.sorting import Ignore, Keep, sort_out


@pytest.mark.parametrize("joined", [True, False])
def test_a_person_is_always_kept(joined: bool) -> None:
    assert sort_out("person", "", joined=joined) == Keep(human=True)


@pytest.mark.parametrize("nature", ["auto_reply", "bounce", "list"])
def test_a_machine_is_kept_where_it_speaks_of_a_conversation_we_have(nature: str) -> None:
    assert sort_out(nature, "", joined=True) == Keep(human=False)


@pytest.mark.parametrize("nature", ["auto_reply", "bounce", "list", "report", "abuse_report", "echo", "something new"])
def test_any_other_machine_is_ignored_with_a_sentence(nature: str) -> None:
    verdict = sort_out(nature, "Precedence: bulk", joined=False)

    assert isinstance(verdict, Ignore)
    assert verdict.reason.endswith("Precedence: bulk.")


def test_what_we_wrote_elsewhere_is_kept_even_if_a_machine_of_ours_wrote_it() -> None:
    assert sort_out("auto_reply", "", joined=False, ours=True) == Keep(human=False)


@pytest.mark.parametrize(
    ("tries", "asked", "minutes"),
    [
        (1, None, 1),
        (2, None, 5),
        (7, None, 480),
        (99, None, 480),  # the last step repeats
        (1, 3600.0, 60),  # the other side knows best how long
        (4, 5.0, 60),
    ],
)
def test_a_send_is_tried_again_later_and_later(tries: int, asked: float | None, minutes: int) -> None:
    assert send_again_in(tries, asked) == timedelta(minutes=minutes)


@pytest.mark.parametrize(("failures", "least", "most"), [(1, 0.75, 1.25), (4, 6, 10), (50, 225, 375)])
def test_an_account_is_tried_again_with_growing_pauses_that_are_spread(
    failures: int, least: float, most: float
) -> None:
    assert least <= reconnect_in(failures, 0.0) < reconnect_in(failures, 1.0) <= most
