"""The public page: how the promise was kept, for everybody, once the founders want that."""

from __future__ import annotations

import re
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest
from house import mail
from past import Past
from team import Team, Visitor

from inbox.flow import acknowledge, customers
from inbox.flow.customers import Told
from inbox.web.pages import promise_public

FRENCH = {"Accept-Language": "fr"}
HERE = "/settings/promise-to-customers"


def history(team: Team) -> Past:
    return Past(team.house.store, {"Bob": team.bob.id}, account=team.account)


@pytest.fixture
def past(team: Team) -> Past:
    """Three weeks ago: 24 mails, 22 answered in time; 5 calls, one never answered."""
    past, start = history(team), team.clock.now - timedelta(days=21)
    for number in range(22):
        past.wait(start + timedelta(hours=number), 1 + number / 2, by="Bob")
    past.wait(start, 30, by="Bob")
    past.wait(start, None)
    for number in range(4):
        past.wait(start + timedelta(hours=number), 2, by="Bob", channel="voice")
    past.wait(start, None, channel="voice")
    return past


@pytest.fixture
def public(team: Team, past: Past) -> Team:
    with team.house.store.unit_of_work() as work:
        customers.save(work, Told(public=True, zone="Europe/Paris"), team.alice.id)
    return team


@pytest.fixture
def stranger(team: Team) -> Visitor:
    return team.visitor()


@pytest.mark.parametrize("path", ["/promise", "/promise.json", "/promise.svg"])
def test_there_is_no_page_until_the_founders_want_it(team: Team, stranger: Visitor, path: str) -> None:
    assert stranger.get(path).status_code == 404
    assert team.alice.get(path).status_code == 404


def test_everybody_reads_the_figures_with_those_who_were_not_answered(public: Team, stranger: Visitor) -> None:
    answer = stranger.get("/promise")
    assert answer.status_code == 200
    assert "a person answered within 24 hours in 89 % of 29 cases" in answer.text
    assert "2 of these were not answered at all" in answer.text
    assert "All channels: 89 % (73 to 97 %), n = 29" in answer.text
    assert "mail: 91 % (74 to 98 %), n = 24" in answer.text
    assert "phone" not in answer.text  # five cases would say more of people than of us
    assert "<script" not in answer.text
    assert " style=" not in answer.text


def test_it_sets_no_cookie_and_may_be_kept_for_minutes(public: Team, stranger: Visitor) -> None:
    for path in ("/promise", "/promise.json", "/promise.svg"):
        first = stranger.get(path)
        assert "set-cookie" not in first.headers
        assert first.headers["cache-control"] == "public, max-age=300"
        assert "Cookie" not in first.headers["vary"]
        again = stranger.get(path, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        french = stranger.get(path, headers={**FRENCH, "If-None-Match": first.headers["etag"]})
        assert french.status_code == 200


def test_figures_are_measured_once_in_five_minutes(public: Team, past: Past, stranger: Visitor) -> None:
    first = stranger.get("/promise.json").json()
    past.wait(public.clock.now - timedelta(days=2), 1, by="Bob")
    public.clock.move(minutes=4, seconds=59)
    assert stranger.get("/promise.json").json() == first
    public.clock.move(seconds=1)
    again = stranger.get("/promise.json").json()
    assert again["spans"][0]["cases"] == first["spans"][0]["cases"] + 1
    assert again["as_of"] > first["as_of"]


def test_while_figures_are_measured_others_read_those_before(public: Team, past: Past, stranger: Visitor) -> None:
    before = stranger.get("/promise.json").json()["as_of"]
    public.clock.move(minutes=6)
    with promise_public._measuring:
        assert stranger.get("/promise.json").json()["as_of"] == before
    assert stranger.get("/promise.json").json()["as_of"] > before


def test_programs_read_the_same_figures_from_any_site(public: Team, stranger: Visitor) -> None:
    answer = stranger.get("/promise.json")
    assert answer.headers["access-control-allow-origin"] == "*"
    month, quarter = answer.json()["spans"]
    assert (month["days"], quarter["days"]) == (28, 90)
    assert (month["cases"], month["unanswered"], month["within_24_hours"]) == (29, 2, True)
    assert month["whole"] == {"name": "", "kept": 26, "cases": 29, "percent": 89, "low": 73, "high": 97}
    assert [one["name"] for one in month["channels"]] == ["mail"]
    assert month["slowest_seconds"] == 21 * 24 * 3600


def test_the_badge_is_a_picture_other_sites_may_show(public: Team, stranger: Visitor) -> None:
    answer = stranger.get("/promise.svg")
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    drawn = ET.fromstring(answer.text)
    assert drawn.attrib["aria-label"] == "answered within 24 h: 89 % of 29, 28 days"
    assert float(drawn.attrib["width"]) < 400


def test_too_few_cases_are_no_figure(team: Team, stranger: Visitor) -> None:
    past = history(team)
    past.wait(team.clock.now - timedelta(days=3), 1, by="Bob")
    with team.house.store.unit_of_work() as work:
        customers.save(work, Told(public=True), team.alice.id)
    page = stranger.get("/promise").text
    assert "too few people waited" in page
    assert "%" not in re.sub(r"<footer.*", "", page, flags=re.DOTALL)
    assert "too few to say" in stranger.get("/promise.svg").text


def test_a_founder_switches_both_on_and_a_member_cannot(team: Team) -> None:
    fake = team.house.add_account("help@example.com", smtp_host="127.0.0.1")
    team.alice.post(HERE, account=str(fake), a_day="3", zone="Europe/Paris", public="yes")
    with team.house.store.reading() as session:
        assert customers.read(session) == Told((fake,), 3, "Europe/Paris", public=True)
    assert "It says now:" in team.alice.get(HERE).text
    assert team.bob.post(HERE, zone="UTC").status_code == 403
    assert team.visitor().get("/promise").status_code == 200
    team.alice.post(HERE, a_day="2", zone="UTC")
    assert team.visitor().get("/promise").status_code == 404


def test_what_cannot_be_is_said_and_changes_nothing(team: Team) -> None:
    answer = team.alice.post(HERE, account=str(team.account), a_day="2", zone="UTC")
    assert answer.status_code == 422
    assert "Only mail accounts that can send" in answer.text
    answer = team.alice.post(HERE, a_day="2", zone="Mars/Olympus")
    assert "There is no time zone called Mars/Olympus." in answer.text
    with team.house.store.reading() as session:
        assert customers.read(session) == Told()


def test_what_was_sent_by_itself_says_so_in_the_conversation(team: Team) -> None:
    sending = team.house.add_account("help@example.com", smtp_host="127.0.0.1", smtp_port="1", smtp_security="none")
    reader = acknowledge.reader(team.house.store, team.house.context.vault)
    while reader.step():
        pass
    with team.house.store.unit_of_work() as work:
        customers.save(work, Told(accounts=(sending,)), team.alice.id)
    team.house.receive(sending, mail("Carol Diaz <carol@customer.example>", to="help@example.com"))
    while reader.step():
        pass
    [conversation] = team.house.conversations()
    page = team.bob.get(f"/conversations/{conversation.id}", follow_redirects=True).text
    assert "Under24, by itself" in page
    assert "Sent by itself. It is no reply: they wait on." in page
    assert "Leaves in a moment" in page
    assert "Take back" not in page
    team.house.reply(conversation.id or 0, team.bob.id)
    page = team.bob.get(f"/conversations/{conversation.id}", follow_redirects=True).text
    assert "Not sent: it was not needed any more" in page
    assert "Send again" not in page
