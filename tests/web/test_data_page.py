"""Carol asks for what is held about her, and to be forgotten; Alice does both, Bob may not."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from house import mail
from team import Team, team_at_work

from inbox.flow import data_jobs
from inbox.settings import Settings

HERE = "/settings/data"


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with team_at_work(tmp_path) as made:
        made.house.context = replace(made.house.context, settings=Settings(data_dir=tmp_path / "house"))
        made.app.state.context = made.house.context
        made.house.receive(made.account, mail(text="My marmalade"))
        yield made


def test_alice_exports_a_person_and_fetches_the_file_once(team: Team) -> None:
    assert "Carol Diaz" in team.alice.get(f"{HERE}?q=carol@").text
    assert "1 conversation, 1 message" in " ".join(team.alice.get(f"{HERE}/people/1").text.split())
    assert team.alice.post(f"{HERE}/people/1/export").status_code == 303
    assert 'hx-trigger="every 2s"' in team.alice.get(HERE).text
    assert data_jobs.run_next(team.house.context)
    assert "Fetch it" in team.alice.get(f"{HERE}/work").text

    answer = team.alice.post(f"{HERE}/jobs/1/fetch")
    assert answer.headers["content-disposition"].startswith("attachment")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as made:
        assert "person.json" in made.namelist()
        assert b"My marmalade" in made.read("originals/1/1.eml")
    assert team.alice.post(f"{HERE}/jobs/1/fetch").status_code == 404
    assert list(data_jobs.folder(team.house.context).iterdir()) == []


def test_alice_forgets_a_person_in_two_steps(team: Team) -> None:
    tries: tuple[dict[str, Any], ...] = (
        {},
        {"sure": "yes"},
        {"name": "Carol Diaz"},
        {"sure": "yes", "name": "Dana"},
    )
    for given in tries:
        assert team.alice.post(f"{HERE}/people/1/erase", **given).status_code == 422
    assert not data_jobs.run_next(team.house.context)
    assert team.alice.post(f"{HERE}/people/1/erase", sure="yes", name="carol diaz").status_code == 303
    assert data_jobs.run_next(team.house.context)

    assert "1 message emptied" in " ".join(team.alice.get(HERE).text.split())
    shown = team.alice.get("/inbox/all/1").text
    assert "What was said here was erased." in shown
    assert "marmalade" not in shown
    assert "was erased already" in team.alice.get(f"{HERE}/people/1").text


def test_alice_sees_what_a_period_would_remove_before_she_sets_it(team: Team) -> None:
    team.alice.post("/conversations/1/close", reason="She rang.")
    team.clock.move(days=70)
    team.alice.sign_in("alice@example.com")
    told = " ".join(team.alice.get(f"{HERE}?months=2").text.split())
    assert "1 conversation would lose its words now." in told
    assert "Everything is kept for ever." in told
    assert team.alice.post(f"{HERE}/retention", months="2").status_code == 303
    assert "kept for 2 months" in team.alice.get(HERE).text
    assert team.alice.post(f"{HERE}/retention", months="many").status_code == 422


def test_the_data_is_for_founders(team: Team) -> None:
    for path in (HERE, f"{HERE}/work", f"{HERE}/people/1"):
        assert team.bob.get(path).status_code == 403
    for path in (f"{HERE}/people/1/export", f"{HERE}/people/1/erase", f"{HERE}/jobs/1/fetch", f"{HERE}/retention"):
        assert team.bob.post(path).status_code == 403
        assert team.mallory.post(path).status_code in {401, 403}
