"""Live screens: who else is here, what happens without a line, and catching up by itself."""

from __future__ import annotations

import re
from datetime import timedelta

from house import mail
from playwright.sync_api import expect
from team import Opener, Served, Team

from inbox.clock import utc_now
from inbox.web import create_app


def letter(number: int) -> bytes:
    return mail(
        f"Eve {number} <eve{number}@moss.example>", "Hello\n", subject=f"News {number}", message_id=f"n{number}@x"
    )


def test_two_people_at_one_conversation_see_each_other(team: Team, opened: Opener) -> None:
    alice, bob = opened("alice"), opened("bob")
    alice.goto(f"{team.url}/inbox/waiting/1")
    bob.goto(f"{team.url}/inbox/waiting/1")
    expect(alice.locator("#here")).to_have_text("Also here: Bob.")
    expect(bob.locator("#here")).to_have_text("Also here: Alice.")
    expect(alice.locator("#c1 .here-face")).to_have_attribute("aria-label", "Bob is looking at it")
    expect(alice.locator("#story-head .here-face")).to_have_text("B")
    bob.locator("#reply-text").press_sequentially("Dear Carol")
    expect(alice.locator("#here")).to_have_text("Bob is typing a reply.")
    expect(alice.locator("#c1 .here-face.is-typing")).to_have_count(1)
    bob.goto(f"{team.url}/inbox/waiting/2")
    expect(alice.locator("#here")).to_be_empty()
    expect(alice.locator("#c2 .here-face")).to_have_text("B")
    bob.close()
    expect(alice.locator(".here-face")).to_have_count(0)


def test_without_a_line_the_screen_says_so_and_catches_up(team: Team, opened: Opener) -> None:
    page = opened()
    page.mouse.move(5, 5)
    page.goto(f"{team.url}/inbox/waiting/2")
    page.fill("#reply-text", "Half a thought")
    page.context.set_offline(True)
    expect(page.locator("#offline")).to_contain_text(re.compile(r"Offline. What you see is from \d\d:\d\d"))
    team.house.receive(team.account, letter(1), at=utc_now() - timedelta(hours=2))
    team.house.receive(
        team.account,
        mail("Sam Ode <sam@ode.example>", "And more\n", subject="Re: Matter 2", message_id="s2@x", reply_to_id="m2@x"),
        at=utc_now(),
    )
    expect(page.locator("#rows .row")).to_have_count(3)
    page.context.set_offline(False)
    expect(page.locator("#offline")).to_be_empty()
    expect(page.locator("#timeline")).to_contain_text("And more")
    expect(page.locator("#reply-text")).to_have_value("Half a thought")
    page.locator("#conversation-title").focus()
    expect(page.locator("#rows .row")).to_have_count(4)


def test_a_gap_too_long_to_tell_ends_with_everything_on_the_screen(team: Team, opened: Opener) -> None:
    page = opened()
    page.mouse.move(5, 5)
    page.context.set_offline(True)
    expect(page.locator("#offline")).not_to_be_empty()
    team.house.receive(team.account, letter(1), at=utc_now() - timedelta(hours=2))
    team.bob.post("/conversations/3/close", reason="thanks")
    with team.house.store.unit_of_work() as work:
        for _ in range(600):
            work.announce("test")
    page.context.set_offline(False)
    expect(page.locator("#rows .row", has_text="News 1")).to_have_count(1)
    expect(page.locator("#c3")).to_have_count(0)
    assert page.evaluate("performance.getEntriesByType('navigation').length") == 1


def test_a_restart_of_the_server_is_got_over(team: Team, opened: Opener) -> None:
    context = team.house.context
    page = opened()
    with Served(create_app(context)) as served:
        kept = [{"name": one["name"], "value": one["value"], "url": served.url} for one in page.context.cookies()]
        page.context.add_cookies(kept)  # type: ignore[arg-type]
        page.goto(f"{served.url}/inbox/waiting")
        page.mouse.move(5, 5)
        expect(page.locator("#rows .row")).to_have_count(3)
        # Told to stop, as inbox.wiring tells it.
        context.stopping.set()
        team.house.store.ring()
    expect(page.locator("#offline")).to_contain_text("Offline")
    team.house.receive(team.account, letter(1), at=utc_now() - timedelta(hours=2))
    context.stopping.clear()
    again = Served(create_app(context))
    again.port = again.config.port = served.port
    with again:
        expect(page.locator("#rows .row")).to_have_count(4, timeout=20_000)
        expect(page.locator("#offline")).to_be_empty()
        page.goto("about:blank")
