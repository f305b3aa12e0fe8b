"""What every screen's frame says and does: the promise, density, and the parts that are there in development only."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from house import mail
from past import Past
from team import HTMX, Team

from inbox.flow import rota
from inbox.flow.reply import add_note
from inbox.store.tables import Teammate


def prefer(team: Team, teammate_id: int, **chosen: Any) -> None:
    with team.house.store.unit_of_work() as work:
        row = work.session.get_one(Teammate, teammate_id)
        row.preferences = {**row.preferences, **chosen}


def words(page: str, css: str) -> str:
    """Return what the first element of a class says."""
    found = re.search(rf'class="{css}">(.*?)</(?:div|dl)>', page, re.DOTALL)
    assert found
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split())


def test_every_head_tells_the_state_of_the_promise(team: Team) -> None:
    carol = mail("Carol <carol@customer.example>", "Help", subject="One")
    team.house.receive(team.account, carol)
    assert "Nothing is due within 2 h. Nobody is on duty." in words(team.alice.get("/search").text, "promise")
    team.clock.move(hours=3)
    team.house.receive(team.account, mail("Dana <dana@customer.example>", "Help", subject="Two"))
    team.clock.move(hours=22, minutes=30)
    team.alice.sign_in("alice@example.com")
    prefer(team, team.bob.id, on_duty=True)
    for path in ("/inbox/mine", "/settings", "/ledger", "/search"):
        said = words(team.alice.get(path).text, "promise")
        assert said == "0 % answered within 24 h this week (n = 1) 1 late 1 due within 2 h On duty: Bob", path
    team.clock.move(hours=2)
    said = words(team.alice.get("/inbox/waiting").text, "promise")
    assert said == "0 % answered within 24 h this week (n = 2) 2 late On duty: Bob"


def test_where_less_than_24_hours_was_promised_the_head_says_in_time(team: Team) -> None:
    Past(team.house.store, account=team.account).wait(team.clock.now - timedelta(hours=30), 5, hours=4)
    team.clock.move(minutes=1)  # the figures are at most half a minute old
    said = words(team.alice.get("/search").text, "promise")
    assert said.startswith("0 % answered in time this week (n = 1)")


def test_with_a_rota_one_takes_over_from_a_colleague_and_hands_back(team: Team) -> None:
    with team.house.store.unit_of_work() as work:
        number = rota.set_up(work, rota.Frame("Europe/London"), team.alice.id)
        given = rota.Given("All", (rota.Place(team.alice.id),), team.clock.now.date() - timedelta(days=1))
        rota.save_layer(work, number, given, team.alice.id)
    rail = team.bob.get("/search").text
    assert "On duty: Alice" in rail
    assert "Take over now" in rail
    assert "duty back" not in team.alice.get("/search").text
    team.bob.post("/settings/notices/duty", on="yes", back="/search")
    rail = team.bob.get("/settings/notices").text
    assert "On duty: Bob" in rail
    assert rail.count("Hand duty back") == 2
    team.clock.move(minutes=5)
    team.bob.post("/settings/notices/duty", on="no", back="/search")
    assert "On duty: Alice" in team.bob.get("/search").text


def test_who_left_is_not_on_duty(team: Team) -> None:
    prefer(team, team.bob.id, on_duty=True)
    with team.house.store.unit_of_work() as work:
        work.session.get_one(Teammate, team.bob.id).disabled_at = work.now
    assert "Nobody is on duty." in team.alice.get("/search").text


def test_density_is_each_teammates_own(team: Team) -> None:
    prefer(team, team.alice.id, density="compact")
    assert 'data-density="compact"' in team.alice.get("/search").text
    assert 'data-density="comfortable"' in team.bob.get("/search").text


def test_the_style_guide_is_there_in_development_only(team: Team) -> None:
    assert team.alice.get("/styleguide").status_code == 404


def test_settings_name_only_what_has_a_page_and_what_one_may_see(team: Team) -> None:
    for visitor in (team.alice, team.bob):
        shown = re.findall(r'<li><a href="(/settings/[a-z-]+)"', visitor.get("/settings").text)
        assert shown
        assert [path for path in shown if visitor.get(path, follow_redirects=True).status_code != 200] == []


@pytest.mark.parametrize(
    "view",
    ["waiting", "mine", "unassigned", "snoozed", "waiting-for-them", "mentions", "following", "sent", "closed", "spam"],
)
def test_an_empty_list_says_what_it_is_for(team: Team, view: str) -> None:
    said = words(team.alice.get(f"/inbox/{view}").text, "empty")
    assert len(re.findall(r"[.”] |[.]$", said)) >= 2, said


def test_earlier_entries_come_page_by_page(team: Team) -> None:
    team.house.receive(team.account, mail(text="The first words", subject="Long"))
    for number in range(405):
        team.clock.move(seconds=1)
        with team.house.store.unit_of_work() as work:
            add_note(work, 1, team.bob.id, f"Thought {number}")
    page = team.alice.get("/inbox/all/1", headers=HTMX).text
    assert "The first words" not in page
    more = re.search(r'hx-get="(/inbox/all/1/earlier\?before=[^"]+)"', page)
    assert more
    earlier = team.alice.get(more[1], headers=HTMX).text
    assert "The first words" in earlier
    assert not set(re.findall(r"Thought \d+<", page)) & set(re.findall(r"Thought \d+<", earlier))
    everything = set(re.findall(r"Thought (\d+)<", page + earlier))
    assert len(everything) == 405
    assert team.alice.get("/inbox/all/1/earlier?before=nonsense").status_code == 404
    assert team.alice.get("/inbox/all/99/earlier?before=1-1").status_code == 404
    assert "The first words" in team.alice.get("/conversations/1/print").text


def test_their_clock_is_shown_only_where_it_is_known_and_another(team: Team) -> None:
    written = team.clock.now - timedelta(minutes=1)
    far = mail("Mei <mei@tokyo.example>", "Far", subject="Far", message_id="far@x", written_at=written)
    east = far.replace(b"+0000", b"+0900", 1)
    team.house.receive(team.account, east)
    team.house.receive(team.account, mail("Sam <sam@here.example>", "Near", subject="Near", message_id="near@x"))
    assert "(their " in team.alice.get("/inbox/all/1").text
    assert "Their clock:" in team.alice.get("/inbox/all/1").text
    assert "(their " not in team.alice.get("/inbox/all/2").text
    team.alice.client.cookies.set("tz", "Asia/Tokyo")
    assert "(their " not in team.alice.get("/inbox/all/1").text
