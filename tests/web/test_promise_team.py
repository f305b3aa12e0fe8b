"""The promise page and the founders' review, without scripts, as Alice (a founder) and Bob use them."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from house import mail
from past import Past
from team import Team

from inbox.flow import policies, resolution
from inbox.flow.policies import Draft
from inbox.store import reviews
from inbox.store.promise_figures import Span
from inbox.store.tables import Conversation, Teammate, Wait
from rules.sla import Condition

SUNDAY = datetime(2026, 11, 1, tzinfo=UTC)
LAST_WEEK = "2026-W44"
WEEK = Span(SUNDAY - timedelta(days=6), SUNDAY + timedelta(days=1))
"""The team's clock begins on Monday, 2 November 2026 at 9: that week is over."""


@dataclass
class LastWeek(Past):
    """A past of which two waits have a name."""

    late: int = 0
    open: int = 0


@pytest.fixture
def past(team: Team) -> LastWeek:
    """Last week: Bob answered five in time and one only just, two waited too long, and one of those still does."""
    made = LastWeek(team.house.store, people={"Alice": team.alice.id, "Bob": team.bob.id}, account=team.account)
    for day in range(5):
        made.wait(SUNDAY - timedelta(days=5 - day), 2, by="Bob")
    made.wait(SUNDAY - timedelta(days=3), 22, by="Bob", talk=made.talk(subject="Nearly"))
    made.late = made.wait(SUNDAY - timedelta(days=3), 26.2, by="Bob", talk=made.talk(subject="Too late"))
    made.open = made.wait(SUNDAY - timedelta(days=2), None, talk=made.talk(subject="=Still waiting"))
    return made


def test_the_page_says_the_result_first(team: Team, past: LastWeek) -> None:
    page = team.alice.get(f"/promise/team?week={LAST_WEEK}").text
    lead = re.search(r'class="lead">([^<]+)<', page)
    assert lead
    assert lead[1] == "6 of 8 people were answered within 24 hours. 2 waited longer. 1 of them has no answer."


def test_every_number_opens_its_rows(team: Team, past: LastWeek) -> None:
    page = team.alice.get(f"/promise/team?week={LAST_WEEK}").text
    found = re.findall(r'<a href="(/promise/team/waits\?[^"]+)">(\d+)</a>', page)
    assert len(found) > 15
    for address, number in set(found):
        rows = team.alice.get(address.replace("&amp;", "&")).text
        assert len(re.findall(r"<tr><td>", rows)) == int(number), address


def test_who_answered_from_elsewhere_is_nobody_we_know_of(team: Team, past: LastWeek) -> None:
    past.wait(SUNDAY - timedelta(days=3), 2)
    page = team.alice.get(f"/promise/team?week={LAST_WEEK}").text
    people = page[page.index('id="people"') : page.index('id="hours"')]
    assert re.search(r'scope="row">nobody we know of</th><td class="number">1 of 2', people)
    assert "nobody we know of" in team.alice.get(f"/promise/team/waits?week={LAST_WEEK}&of=kept&person=0").text


def test_now_says_what_is_due_and_who_holds_it(team: Team, past: LastWeek) -> None:
    past.wait(team.clock.now - timedelta(hours=20), None, assignee="Bob")
    page = team.alice.get("/promise/team").text
    now = page[page.index('id="now"') : page.index('id="week"')]
    assert "Bob" in now
    assert "4 h left" in now
    assert "nobody" in now  # holds the one that is late
    assert "Nobody is on duty." in now


def test_others_than_founders_see_the_team_and_themselves(team: Team, past: LastWeek) -> None:
    page = team.bob.get(f"/promise/team?week={LAST_WEEK}").text
    assert "6 of 8 people" in page
    assert "In time: 6 of 7." in page
    assert "By person" not in page
    assert "Review this week" not in page
    assert f"person={team.bob.id}" in page
    assert team.bob.get(f"/promise/team/waits?week={LAST_WEEK}&person={team.bob.id}").status_code == 200
    assert team.bob.get(f"/promise/team/waits?week={LAST_WEEK}&person={team.alice.id}").status_code == 404
    for address in ("/promise/team/review", f"/promise/team/waits/{past.late}"):
        assert team.bob.get(address).status_code == 403
    assert team.bob.post("/promise/team/csv").status_code == 403


@pytest.mark.parametrize("query", ["week=2026-W54", "week=x", "week=2026-W50", "week=2026-W44&of=best", "hour=24"])
def test_what_cannot_be_looked_back_on_is_not_there(team: Team, query: str) -> None:
    assert team.alice.get(f"/promise/team/waits?{query}").status_code in {404, 422}


def test_whoever_explains_the_second_page_of_a_week_stays_there(team: Team, past: LastWeek) -> None:
    waits = [past.wait(SUNDAY - timedelta(days=4, minutes=number), 30, by="Bob") for number in range(20)]
    first = team.alice.get(f"/promise/team/review?week={LAST_WEEK}").text
    second = re.search(r'href="([^"]+&amp;after=\d+|[^"]+&after=\d+)"', first)
    assert second
    here = second[1].replace("&amp;", "&")
    page = team.alice.get(here).text
    assert f'id="w{past.late}"' in page
    assert f'id="w{waits[-1]}"' not in page
    [back] = set(re.findall(rf'name="back" value="([^"]+#w{past.late})"', page))
    answer = team.alice.post(
        f"/promise/team/waits/{past.late}/review", cause="ignored", back=back.replace("&amp;", "&")
    )
    assert answer.headers["location"] == f"{here}#w{past.late}"


def test_a_week_is_reviewed_and_signed_off(team: Team, past: LastWeek) -> None:
    address = "/promise/team/review"
    page = team.alice.get(address).text
    assert "Carol Diaz waited 26 h 12. The promise was 24 h." in page
    assert "2 broken promises have no cause yet." in page
    assert "Sign the week off</button>" not in page
    refused = team.alice.post(f"{address}/{LAST_WEEK}/sign")
    assert "Broken promises of this week without a cause: 2. Give each one first." in refused.text
    explained = team.alice.post(
        f"/promise/team/waits/{past.late}/review",
        cause="nobody_on_duty",
        action="Somebody is on duty at night",
        owner=str(team.bob.id),
    )
    assert explained.status_code == 303
    team.alice.post(f"/promise/team/waits/{past.open}/review", cause="other", words="We forgot <b>them</b>.")
    page = team.alice.get(address).text
    assert "Nobody was on duty" in page
    assert "We forgot &lt;b&gt;them&lt;/b&gt;." in page
    assert "Sign the week off</button>" in page
    assert team.alice.post(f"{address}/{LAST_WEEK}/sign").status_code == 303
    page = team.alice.get(address).text
    assert "Signed off by Alice: 2 of 8 waited longer than promised." in page
    assert "Sign the week off</button>" not in page


def test_a_cause_has_to_be_said(team: Team, past: LastWeek) -> None:
    address = f"/promise/team/waits/{past.late}/review"
    for typed, told in (
        ({"cause": ""}, "Say what the cause was."),
        ({"cause": "other", "action": "Look daily"}, "Say in your own words what the cause was."),
        ({"cause": "ignored", "action": "Look daily"}, "An action needs somebody who sees to it."),
        ({"cause": "ignored", "action": "Look daily", "owner": "9" * 14}, "An action needs somebody who sees to it."),
        ({"cause": "ignored", "words": "x" * 2001}, "Each of these is at most 2000 letters long."),
    ):
        answer = team.alice.post(address, **typed)
        assert answer.status_code == 422
        assert told in answer.text
    assert 'value="Look daily"' in team.alice.post(address, cause="ignored", action="Look daily").text
    kept = past.wait(SUNDAY - timedelta(days=4), 1, by="Bob")
    answer = team.alice.post(f"/promise/team/waits/{kept}/review", cause="ignored")
    assert "there is nothing to explain" in answer.text


def test_what_shall_change_stays_until_it_is_done(team: Team, past: LastWeek) -> None:
    form = {"cause": "ignored", "action": "Look twice a day", "owner": str(team.bob.id)}
    team.alice.post(f"/promise/team/waits/{past.late}/review", **form)
    team.clock.move(weeks=3)
    team.alice.sign_in("alice@example.com")
    address = "/promise/team/review?week=2026-W46"
    page = team.alice.get(address).text
    assert "Look twice a day" in page
    found = re.search(r"/promise/team/actions/\d+", page)
    assert found
    ended = team.alice.post(found[0], is_done="yes", back=address)
    assert ended.status_code == 303
    assert "Look twice a day" not in team.alice.get(address).text
    assert "<s>Look twice a day</s>" in team.alice.get(f"/promise/team/review?week={LAST_WEEK}").text
    team.alice.post(found[0], is_done="no")
    assert "Look twice a day" in team.alice.get(address).text


def test_endings_without_a_reply_are_looked_at_by_lot(team: Team, past: LastWeek) -> None:
    ended = [
        past.wait(SUNDAY - timedelta(days=3), 1, cause="no_reply_needed", by="Bob", talk=past.talk(subject=f"T{n}"))
        for n in range(15)
    ]
    page = team.alice.get("/promise/team/review").text
    assert "10 of 15, chosen by lot" in page
    chosen = [int(one) for one in dict.fromkeys(re.findall(r"/samples/(\d+)", page))]
    assert len(chosen) == 10
    assert chosen == [
        int(one) for one in dict.fromkeys(re.findall(r"/samples/(\d+)", team.alice.get("/promise/team/review").text))
    ]
    address = f"/promise/team/review/{LAST_WEEK}/samples"
    assert team.alice.post(f"{address}/{chosen[0]}", verdict="right").status_code == 303
    assert "Say why it was wrong." in team.alice.post(f"{address}/{chosen[1]}", verdict="wrong").text
    assert "Mark it as wrong first." in team.alice.post(f"{address}/{chosen[1]}/resume").text
    team.alice.post(f"{address}/{chosen[1]}", verdict="wrong", reason="She asked something.")
    assert team.alice.post(f"{address}/{chosen[1]}/resume").status_code == 303
    with team.house.store.reading() as session:
        wait = session.get_one(Wait, chosen[1])
        assert (wait.closed_at, wait.cause) == (None, None)
        assert session.get_one(Conversation, wait.conversation_id).due_at == wait.due_at
        assert reviews.without_cause(session, WEEK, team.clock.now) == 3
    other = next(one for one in ended if one not in chosen)
    assert team.alice.post(f"{address}/{other}", verdict="right").status_code == 404
    page = team.alice.get("/promise/team/review").text
    assert "The wait goes on." in page
    assert "She asked something." in page


def test_the_table_is_safe_in_a_spreadsheet(team: Team, past: LastWeek) -> None:
    with team.house.store.unit_of_work() as work:
        work.session.get_one(Teammate, team.bob.id).name = "=HYPERLINK(Bob)"
    answer = team.alice.post(f"/promise/team/csv?week={LAST_WEEK}")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.content.startswith(b'\xef\xbb\xbf"wait",')
    assert b"\r\n" in answer.content
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == 8
    assert {row["person"] for row in rows} == {"'=HYPERLINK(Bob)", ""}
    assert sorted(row["state"] for row in rows) == ["kept"] * 5 + ["late", "near", "unanswered"]
    only = team.alice.post(f"/promise/team/csv?week={LAST_WEEK}&of=broken")
    assert only.text.count("\r\n") == 3
    assert "exported the waits of the week 26 Oct to 1 Nov 2026" in team.alice.get("/settings/audit").text


def test_weeks_begin_where_the_house_says(team: Team, past: LastWeek) -> None:
    assert "There is no time zone called Mars." in team.alice.post("/promise/team/zone", zone="Mars").text
    past.wait(datetime(2026, 10, 31, 23, 30, tzinfo=UTC), None)  # due on Sunday at 23:30 in UTC, on Monday in Paris
    asked = f"/promise/team/waits?week={LAST_WEEK}&of=settled"
    before = team.alice.get(asked).text.count("<tr><td>")
    assert team.alice.post("/promise/team/zone", zone="Europe/Paris").status_code == 303
    assert team.alice.get(asked).text.count("<tr><td>") == before - 1
    assert team.bob.post("/promise/team/zone", zone="UTC").status_code == 403


def test_what_happened_in_a_wait_is_told_in_order(team: Team, past: LastWeek) -> None:
    talk = past.talk(subject="A long story")
    start = team.clock.now
    wait = past.wait(start, None, talk=talk)
    team.clock.move(hours=2)
    team.bob.get(f"/inbox/all/{talk}")
    team.alice.post(f"/conversations/{talk}/assign", to=str(team.bob.id))
    past.ring(wait, "warning", start + timedelta(hours=16))
    past.ring(wait, "breach", start + timedelta(hours=24))
    team.clock.move(hours=25)
    team.alice.sign_in("alice@example.com")
    page = team.alice.get(f"/promise/team/waits/{wait}").text
    story = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page[page.index('class="moments"') : page.index("</ol>")]))
    places = [
        story.index(told)
        for told in (
            "The message was received.",
            "Alice gave it to Bob.",
            "The ladder rang: first warning.",
            "The ladder rang: promise broken.",
            "Still waiting now.",
        )
    ]
    assert places == sorted(places)
    assert "Carol Diaz has waited 27 h. The promise was 24 h." in page


def test_programs_can_do_what_the_page_does(team: Team, past: LastWeek) -> None:
    ours = {"X-CSRF-Token": team.alice.csrf}
    api, week = team.alice.client, {"week": LAST_WEEK}
    told = api.get("/api/v1/promise", params=week).json()
    assert (told["tally"]["kept"], told["tally"]["broken"], told["tally"]["percent"]) == (6, 2, 75)
    assert {one["key"] for one in told["people"]} == {str(team.bob.id), "0"}
    page = api.get("/api/v1/promise/waits", params={**week, "of": "settled", "limit": 5}).json()
    rest = api.get("/api/v1/promise/waits", params={**week, "of": "settled", "after": page["next"]}).json()
    assert (len(page["waits"]), len(rest["waits"]), rest["next"]) == (5, 3, None)
    asked = api.get("/api/v1/promise/review").json()
    assert (asked["week"], asked["missing"], len(asked["broken"])) == (LAST_WEEK, 2, 2)
    assert asked["broken"][0]["moments"][0]["kind"] == "arrived"
    for wait in (past.late, past.open):
        found = {"cause": "ignored", "action": "Look twice", "owner": team.bob.id}
        made = api.put(f"/api/v1/promise/waits/{wait}/review", json=found, headers=ours)
        assert made.status_code == 200
    assert api.put(f"/api/v1/promise/actions/{made.json()['id']}", json={"done": True}, headers=ours).json()["ok"]
    assert api.post(f"/api/v1/promise/weeks/{LAST_WEEK}/sign", headers=ours).json()["ok"]
    assert api.get("/api/v1/promise/review").json()["signed_by"] == team.alice.id
    assert api.post("/api/v1/promise/weeks/2026-W45/sign", headers=ours).status_code == 422  # it is not over
    bob = team.bob.client.get("/api/v1/promise", params=week).json()
    assert (bob["people"], bob["mine"]["settled"]) == ([], 7)
    assert {one["person"] for one in team.bob.client.get("/api/v1/promise/waits", params=week).json()["waits"]} == {
        team.bob.id,
        0,
    }
    assert team.bob.client.get("/api/v1/promise/review").status_code == 403


def test_whole_matters_are_told_where_a_policy_plans_them(team: Team, past: LastWeek) -> None:
    assert "Whole matters" not in team.alice.get("/promise/team").text
    with team.house.store.unit_of_work() as work:
        policies.save(work, team.alice.id, Draft("Matters", Condition(channels=frozenset({"mail"})), ends_in=600))
    reader = resolution.reader(team.house.store)
    reader.step()  # it begins with what happens from now on
    for number in range(2):
        text = mail(f"Dana <d{number}@x.example>", f"Words {number}", subject=f"Matter {number}")
        team.house.receive(team.account, text)
    while reader.step():
        pass
    team.clock.move(hours=3)
    [first, _second] = [one.id or 0 for one in team.house.conversations()][-2:]
    team.alice.post(f"/conversations/{first}/close", reason="They only said thanks.")
    while reader.step():
        pass
    page = team.bob.get("/promise/team").text
    assert "Begun in this week: 2. Ended: 1, of those in the time that was planned: 1." in page
    assert "Half of those that ended took at most 3 h." in page
    rows = team.bob.get("/promise/team/matters").text
    assert len(re.findall("<tr><td>", rows)) == 2
    assert "Matter 0" in rows
    assert "10 h" in rows
