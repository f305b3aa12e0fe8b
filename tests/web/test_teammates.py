"""Invitations, and passwords by letters, as founders, members and strangers meet them."""

from __future__ import annotations

import re
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage

import httpx
import pytest
from house import mail
from logbook import kinds
from loopback import HOST
from smtp_sink import SmtpSink
from team import PASSWORD, Team

from inbox.flow import tokens
from inbox.store import doors, teammates
from inbox.store.tables import Account

HERE = "/settings/teammates"
LINK = re.compile(r"https?://\S+?(/(?:join|reset)/[\w-]{43})")


def by_mail(team: Team, sink: SmtpSink, **settings: str) -> None:
    """Give the house a mail account that can send."""
    server = {"smtp_host": HOST, "smtp_port": str(sink.port), "smtp_security": "none", **settings}
    with team.house.store.unit_of_work() as work:
        account = work.session.get_one(Account, team.account)
        account.settings = {**account.settings, **server}


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
