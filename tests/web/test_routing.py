"""Who gets new conversations: founders say so, on the screen or by a program, and it comes true."""

from __future__ import annotations

from house import mail
from program import program
from sqlmodel import select
from team import Team

from inbox.flow import rule_runs
from inbox.store.tables import Audit, Teammate

HERE = "/settings/routing"


def test_a_founder_lets_new_conversations_go_to_whoever_is_on_duty(team: Team) -> None:
    assert "Nobody is on duty now" in team.alice.get(HERE).text
    with team.house.store.unit_of_work() as work:
        work.session.get_one(Teammate, team.bob.id).preferences = {"on_duty": True}
    reader = rule_runs.reader(team.house.store)
    while reader.step():
        pass
    team.alice.post(HERE, to="duty")
    page = team.alice.get(HERE).text
    assert 'value="duty" checked' in page
    assert "On duty now: Bob." in page

    team.house.receive(team.account, mail("Dana <dana@customer.example>", "Hello"))
    while reader.step():
        pass
    newest = max(team.house.conversations(), key=lambda talk: talk.id or 0)
    assert newest.assignee_id == team.bob.id
    assert "Given to Bob, who was on duty" in team.alice.get(f"/inbox/all/{newest.id}").text
    with team.house.store.reading() as session:
        assert "routing.on" in session.exec(select(Audit.kind)).all()


def test_a_members_wish_changes_nothing(team: Team) -> None:
    assert team.bob.post(HERE, to="duty").status_code == 403
    assert 'value="nobody" checked' in team.alice.get(HERE).text


def test_a_program_of_a_founder_says_so_too(team: Team) -> None:
    with program(team.house, team.url, team.alice.id) as client:
        assert client.get("/api/v1/routing").json() == {"to_duty": False, "on_duty": []}
        assert client.put("/api/v1/routing", json={"to_duty": True}).json()["to_duty"] is True
    assert 'value="duty" checked' in team.alice.get(HERE).text
