"""Invitations, passwords by letters, API tokens and the audit log, as founders, members and strangers meet them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage

import httpx
import pytest
from house import mail
from loopback import HOST
from smtp_sink import SmtpSink
from team import PASSWORD, Team, Visitor

from inbox.flow import tokens
from inbox.store import audit, doors, teammates
from inbox.store.audit import Wanted
from inbox.store.tables import Account

HERE = "/settings/teammates"
TOKENS = "/settings/tokens"
LOG = "/settings/audit"
LINK = re.compile(r"https?://\S+?(/(?:join|reset)/[\w-]{43})")


def by_mail(team: Team, sink: SmtpSink, **settings: str) -> None:
    """Give the house a mail account that can send."""
    server = {"smtp_host": HOST, "smtp_port": str(sink.port), "smtp_security": "none", **settings}
    with team.house.store.unit_of_work() as work:
        account = work.session.get_one(Account, team.account)
        account.settings = {**account.settings, **server}


def kinds(team: Team, family: str = "") -> list[str]:
    with team.house.store.reading() as session:
        return [row.kind for row in audit.page(session, Wanted(family), before=None, limit=100)]


@pytest.fixture
def sink(team: Team, smtp_sink: SmtpSink) -> SmtpSink:
    by_mail(team, smtp_sink)
    return smtp_sink


def link_in(letter: bytes) -> str:
    found = LINK.search(letter.replace(b"=\n", b"").replace(b"=\r\n", b"").replace(b"=3D", b"=").decode())
    assert found
    return found[1]


def invited(team: Team, sink: SmtpSink, mail_address: str = "carol@home.example", role: str = "member") -> str:
    """Invite by the screen and let the letter leave; returns the path of its link."""
    assert team.alice.post(HERE, mail=mail_address, role=role).status_code == 303
    while team.house.deliver():
        pass
    assert sink.letters[-1].recipients == [mail_address]
    return link_in(sink.letters[-1].raw)


def test_somebody_invited_by_mail_joins_with_a_name_and_a_password(team: Team, sink: SmtpSink) -> None:
    path = invited(team, sink)
    assert "carol@home.example" in team.alice.get(HERE).text
    carol = team.visitor()
    assert "You will sign in as carol@home.example" in carol.get(path).text
    assert carol.post(path, name="Carol", password="short").status_code == 422
    joined = carol.post(path, name="Carol Diaz", password=PASSWORD)
    assert joined.headers["location"] == "/settings/security?welcome=1"
    assert carol.get("/inbox/waiting").status_code == 200
    assert carol.post(path, name="M", password=PASSWORD).status_code == 404
    with team.house.store.reading() as session:
        made = teammates.by_mail(session, "carol@home.example")
    assert made is not None
    assert (made.name, made.role) == ("Carol Diaz", "member")
    assert kinds(team, "invite") == ["invite.accepted", "invite.sent"]


def test_an_invitation_sent_again_ends_the_link_before_and_one_taken_back_ends_all(team: Team, sink: SmtpSink) -> None:
    first = invited(team, sink)
    (again,) = re.findall(rf'action="({HERE}/invites/\d+/again)"', team.alice.get(HERE).text)
    assert team.alice.post(again).status_code == 303
    team.house.deliver()
    second = link_in(sink.letters[-1].raw)
    assert first != second
    assert team.mallory.get(first).status_code == 404
    assert team.mallory.get(second).status_code == 200
    assert team.alice.post(again.replace("again", "revoke")).status_code == 303
    assert team.mallory.get(second).status_code == 404


def test_an_invitation_gets_too_old_and_ends_with_whoever_sent_it(team: Team, sink: SmtpSink) -> None:
    path = invited(team, sink)
    team.clock.move(days=7, minutes=1)
    assert team.mallory.get(path).status_code == 404
    team.alice.sign_in("alice@example.com")
    assert team.alice.post(f"{HERE}/{team.bob.id}/role", role="founder").status_code == 303
    fresh = invited(team, sink, "dana@home.example", "founder")
    assert team.visitor().get(fresh).status_code == 200
    team.bob.sign_in("bob@example.com")
    assert team.bob.post(f"{HERE}/{team.alice.id}/disable").status_code == 303
    assert team.visitor().get(fresh).status_code == 404


def test_without_an_account_that_sends_the_link_is_shown_once(team: Team) -> None:
    shown = team.alice.post(HERE, mail="carol@home.example", role="member").text
    link = LINK.search(shown)
    assert link
    assert team.visitor().get(link[1]).status_code == 200
    assert link[1] not in team.alice.get(HERE).text
    twice = team.alice.post(HERE, mail="Carol@home.example", role="founder")
    assert (twice.status_code, "invited already" in twice.text) == (422, True)
    known = team.alice.post(HERE, mail="BOB@example.com", role="member")
    assert (known.status_code, "here already" in known.text) == (422, True)
    assert team.bob.post(HERE, mail="m@home.example").status_code == 403


def test_who_invites_a_founder_proves_first_who_they_are(team: Team) -> None:
    team.alice.sign_in("alice@example.com")
    assert team.alice.post(HERE, mail="carol@home.example", role="founder").status_code == 200
    (again,) = re.findall(rf'action="({HERE}/invites/\d+/again)"', team.alice.get(HERE).text)
    team.clock.move(minutes=11)
    prove = f"/settings/security/prove?next={HERE}"
    for refused in (team.alice.post(again), team.alice.post(HERE, mail="dan@home.example", role="founder")):
        assert (refused.status_code, refused.headers["location"]) == (303, prove)
    assert "dan@home.example" not in team.alice.get(HERE).text
    assert team.alice.post(HERE, mail="erin@home.example", role="member").status_code == 200


def asked(team: Team, sink: SmtpSink, address: str) -> list[bytes]:
    """Ask for a new password; returns the letters that left for it."""
    before = len(sink.letters)
    answer = team.visitor().post("/forgot", mail=address)
    assert (answer.status_code, "Look into your mail" in answer.text) == (200, True)
    while team.house.deliver():
        pass
    return [letter.raw for letter in sink.letters[before:]]


def test_a_forgotten_password_is_set_anew_and_everything_old_ends(team: Team, sink: SmtpSink) -> None:
    with team.house.store.unit_of_work() as work:
        token = tokens.new_api_token(work, team.bob.id, "a program")
    (letter,) = asked(team, sink, "Bob@example.com")
    path = link_in(letter)
    bob = team.visitor()
    assert bob.get(path).status_code == 200
    assert team.bob.get("/inbox/waiting").status_code == 200
    assert bob.post(path, password="another long password").status_code == 303
    assert bob.get("/inbox/waiting").status_code == 200
    assert team.bob.get("/inbox/waiting").status_code == 303
    assert httpx.get(f"{team.url}/api/v1/me", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    team.house.deliver()
    assert b"The password was changed." in sink.letters[-1].raw
    assert kinds(team)[:3] == ["sign_in.done", "password.reset", "reset.asked"]


def test_nobody_learns_who_works_here_by_asking_for_a_password(team: Team, sink: SmtpSink) -> None:
    assert asked(team, sink, "nobody@example.com") == []
    known, unknown = (team.visitor().post("/forgot", mail=one) for one in ("alice@example.com", "mallory@example.com"))
    assert known.text == unknown.text
    codes = [team.visitor().post("/forgot", mail="bob@example.com").status_code for _ in range(4)]
    assert codes == [200] * 3 + [429]
    codes = [team.visitor().post("/forgot", mail="nobody@x.example").status_code for _ in range(4)]
    assert codes == [200] * 3 + [429]


def test_no_password_can_be_read_out_of_the_shared_inbox(team: Team, sink: SmtpSink) -> None:
    with team.house.store.unit_of_work() as work:
        teammates.get(work.session, team.alice.id).mail = "support+alice@example.com"  # type: ignore[union-attr]
    answer = team.visitor().post("/forgot", mail="support+alice@example.com")
    assert (answer.status_code, "Everybody here reads" in answer.text) == (422, True)
    assert team.house.deliver() == 0
    assert sink.letters == []
    assert "no link is mailed there" in team.bob.get(HERE).text


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_letter_that_comes_back_into_the_inbox_opens_nothing(team: Team, sink: SmtpSink, wrapped: bool) -> None:
    (letter,) = asked(team, sink, "bob@example.com")
    path = link_in(letter)
    assert team.visitor().get(path).status_code == 200
    came = mail(text="Undeliverable:\n\n" + letter.decode()) if wrapped else letter
    team.house.receive(team.account, came)
    assert team.visitor().get(path).status_code == 404
    assert "reset.came_back" in kinds(team, "reset")
    invitation = invited(team, sink)
    team.house.receive(team.account, sink.letters[-1].raw, direction="out", folder="Sent")
    assert team.visitor().get(invitation).status_code == 404


def renamed(letter: bytes) -> bytes:
    """Do what some servers do with what they pass on: give it a Message-ID of their own."""
    return re.sub(rb"(?im)^message-id:[^\n]*(\n[ \t][^\n]*)*", b"Message-ID: <0100-anew@relay.example>", letter)


def coded_anew(letter: bytes) -> bytes:
    read = message_from_bytes(renamed(letter), policy=policy.default)
    assert isinstance(read, EmailMessage)
    body = read.get_body(("plain",))
    assert body is not None
    made = EmailMessage()
    made["Message-ID"] = "<0100-anew@relay.example>"
    made["From"], made["To"], made["Subject"] = "a@b.example", "support@example.com", "FW"
    made.set_content(body.get_content(), cte="base64")
    return made.as_bytes()


@pytest.mark.parametrize("passed_on", [renamed, coded_anew])
def test_a_link_is_known_again_under_whatever_name_its_letter_comes(
    team: Team, sink: SmtpSink, passed_on: Callable[[bytes], bytes]
) -> None:
    (letter,) = asked(team, sink, "bob@example.com")
    invitation = invited(team, sink)
    team.house.receive(team.account, mail(text="See https://elsewhere.example/reset/" + "x" * 43))
    assert team.visitor().get(link_in(letter)).status_code == 200
    team.house.receive(team.account, passed_on(letter))
    assert team.visitor().get(link_in(letter)).status_code == 404
    assert team.visitor().get(invitation).status_code == 200
    team.house.receive(team.account, passed_on(sink.letters[-1].raw))
    assert team.visitor().get(invitation).status_code == 404
    assert {"reset.came_back", "invite.came_back"} <= {*kinds(team, "reset"), *kinds(team, "invite")}


def test_an_account_whose_server_keeps_what_it_sends_sends_no_links(team: Team, smtp_sink: SmtpSink) -> None:
    by_mail(team, smtp_sink, copy_to_sent="no")
    assert "Ask a founder" in team.visitor().get("/forgot").text
    assert team.visitor().post("/forgot", mail="bob@example.com").status_code == 200
    assert team.house.deliver() == 0
    assert LINK.search(team.alice.post(HERE, mail="carol@home.example").text)


def test_who_guesses_links_has_to_wait(team: Team) -> None:
    guesser = team.visitor()
    codes = [guesser.get(f"/join/{n:043}").status_code for n in range(32)]
    assert codes == [404] * 30 + [429] * 2


def call(team: Team, token: str, method: str = "GET", path: str = "/api/v1/me", **body: bool) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.request(method, f"{team.url}{path}", headers=headers, json=body or None).status_code


def made_token(who: Visitor, name: str, scope: str, days: str) -> str:
    answer = who.post(TOKENS, name=name, scope=scope, days=days)
    found = re.search(r">(u24_[\w-]{43})<", answer.text)
    assert found
    return found[1]


def test_a_token_may_do_what_it_was_made_for(team: Team) -> None:
    team.house.receive(team.account, mail())
    close = "/api/v1/conversations/1/reopen"
    reads = made_token(team.alice, name="Dashboard", scope="read", days="30")
    writes = made_token(team.alice, name="Robot", scope="write", days="never")
    admin = made_token(team.alice, name="Terraform", scope="admin", days="never")
    assert [call(team, one) for one in (reads, writes, admin)] == [200, 200, 200]
    assert [call(team, one, "POST", close) for one in (reads, writes)] == [403, 200]
    rule = {"name": "Billing", "trigger": "arrived", "acts": {"end": "close"}}
    made = [
        httpx.post(f"{team.url}/api/v1/rules", headers={"Authorization": f"Bearer {one}"}, json=rule).status_code
        for one in (reads, writes, admin)
    ]
    assert made == [403, 403, 201]
    pause = "/api/v1/accounts/1/enabled"
    assert [call(team, one, "POST", pause, enabled=False) for one in (reads, writes, admin)] == [403, 403, 200]
    team.clock.move(days=31)
    assert [call(team, one) for one in (reads, writes)] == [401, 200]
    team.clock.move(days=400)
    assert [call(team, one) for one in (reads, writes)] == [401, 200]
    team.alice.sign_in("alice@example.com")
    assert "you revoke it" in team.alice.get(TOKENS).text


def test_a_token_that_writes_does_not_decide_who_is_told_or_what_strangers_see(team: Team) -> None:
    writes = made_token(team.alice, name="Robot", scope="write", days="never")
    admin = made_token(team.alice, name="Terraform", scope="admin", days="never")
    asked: dict[str, dict[str, object]] = {
        "ladder/webhook": {"url": ""},
        "me/reach": {"phone": "+33612345678"},
        "customers": {"accounts": [], "a_day": 2, "zone": "UTC", "public": True},
        "routing": {"to_duty": False},
        "rota": {"zone": "UTC"},
    }
    for path, given in asked.items():
        codes = [
            httpx.put(f"{team.url}/api/v1/{path}", headers={"Authorization": f"Bearer {one}"}, json=given).status_code
            for one in (writes, admin)
        ]
        assert codes == [403, 200], path


def test_tokens_show_when_they_were_used_and_are_revoked(team: Team) -> None:
    token = made_token(team.bob, name="my script", scope="read", days="90")
    page = team.bob.get(TOKENS).text
    assert token not in page
    assert f"…{token[-4:]}" in page
    assert "not yet" in page
    assert call(team, token) == 200
    assert "not yet" not in team.bob.get(TOKENS).text
    (revoke,) = re.findall(rf'action="({TOKENS}/\w+/revoke)"', team.alice.get(TOKENS).text)
    assert team.mallory.post(revoke).status_code == 401
    assert team.alice.post(revoke).status_code == 303
    assert call(team, token) == 401
    assert kinds(team, "api_token") == ["api_token.revoked", "api_token.added"]
    assert "Name the token" in team.bob.post(TOKENS, name=" ").text
    team.clock.move(minutes=11)
    assert team.bob.post(TOKENS, name="x").headers["location"] == f"/settings/security/prove?next={TOKENS}"


def test_a_program_that_runs_wild_is_slowed(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inbox.web.pace.CALLS", 5)
    token = made_token(team.bob, name="wild", scope="read", days="never")
    assert [call(team, token) for _ in range(7)] == [200] * 5 + [429] * 2
    team.clock.move(minutes=1)
    assert call(team, token) == 200


def test_founders_take_a_lost_second_step_off(team: Team) -> None:
    team.bob.post("/settings/security/totp")
    with team.house.store.unit_of_work() as work:
        row = doors.totp(work.session, team.bob.id)
        assert row is not None
        row.confirmed_at = work.now
    assert team.bob.post(f"{HERE}/{team.alice.id}/factors").status_code == 403
    assert team.visitor().post("/login", mail="bob@example.com", password=PASSWORD).headers["location"] != "/"
    assert team.alice.post(f"{HERE}/{team.bob.id}/factors").status_code == 303
    assert team.bob.get("/inbox/waiting").status_code == 303
    assert team.bob.sign_in("bob@example.com").headers["location"] == "/"


def test_founders_read_the_log_and_members_do_not(team: Team) -> None:
    assert team.bob.get(LOG).status_code == 403
    team.visitor().post("/login", mail="alice@example.com", password="wrong password")
    team.alice.post(f"{HERE}/{team.bob.id}/role", role="founder")
    page = team.alice.get(LOG).text
    assert "made Bob a founder" in page
    assert "A sign-in failed" in page
    assert "127.0.0.1" in page
    only = team.alice.get(f"{LOG}?kind=sign_in&who={team.bob.id}").text
    assert "made Bob a founder" not in only
    assert "signed in (password)" in only
    day = team.clock.now.date()
    assert "made Bob" in team.alice.get(f"{LOG}?since={day}&until={day}").text
    assert "made Bob" not in team.alice.get(f"{LOG}?until=2026-10-31").text
    for odd in ("kind=%00", "who=x", "since=nonsense", "until=9999-12-31", "before=0", "kind=%27--"):
        assert team.alice.get(f"{LOG}?{odd}").status_code == 200


def test_the_log_pages_on_without_a_gap(team: Team) -> None:
    from inbox.flow import audit as acts

    with team.house.store.unit_of_work() as work:
        for number in range(120):
            acts.record(work, None, "numbered.act", n=number)
    seen: list[str] = []
    path = f"{LOG}?kind=numbered.act"
    while path:
        page = team.alice.get(path).text
        seen += re.findall(r"n=(\d+)", page)
        older = re.search(rf'href="({LOG}\?[^"]*before=\d+)"', page)
        path = older[1].replace("&amp;", "&") if older else ""
    assert seen == [str(number) for number in reversed(range(120))]


def test_the_table_of_the_log_holds_no_formula(team: Team) -> None:
    with team.house.store.unit_of_work() as work:
        teammates.get(work.session, team.bob.id).name = '=HYPERLINK("https://evil.example")'  # type: ignore[union-attr]
    team.bob.post("/settings/security/sessions/end")
    answer = team.alice.post(f"{LOG}/csv?kind=sign_in.ended_elsewhere")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert rows[0][:4] == ["number", "time", "kind", "teammate"]
    assert [row[3] for row in rows[1:]] == ['\'=HYPERLINK("https://evil.example")']
    assert "audit.exported" in kinds(team)


def test_a_founders_program_reads_the_log_page_by_page(team: Team) -> None:
    admin = made_token(team.alice, name="Archive", scope="admin", days="never")
    reads = made_token(team.alice, name="Dashboard", scope="read", days="never")
    assert [call(team, one, path="/api/v1/audit") for one in (admin, reads)] == [200, 403]
    headers = {"Authorization": f"Bearer {admin}"}
    seen: list[dict[str, object]] = []
    following: int | None = None
    while following is not None or not seen:
        asked = {"limit": 2} | ({"before": following} if following is not None else {})
        answer = httpx.get(f"{team.url}/api/v1/audit", params=asked, headers=headers).json()
        assert len(answer["acts"]) <= 2
        seen += answer["acts"]
        following = answer["next"]
    assert [act["kind"] for act in seen] == kinds(team)
    assert seen[0]["details"] == {"name": "Dashboard", "scope": "read", "ending": reads[-4:]}
    assert admin not in str(seen)
    only = httpx.get(f"{team.url}/api/v1/audit", params={"kind": "sign_in", "teammate": team.bob.id}, headers=headers)
    assert [act["kind"] for act in only.json()["acts"]] == ["sign_in.done"]
    assert httpx.get(f"{team.url}/api/v1/audit", params={"kind": "'--"}, headers=headers).status_code == 422
