"""How teammates sign in: a second step, recovery codes, where they are signed in."""

from __future__ import annotations

import re

import pyotp
import pytest
from stores import MovedClock
from team import PASSWORD, Team, Visitor

from inbox.flow import sign_in
from inbox.store import audit, doors
from inbox.store.audit import Wanted

HERE = "/settings/security"


def with_app(team: Team, who: Visitor) -> tuple[pyotp.TOTP, list[str]]:
    """Set an authenticator app up as a person does; returns the app and the recovery codes."""
    assert who.post(f"{HERE}/totp").status_code == 303
    shown = who.get(HERE).text
    key = re.search(r"<p><code>((?:[A-Z2-7]{4} ){7}[A-Z2-7]{4})</code>", shown)
    assert key
    assert 'class="qr"' in shown
    app = pyotp.TOTP(key[1].replace(" ", ""))
    done = who.post(f"{HERE}/totp/confirm", code=app.at(team.clock.now))
    assert done.status_code == 200
    return app, re.findall(r"<li><code>([\w-]+)</code>", done.text)


def halfway(team: Team, mail: str) -> Visitor:
    """Somebody who knows the password."""
    one = team.visitor()
    assert one.post("/login", mail=mail, password=PASSWORD).headers["location"] == "/login/second"
    assert one.get("/inbox/waiting").status_code == 303
    return one


def kinds(team: Team, family: str = "") -> list[str]:
    with team.house.store.reading() as session:
        return [row.kind for row in audit.page(session, Wanted(family), before=None, limit=100)]


def test_with_an_app_the_password_alone_opens_nothing(team: Team) -> None:
    app, codes = with_app(team, team.bob)
    assert len(codes) == 10
    team.clock.move(minutes=2)
    one = halfway(team, "bob@example.com")
    wrong = one.post("/login/second", code="000000")
    assert (wrong.status_code, "not right" in wrong.text) == (422, True)
    right = one.post("/login/second", code=app.at(team.clock.now), back_to="/inbox/mine")
    assert (right.status_code, right.headers["location"]) == (303, "/inbox/mine")
    assert one.get("/inbox/waiting").status_code == 200
    assert kinds(team, "sign_in")[:2] == ["sign_in.done", "sign_in.wrong_code"]


def test_a_code_works_once_also_within_its_half_minute(team: Team) -> None:
    app, _ = with_app(team, team.bob)
    first, second = halfway(team, "bob@example.com"), halfway(team, "bob@example.com")
    used_at_setup = app.at(team.clock.now)
    assert first.post("/login/second", code=used_at_setup).status_code == 422
    team.clock.move(seconds=30)
    code = app.at(team.clock.now)
    assert first.post("/login/second", code=code).status_code == 303
    assert second.post("/login/second", code=code).status_code == 422


def test_a_guesser_of_codes_has_to_wait(team: Team) -> None:
    app, _ = with_app(team, team.bob)
    team.clock.move(minutes=1)
    one = halfway(team, "bob@example.com")
    answers = [one.post("/login/second", code=f"{n:06}") for n in range(8)]
    assert [a.status_code for a in answers] == [422] * 6 + [429] * 2
    assert one.post("/login/second", code=app.at(team.clock.now)).status_code == 429


def test_a_step_that_took_too_long_begins_again(team: Team) -> None:
    app, _ = with_app(team, team.bob)
    one = halfway(team, "bob@example.com")
    team.clock.move(minutes=11)
    assert "too long" in one.post("/login/second", code=app.at(team.clock.now)).text
    assert one.get("/login/second").headers["location"] == "/login"


def test_a_recovery_code_opens_once(team: Team) -> None:
    _, codes = with_app(team, team.bob)
    assert halfway(team, "bob@example.com").post("/login/second", code=codes[3].upper()).status_code == 303
    assert halfway(team, "bob@example.com").post("/login/second", code=codes[3]).status_code == 422
    team.bob.get(HERE)
    with team.house.store.reading() as session:
        assert doors.codes_left(session, team.bob.id) == 9
        assert doors.codes_left(session, team.alice.id) == 0
    fresh = re.findall(r"<li><code>([\w-]+)</code>", team.bob.post(f"{HERE}/codes").text)
    assert halfway(team, "bob@example.com").post("/login/second", code=codes[4]).status_code == 422
    assert halfway(team, "bob@example.com").post("/login/second", code=fresh[0]).status_code == 303


def test_the_secret_of_an_app_cannot_be_read_from_the_store(team: Team) -> None:
    app, _ = with_app(team, team.bob)
    with team.house.store.reading() as session:
        row = doors.totp(session, team.bob.id)
    assert row is not None
    assert app.secret.encode() not in row.sealed
    assert app.secret not in team.bob.get(HERE).text


def test_after_a_while_changes_ask_who_it_is(team: Team) -> None:
    team.clock.move(minutes=11)
    assert team.bob.post(f"{HERE}/totp").headers["location"] == f"{HERE}/prove?next=/settings/security"
    with team.house.store.reading() as session:
        assert doors.totp(session, team.bob.id) is None
    assert team.bob.post(f"{HERE}/prove", password="not my password").status_code == 422
    assert team.bob.post(f"{HERE}/prove", password=PASSWORD, back_to=HERE).headers["location"] == HERE
    assert team.bob.post(f"{HERE}/totp").headers["location"] == f"{HERE}#app"


def test_a_new_password_ends_other_browsers_and_asks_about_tokens(team: Team) -> None:
    other = team.visitor()
    other.sign_in("bob@example.com")
    assert team.bob.post(f"{HERE}/password", old="wrong wrong wrong", password="a new long password").status_code == 422
    assert other.get("/inbox/waiting").status_code == 200
    assert team.bob.post(f"{HERE}/password", old=PASSWORD, password="a new long password").status_code == 303
    assert team.bob.get("/inbox/waiting").status_code == 200
    assert other.get("/inbox/waiting").status_code == 303
    assert other.sign_in("bob@example.com", "a new long password").status_code == 303


def test_one_sees_where_one_is_signed_in_and_ends_it(team: Team) -> None:
    phone = team.visitor()
    phone.client.headers["User-Agent"] = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Version/18.0 Safari/604.1"
    phone.sign_in("bob@example.com")
    shown = team.bob.get(HERE).text
    assert "Safari on iPhone" in shown
    assert "127.0.0.1" in shown
    (end,) = re.findall(rf'action="({HERE}/sessions/\w{{64}}/end)"', shown)
    assert team.alice.post(end).status_code == 404
    assert phone.get("/inbox/waiting").status_code == 200
    assert team.bob.post(end).status_code == 303
    assert phone.get("/inbox/waiting").status_code == 303
    phone.sign_in("bob@example.com")
    assert team.bob.post(f"{HERE}/sessions/end").status_code == 303
    assert phone.get("/inbox/waiting").status_code == 303
    assert team.bob.get("/inbox/waiting").status_code == 200


def test_when_all_need_a_second_step_they_have_a_week(team: Team) -> None:
    with team.house.store.unit_of_work() as work:
        doors.require_factor(work, on=True)
    assert team.bob.get("/inbox/waiting").status_code == 200
    late = team.visitor()
    assert late.sign_in("bob@example.com").headers["location"] == HERE
    assert "before" in late.get(HERE).text
    assert late.get("/inbox/waiting").status_code == 200
    team.clock.move(days=7, minutes=1)
    assert late.sign_in("bob@example.com").headers["location"] == HERE
    assert late.get("/inbox/waiting").headers["location"] == HERE
    late.csrf = re.search(r'name="csrf" value="([^"]+)"', late.get(HERE).text)[1]  # type: ignore[index]
    with_app(team, late)
    assert late.get("/inbox/waiting").status_code == 200


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "-00001", "null"])
def test_odd_codes_are_wrong_codes(team: Team, code: str) -> None:
    with_app(team, team.bob)
    assert halfway(team, "bob@example.com").post("/login/second", code=code).status_code == 422


def test_a_link_for_a_new_password_does_not_get_around_the_second_step(team: Team, clock: MovedClock) -> None:
    app, _ = with_app(team, team.bob)
    with team.house.store.unit_of_work() as work:
        token = sign_in.reset_link(work, team.bob.id)
    thief = team.visitor()
    answer = thief.post(f"/reset/{token}", password="a thief's password")
    assert answer.headers["location"] == "/login/second"
    assert thief.get("/inbox/waiting").status_code == 303
    team.clock.move(seconds=30)
    assert thief.post("/login/second", code=app.at(team.clock.now)).status_code == 303
