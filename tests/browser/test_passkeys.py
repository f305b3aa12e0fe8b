"""Passkeys and authenticator apps in a real browser, with Chromium's own authenticator."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pyotp
import pytest
from chromium import PATIENCE
from playwright.sync_api import Browser, CDPSession, Page, expect
from team import PASSWORD, Team

from inbox.store import audit, doors
from inbox.store.audit import Wanted

PHONE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def desk(browser: Browser, team: Team) -> Iterator[Page]:
    """A page at the name that passkeys belong to; whatever it complains about fails the test."""
    context = browser.new_context(base_url=team.url.replace("127.0.0.1", "localhost"))
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if "Security Policy" in said.text else None)
    yield page
    context.close()
    assert complaints == []


def phone(page: Page) -> tuple[CDPSession, str]:
    """Give the browser an authenticator of its own."""
    wire = page.context.new_cdp_session(page)
    wire.send("WebAuthn.enable")
    return wire, wire.send("WebAuthn.addVirtualAuthenticator", {"options": PHONE})["authenticatorId"]


def sign_in(page: Page, who: str) -> None:
    page.goto("/login")
    page.get_by_label("Mail address").fill(f"{who}@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def add_passkey(page: Page, name: str) -> None:
    page.goto("/settings/security")
    page.get_by_label("Name, such as").fill(name)
    page.get_by_role("button", name="Add a passkey").click()


def test_bob_signs_in_with_his_phone_and_types_nothing(desk: Page, team: Team) -> None:
    wire, authenticator = phone(desk)
    sign_in(desk, "bob")
    add_passkey(desk, "my phone")
    expect(desk.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    assert desk.locator(".codes li").count() == 10
    with team.house.store.reading() as session:
        (key,) = doors.passkeys_of(session, team.bob.id)
    assert (key.name, key.used_at) == ("my phone", None)

    desk.context.clear_cookies()
    desk.goto("/login?next=/inbox/mine")
    desk.get_by_role("button", name="Sign in with a passkey").click()
    desk.wait_for_url(lambda url: urlsplit(url).path == "/inbox/mine")
    with team.house.store.reading() as session:
        (key,) = doors.passkeys_of(session, team.bob.id)
        last = audit.page(session, Wanted("sign_in.done"), before=None, limit=1)[0]
    assert key.used_at is not None
    assert (last.teammate_id, last.details) == (team.bob.id, {"means": "passkey"})

    # The password alone is no longer enough; the passkey is its second step, and a person who is not there opens none.
    desk.context.clear_cookies()
    sign_in(desk, "bob")
    expect(desk.get_by_text("Now your passkey.")).to_be_visible()
    wire.send("WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": False})
    desk.get_by_role("button", name="Use a passkey").click()
    expect(desk.get_by_text("The passkey was not used.")).to_be_visible()
    wire.send("WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": True})
    desk.get_by_role("button", name="Use a passkey").click()
    desk.wait_for_url("**/inbox/waiting")


def test_a_copied_passkey_and_one_taken_off_open_nothing(desk: Page, team: Team) -> None:
    wire, authenticator = phone(desk)
    sign_in(desk, "bob")
    add_passkey(desk, "my phone")
    desk.get_by_role("link", name="I have kept them").click()
    with team.house.store.unit_of_work() as work:
        row = doors.passkeys_of(work.session, team.bob.id)[0]
        row.sign_count = 1_000
        work.session.add(row)
    desk.context.clear_cookies()
    desk.goto("/login")
    desk.get_by_role("button", name="Sign in with a passkey").click()
    expect(desk.get_by_text("This passkey was not taken.")).to_be_visible()

    with team.house.store.unit_of_work() as work:
        row = doors.passkeys_of(work.session, team.bob.id)[0]
        row.sign_count = 0
        work.session.add(row)
    desk.get_by_role("button", name="Sign in with a passkey").click()
    desk.wait_for_url("**/inbox/waiting")
    desk.goto("/settings/security")
    desk.get_by_role("button", name="Take off").click()
    expect(desk.get_by_text("Nobody can sign in with this passkey any more.")).to_be_visible()
    assert len(wire.send("WebAuthn.getCredentials", {"authenticatorId": authenticator})["credentials"]) == 1
    desk.context.clear_cookies()
    desk.goto("/login")
    desk.get_by_role("button", name="Sign in with a passkey").click()
    expect(desk.get_by_text("This passkey was not taken.")).to_be_visible()
    sign_in(desk, "bob")
    desk.wait_for_url("**/inbox/waiting")


def test_bob_sets_an_app_up_from_the_picture_and_signs_in_with_its_code(desk: Page, team: Team) -> None:
    sign_in(desk, "bob")
    desk.goto("/settings/security")
    desk.get_by_role("button", name="Set up an app").click()
    picture = desk.get_by_role("img", name="A QR code").locator("svg")
    expect(picture).to_be_visible()
    box = picture.bounding_box()
    assert box is not None
    assert 150 < box["width"] == box["height"] < 260
    app = pyotp.TOTP(re.sub(r"\s", "", desk.locator("section[aria-labelledby=app] code").inner_text()))
    desk.get_by_label("Code", exact=True).fill(app.at(team.clock()))
    desk.get_by_role("button", name="Use this app").click()
    codes = desk.locator(".codes code").all_inner_texts()
    desk.get_by_role("link", name="I have kept them").click()
    expect(desk.get_by_text("10 codes are left")).to_be_visible()

    desk.context.clear_cookies()
    sign_in(desk, "bob")
    expect(desk.get_by_label("Code", exact=True)).to_be_focused()
    desk.get_by_label("Code", exact=True).fill(codes[0])
    desk.get_by_role("button", name="Go on").click()
    desk.wait_for_url("**/inbox/waiting")
