"""Whoever tries a means sees what came of it without looking again."""

from __future__ import annotations

from playwright.sync_api import expect
from team import Opener, Team

from connectors import fake
from inbox.store.tables import Account


def test_bob_tries_his_mail_and_the_page_tells_him_by_itself(opened: Opener, team: Team) -> None:
    fake.forget()
    with team.house.store.unit_of_work() as work:
        work.session.add(Account(kind="fake", address="desk@house.example", settings={}, created_at=work.now))
    page = opened("bob")
    page.goto(f"{team.url}/settings/notices")
    page.get_by_role("button", name="Send me a test: By mail").click()
    tests = page.locator("#tests")
    expect(tests).to_contain_text("is on its way.")
    team.house.deliver()
    expect(tests).to_contain_text("was accepted.")
    expect(tests).not_to_have_attribute("hx-trigger", "every 2s")
    assert len(fake.box("desk@house.example").sent) == 1
