"""A founder looks back on a week, and two teammates swap a shift: each in their own language."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from sqlmodel import select
from team import Opener, Team
from weeks import look_back, next_shift, take_turns

from inbox.flow import duty
from inbox.store.tables import Review, ReviewWeek, Teammate
from inbox.web.language import catalog


def speaks(team: Team, who: int, language: str) -> Callable[[str], str]:
    """Let a teammate read in a language; returns what a text of ours is there."""
    with team.house.store.unit_of_work() as work:
        work.session.get_one(Teammate, who).language = language
    return catalog(language).gettext


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_founder_reviews_a_week(team: Team, opened: Opener, language: str) -> None:
    waits, said = look_back(team), speaks(team, team.alice.id, language)
    page = opened(locale=language)
    page.goto(f"{team.url}/promise/team/review")
    expect(page.get_by_role("heading", level=1)).to_have_text(said("Review of the week"))
    sign = page.get_by_role("button", name=said("Sign the week off"))
    expect(sign).to_have_count(0)

    broken = page.locator(f"#w{waits['broken']}")
    broken.get_by_label(said("Cause")).select_option(label=said("The notice was missed"))
    broken.get_by_label(said("In your own words")).fill("The phone was off.")
    broken.get_by_label(said("What shall change")).fill("Charge the phone")
    broken.get_by_label(said("Who sees to it")).select_option(label="Bob")
    broken.get_by_role("button", name=said("Save the cause")).click()
    expect(broken.get_by_text(said("The notice was missed")).first).to_be_visible()

    sampled = page.locator("article", has=page.locator(f"#s{waits['ended']}"))
    sampled.get_by_role("button", name=said("It was right")).click()
    expect(sampled.get_by_text(said("Right"), exact=True)).to_be_visible()
    page.get_by_role("button", name=said("Done"), exact=True).click()
    expect(page.get_by_role("button", name=said("Not done"), exact=True)).to_be_visible()
    sign.click()
    expect(page.locator("#sign + p")).to_contain_text("Alice")

    with team.house.store.reading() as session:
        [written] = session.exec(select(Review)).all()
        assert (written.wait_id, written.cause, written.owner_id) == (waits["broken"], "notice_missed", team.bob.id)
        assert written.done_at is not None
        [week] = session.exec(select(ReviewWeek)).all()
        assert (week.broken, week.signed_by) == (1, team.alice.id)


@pytest.mark.parametrize(("asks_in", "answers_in"), [("en", "fr"), ("fr", "en")])
def test_two_teammates_swap_a_shift(team: Team, opened: Opener, asks_in: str, answers_in: str) -> None:
    take_turns(team)
    bobs, alices = speaks(team, team.bob.id, asks_in), speaks(team, team.alice.id, answers_in)
    shift = next_shift(team, team.bob.id)
    bob, alice = opened("bob", locale=asks_in), opened("alice", locale=answers_in)

    bob.goto(f"{team.url}/rota")
    mine = bob.get_by_role("region", name=bobs("My shifts"))
    mine.get_by_text(bobs("Ask for a swap")).first.click()
    mine.get_by_label(bobs("Whom")).first.select_option(label="Alice")
    mine.get_by_role("button", name=bobs("Ask"), exact=True).first.click()
    expect(mine).to_contain_text(bobs("You asked {name} for a swap.").format(name="Alice"))

    alice.goto(f"{team.url}/rota")
    asked = alice.get_by_role("region", name=alices("You are asked to swap"))
    expect(asked).to_contain_text("Bob")
    asked.get_by_role("button", name=alices("Accept")).click()
    expect(asked).to_have_count(0)

    bob.reload()
    swaps = bob.get_by_role("region", name=bobs("Swaps"))
    expect(swaps).to_contain_text(bobs("taken by {name}").format(name="Alice"))
    with team.house.store.reading() as session:
        served = {who for slot in duty.slots(session, shift.start, shift.end) for who in slot.people}
    assert served == {team.alice.id}
