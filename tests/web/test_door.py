"""Who comes in, and who does not."""

from __future__ import annotations

from pathlib import Path

import pytest
from house import House
from stores import MovedClock, sqlite_store
from team import PASSWORD, Served, Team, Visitor

from inbox.flow import sign_in, tokens
from inbox.flow.errors import NotFoundError
from inbox.store import teammates
from inbox.web import create_app
from inbox.web.pages.door import own_path


def test_the_first_founder_sets_the_app_up(tmp_path: Path) -> None:
    with sqlite_store(tmp_path, MovedClock()) as store:
        house = House(store, store.clock)  # type: ignore[arg-type]
        with store.unit_of_work() as work:
            token = sign_in.setup_link(work)
        with Served(create_app(house.context)) as served:
            alice = Visitor(served.url)
            assert "Welcome to Under24" in alice.get(f"/setup/{token}").text
            short = alice.post(f"/setup/{token}", name="Alice", mail="alice@example.com", password="short")
            assert short.status_code == 422
            assert "at least 10 characters" in short.text
            made = alice.post(f"/setup/{token}", name="Alice", mail="alice@example.com", password=PASSWORD)
            assert (made.status_code, made.headers["location"]) == (303, "/welcome")
            assert "Add a mail account" in alice.get("/welcome").text
            assert alice.get(f"/setup/{token}").status_code == 404
            again = alice.post(f"/setup/{token}", name="M", mail="m@example.com", password=PASSWORD)
            assert again.status_code == 404
            alice.client.close()
        with store.unit_of_work() as work:
            assert sign_in.setup_link(work) is None


@pytest.mark.parametrize("token", ["", "null", "None", "0", "undefined", "a" * 43])
def test_no_made_up_link_works(team: Team, token: str) -> None:
    for purpose in ("setup", "reset"):
        assert team.mallory.get(f"/{purpose}/{token}").status_code == 404
        assert team.mallory.post(f"/{purpose}/{token}", name="M", mail="m@x.org", password=PASSWORD).status_code == 404
    with team.house.store.reading() as session, pytest.raises(NotFoundError):
        sign_in.link(session, token, "setup", team.clock.now)


def test_wrong_and_unknown_get_the_same_answer(team: Team) -> None:
    wrong = team.visitor().post("/login", mail="alice@example.com", password="wrong password")
    unknown = team.visitor().post("/login", mail="nobody@example.com", password="wrong password")
    assert wrong.status_code == unknown.status_code == 422
    assert wrong.text.replace("alice@", "nobody@") == unknown.text


def test_too_many_tries_have_to_wait(team: Team) -> None:
    guesser = team.visitor()
    answers = [guesser.post("/login", mail="alice@example.com", password=f"guess {n}") for n in range(10)]
    assert [one.status_code for one in answers] == [422] * 8 + [429] * 2
    assert 0 < int(answers[-1].headers["retry-after"]) <= 15 * 60
    assert guesser.post("/login", mail="alice@example.com", password=PASSWORD).status_code == 429
    team.clock.move(minutes=16)
    assert guesser.post("/login", mail="alice@example.com", password=PASSWORD).status_code == 303


def test_one_address_cannot_try_every_account(team: Team) -> None:
    guesser = team.visitor()
    codes = [guesser.post("/login", mail=f"u{n}@example.com", password="guess").status_code for n in range(32)]
    assert codes == [422] * 30 + [429] * 2


def test_a_session_is_never_the_one_the_browser_came_with(team: Team) -> None:
    victim = team.visitor()
    victim.client.headers["Cookie"] = "under24=a-token-that-mallory-knows"
    first = victim.sign_in("bob@example.com").cookies["under24"]
    assert first != "a-token-that-mallory-knows"
    victim.client.headers["Cookie"] = f"under24={first}"
    assert victim.sign_in("bob@example.com").cookies["under24"] != first
    old = team.visitor()
    old.client.cookies.set("under24", first)
    assert old.get("/inbox/waiting").status_code == 303


def test_the_store_knows_no_token(team: Team) -> None:
    token = team.alice.client.cookies["under24"]
    with team.house.store.reading() as session:
        opened = teammates.sessions_of(session, team.alice.id)
    assert [row.id for row in opened] == [sign_in.digest(token)]


def test_sessions_end_when_idle_and_for_good(team: Team) -> None:
    team.clock.move(hours=11)
    assert team.alice.get("/inbox/waiting").status_code == 200
    team.clock.move(hours=11)
    assert team.alice.get("/inbox/waiting").status_code == 200
    team.clock.move(hours=13)
    assert team.alice.get("/inbox/waiting").status_code == 303
    team.alice.sign_in("alice@example.com")
    for _ in range(80):
        team.clock.move(hours=10)
        team.alice.get("/inbox/waiting")
    assert team.alice.get("/inbox/waiting").status_code == 303


def test_signing_out_ends_the_session_everywhere_it_is_used(team: Team) -> None:
    copy = team.visitor()
    copy.client.cookies.set("under24", team.bob.client.cookies["under24"])
    assert copy.get("/inbox/waiting").status_code == 200
    assert team.bob.post("/logout").headers["location"] == "/login"
    assert copy.get("/inbox/waiting").status_code == 303


def test_a_new_password_signs_out_everywhere_else(team: Team) -> None:
    with team.house.store.unit_of_work() as work:
        token = sign_in.reset_link(work, team.bob.id)
    elsewhere = team.visitor()
    assert elsewhere.get(f"/reset/{token}").status_code == 200
    assert team.bob.get("/inbox/waiting").status_code == 200
    assert elsewhere.post(f"/reset/{token}", password="another long password").status_code == 303
    assert team.bob.get("/inbox/waiting").status_code == 303
    assert elsewhere.get("/inbox/waiting").status_code == 200
    assert elsewhere.post(f"/reset/{token}", password="yet another password").status_code == 404
    assert team.bob.sign_in("bob@example.com").status_code == 422
    assert team.bob.sign_in("bob@example.com", "another long password").status_code == 303


def test_a_link_gets_too_old(team: Team) -> None:
    with team.house.store.unit_of_work() as work:
        token = sign_in.reset_link(work, team.bob.id)
    team.clock.move(hours=25)
    assert team.mallory.get(f"/reset/{token}").status_code == 404


def test_passwords_are_argon2id_of_the_agreed_cost(team: Team) -> None:
    with team.house.store.unit_of_work() as work:
        sign_in.set_password(work, sign_in.reset_link(work, team.alice.id), PASSWORD)
        row = teammates.get(work.session, team.alice.id)
    assert row is not None
    assert row.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_after_signing_in_one_goes_on_where_one_was(team: Team) -> None:
    stranger = team.visitor()
    sent = stranger.get("/inbox/mine?before=1-2")
    assert sent.headers["location"] == "/login?next=/inbox/mine?before=1-2"
    answer = stranger.post("/login", mail="bob@example.com", password=PASSWORD, back_to="/inbox/mine?before=1-2")
    assert answer.headers["location"] == "/inbox/mine?before=1-2"


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example", "/\\evil.example", "\\\\evil", "https://evil", "https:evil", "/\t/evil", ""]
)
def test_one_is_never_sent_elsewhere(elsewhere: str) -> None:
    assert own_path(elsewhere) == ""


def test_api_tokens_speak_for_a_teammate_until_revoked(team: Team) -> None:
    with team.house.store.unit_of_work() as work:
        token = tokens.new_api_token(work, team.bob.id, "Export script")
    with team.house.store.reading() as session:
        known = tokens.api_who(session, token, team.clock.now)
        assert known is not None
        assert known[0].id == team.bob.id
        assert tokens.api_who(session, "", team.clock.now) is None
    with team.house.store.unit_of_work() as work, pytest.raises(NotFoundError):
        tokens.revoke_api_token(work, team.alice.id, sign_in.digest(token))
    with team.house.store.unit_of_work() as work:
        tokens.revoke_api_token(work, team.bob.id, sign_in.digest(token))
    with team.house.store.reading() as session:
        assert tokens.api_who(session, token, team.clock.now) is None
