"""Alice moves the team in: mailboxes, another help desk's conversations, and people."""

from __future__ import annotations

import io
import os
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from house import mail
from team import HTMX, Team, team_at_work

from inbox.flow import data_jobs
from inbox.settings import Settings

HERE = "/settings/imports"
EXPORTS = Path(__file__).parent.parent / "flow" / "exports"
SEPARATOR = b"From carol@customer.example Mon Mar  4 08:15:02 2024\n"


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with team_at_work(tmp_path) as made:
        made.house.context = replace(made.house.context, settings=Settings(data_dir=tmp_path / "house"))
        made.app.state.context = made.house.context
        yield made


def files(team: Team) -> list[Path]:
    return list(data_jobs.folder(team.house.context).iterdir())


def told(team: Team) -> str:
    return " ".join(re.sub("<[^>]*>", " ", team.alice.get(f"{HERE}/work").text).split())


def test_alice_imports_a_zip_of_mailboxes_and_nobody_waits(team: Team) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        made.writestr("old/inbox.mbox", SEPARATOR + mail(text="Hello\n") + b"\n" + SEPARATOR + mail(text="Again\n"))
        made.writestr("../../outside.eml", mail("Eve <eve@customer.example>"))
        made.writestr("Maildir/cur/1:2,S", mail("Dana <dana@customer.example>"))
    upload = {"file": ("old.zip", packed.getvalue(), "application/zip")}
    assert team.alice.post(HERE, files=upload, kind="mail", account=str(team.account)).status_code == 303
    assert "Begins in a moment" in told(team)
    assert data_jobs.run_next(team.house.context)

    assert "old.zip" in told(team)
    assert "4 mails 4 new messages" in told(team)
    assert {row.status for row in team.house.conversations()} == {"closed"}
    assert team.house.open_waits() == []
    assert files(team) == []


def test_a_large_file_comes_as_the_body_of_a_request(team: Team) -> None:
    body = (EXPORTS / "zendesk.ndjson").read_bytes() + b" " * 45_000_000
    where = f"{HERE}/file?kind=zendesk&account={team.account}&name=tickets.ndjson"
    headers = {"X-CSRF-Token": team.alice.csrf, "Content-Type": "application/octet-stream", **HTMX}
    answer = team.alice.client.post(where, content=body, headers=headers)
    assert (answer.status_code, answer.headers["hx-redirect"]) == (204, f"{HERE}#work")
    assert data_jobs.run_next(team.house.context)
    assert "2 conversations" in told(team)

    for visitor in (team.bob, team.mallory):
        refused = visitor.client.post(where, content=b"x", headers={**headers, "X-CSRF-Token": visitor.csrf})
        assert refused.status_code in {401, 403}
    no_token = team.alice.client.post(where, content=b"x", headers={"Content-Type": "application/octet-stream"})
    assert no_token.status_code == 403
    assert files(team) == []


def test_alice_says_what_the_columns_hold(team: Team) -> None:
    upload = {"file": ("people.csv", b"Name,Mail,Plan\n=1+1,eve@customer.example,Pro\n", "text/csv")}
    answer = team.alice.post(HERE, files=upload, kind="contacts")
    where = answer.headers["location"]
    page = team.alice.get(where).text
    assert "eve@customer.example" in page
    assert page.count("<option") == 24
    assert team.alice.post(where, column=["", "", ""]).status_code == 422
    assert team.alice.post(where, column=["name", "mail", "attribute"]).status_code == 303
    assert data_jobs.run_next(team.house.context)
    assert "1 new people" in told(team)
    out = team.alice.get(f"{HERE}/people.csv")
    assert out.headers["content-disposition"].startswith("attachment")
    assert '"\'=1+1","eve@customer.example"' in out.text


def test_what_is_no_export_is_said_and_the_file_goes(team: Team) -> None:
    upload = {"file": ("x.json", b"From here to nowhere", "application/json")}
    assert team.alice.post(HERE, files=upload, kind="zendesk", account=str(team.account)).status_code == 303
    assert data_jobs.run_next(team.house.context)
    assert "is not the JSON that was expected" in told(team)
    assert files(team) == []
    empty = {"file": ("x.json", b"", "application/json")}
    assert "The file is empty" in team.alice.post(HERE, files=empty, kind="zendesk", account="1").text
    none = {"file": ("x.json", b"{}", "application/json")}
    assert team.alice.post(HERE, files=none, kind="zendesk", account="99").status_code == 422
    assert team.alice.post(HERE, files=none, kind="magic", account="1").status_code == 422


def test_a_file_whose_columns_nobody_names_goes_after_some_days(team: Team) -> None:
    upload = {"file": ("people.csv", b"Name,Mail\nEve,eve@customer.example\n", "text/csv")}
    team.alice.post(HERE, files=upload, kind="contacts")
    [path] = files(team)
    os.utime(path, (team.clock.now.timestamp(), team.clock.now.timestamp()))
    assert data_jobs.tidy(team.house.context) == 0
    team.clock.move(days=3)
    assert data_jobs.tidy(team.house.context) == 1
    assert files(team) == []


@pytest.mark.parametrize("token", ["x", "..%2F..%2Fsecret.key", "0" * 32])
def test_no_other_file_is_shown(team: Team, token: str) -> None:
    assert team.alice.get(f"{HERE}/people/{token}").status_code == 404


def test_imports_are_for_founders(team: Team) -> None:
    for path in (HERE, f"{HERE}/work", f"{HERE}/people.csv", f"{HERE}/people/{'0' * 32}"):
        assert team.bob.get(path).status_code == 403
        assert team.mallory.get(path).status_code in {303, 401}
