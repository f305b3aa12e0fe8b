"""What a new house still needs: founders see it, it ticks itself off, and it can be put away."""

from __future__ import annotations

from house import mail
from program import program
from team import Team

PLACE = "First steps"


def test_a_founder_sees_what_is_missing_and_it_ticks_itself_off(team: Team) -> None:
    before = team.alice.get("/settings").text
    assert PLACE in before
    assert "Write to it from another address" in before
    assert "4 steps are left" not in team.alice.get("/welcome").text  # the account and Bob are there
    team.house.receive(team.account, mail("Dana <dana@customer.example>", "Hello"))
    after = team.alice.get("/settings").text
    assert "Within a second or two your mail stands under Waiting" in before
    assert "Within a second or two your mail stands under Waiting" not in after


def test_the_list_goes_when_a_founder_puts_it_away_and_members_never_see_it(team: Team) -> None:
    assert PLACE not in team.bob.get("/settings").text
    assert team.bob.post("/welcome/away").status_code == 403
    assert PLACE in team.alice.get("/settings").text
    team.alice.post("/welcome/away")
    assert PLACE not in team.alice.get("/settings").text
    assert "Set up a rota" in team.alice.get("/welcome").text


def test_a_founders_program_knows_the_steps(team: Team) -> None:
    with program(team.house, team.url, team.alice.id) as client:
        told = client.get("/api/v1/first-steps").json()
        assert {one["key"]: one["done"] for one in told["steps"]} == {
            "account": True,
            "mail": False,
            "team": True,
            "rota": False,
            "told": False,
        }
        assert told["shown"] is True
        assert client.delete("/api/v1/first-steps").json()["shown"] is False
    assert PLACE not in team.alice.get("/settings").text
