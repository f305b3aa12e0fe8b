"""An account is tried from its form, and what was typed stays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from house import House
from playwright.sync_api import Page, expect
from program import browser as signed_in
from program import served
from smtp_sink import SmtpSink
from stores import MovedClock, sqlite_store

from inbox import wiring


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    clock = MovedClock()
    with sqlite_store(tmp_path, clock) as store:
        made = House(store, clock)
        made.context = replace(made.context, channels=wiring.Channels(made.context.vault, clock, store))
        yield made


def test_the_password_stays_while_an_account_is_tried(page: Page, house: House, smtp_sink: SmtpSink) -> None:
    founder = house.add_teammate("Alice", "founder")
    with served(house) as address, signed_in(house, address, founder) as alice:
        page.context.add_cookies([{"name": "under24", "value": alice.cookies["under24"], "url": address}])
        page.goto(f"{address}/settings/accounts/new")
        page.locator("[name=address]").fill("support@example.com")
        page.locator("[name=password]").fill("open sesame")
        page.locator("[name=smtp_host]").fill("127.0.0.1")
        page.locator("[name=smtp_port]").fill("1")
        page.locator("[name=smtp_security]").select_option("none")

        page.get_by_role("button", name="Test").click()
        expect(page.locator("#toasts")).to_contain_text("cannot be reached")
        expect(page.locator("[name=password]")).to_have_value("open sesame")
        assert page.url.endswith("/new")

        page.locator("[name=password]").fill("")
        page.locator("[name=smtp_port]").fill(str(smtp_sink.port))
        page.get_by_role("button", name="Test").click()
        expect(page.locator("#toasts")).to_contain_text("It works")
        page.get_by_role("button", name="Add the account").click()
        expect(page.get_by_role("heading", name="support@example.com")).to_be_visible()
