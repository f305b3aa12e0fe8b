"""Writing rules on the screen."""

from __future__ import annotations

from typing import Any

from house import mail
from team import Team

from inbox.flow import rule_runs

BILLING: dict[str, Any] = {"name": "Billing", "trigger": "arrived", "query": "invoice", "tag": "Billing, money"}


def test_a_rule_is_written_and_then_acts(team: Team) -> None:
    reader = rule_runs.reader(team.house.store)
    reader.step()
    assert team.bob.post("/settings/rules/write", **BILLING, assign=str(team.bob.id)).status_code == 303
    shown = team.alice.get("/settings/rules").text
    assert "tag it “billing”; tag it “money”; give it to Bob" in shown
    team.house.receive(team.account, mail(text="The invoice"))
    while reader.step():
        pass
    story = team.alice.get("/inbox/all/1").text
    assert "Rule “Billing” gave this to Bob" in story
    assert "Rule “Billing” tagged this “money”" in story
    assert "Acted 1 time in the last 7 days." in team.alice.get("/settings/rules").text


def test_a_preview_shows_what_was_and_changes_nothing(team: Team) -> None:
    team.house.receive(team.account, mail(text="The invoice", subject="<i>Bill</i>"))
    shown = team.bob.post("/settings/rules/write", **BILLING, preview="yes")
    assert shown.status_code == 200
    assert "1 conversation last week" in shown.text
    assert "&lt;i&gt;Bill&lt;/i&gt;" in shown.text
    assert 'value="billing, money"' in shown.text
    assert "No rule yet" in team.bob.get("/settings/rules").text


def test_what_is_wrong_is_said_and_nothing_typed_is_lost(team: Team) -> None:
    answer = team.bob.post("/settings/rules/write", name="Empty", trigger="arrived", query='a "quoted" word')
    assert answer.status_code == 422
    assert "Say what the rule shall do." in answer.text
    assert "a &#34;quoted&#34; word" in answer.text


def test_a_rule_is_changed_ordered_switched_and_deleted(team: Team) -> None:
    for name in ("One", "Two"):
        team.bob.post("/settings/rules/write", name=name, trigger="waiting", time="4", unit="hours", tag="slow")
    shown = team.bob.get("/settings/rules").text
    assert shown.index(">One<") < shown.index(">Two<")
    assert "Somebody has waited for 4 hours" in shown
    team.bob.post("/settings/rules/2/move", to="up")
    shown = team.bob.get("/settings/rules").text
    assert shown.index(">Two<") < shown.index(">One<")
    team.bob.post("/settings/rules/1/switch", on="no")
    assert "Switch on" in team.bob.get("/settings/rules").text
    assert 'value="4"' in team.bob.get("/settings/rules/1").text
    team.bob.post("/settings/rules/write", rule="1", name="Uno", trigger="silent", time="3", unit="days", end="close")
    assert "They have not answered us for 3 days" in team.bob.get("/settings/rules").text
    team.bob.post("/settings/rules/1/delete")
    assert "Uno" not in team.bob.get("/settings/rules").text
    assert team.bob.get("/settings/rules/1").status_code == 404


def test_a_rule_whose_number_is_none_is_a_new_one(team: Team) -> None:
    for odd in ("²", "9" * 40):
        given = {**BILLING, "name": f"Rule {odd[0]}", "rule": odd}
        assert team.bob.post("/settings/rules/write", **given).status_code == 303


def test_mallory_writes_no_rule(team: Team) -> None:
    team.mallory.post("/settings/rules/write", **BILLING)
    team.bob.client.post("/settings/rules/write", data=BILLING)  # without the token that our forms carry
    assert "No rule yet" in team.bob.get("/settings/rules").text
