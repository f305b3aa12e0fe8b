"""Help, secrets, backups, exports, and the server that commands run beside."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from commands import CAROL, Run, told, write
from loopback import free_port


def test_errors_are_one_sentence(run: Run, tmp_path: Path) -> None:
    write(tmp_path / "data", b"not a folder")
    for words, settings, said in (
        (("ledger",), {}, "data"),
        (("ledger",), {"INBOX_PORT": "many"}, "INBOX_PORT cannot be used"),
        (("ledger",), {"INBOX_DATABASE_URL": "mysql://x"}, "must start with sqlite:/// or postgresql://"),
        (("ledger",), {"INBOX_SECRET_KEY": "short", "INBOX_DATA_DIR": "other"}, "INBOX_SECRET_KEY is too short"),
        (
            ("ledger",),
            {"INBOX_DATABASE_URL": "postgresql://x@127.0.0.1:1/x", "INBOX_DATA_DIR": "o"},
            "The database says",
        ),
    ):
        error = run(*words, code=1, **settings).stderr
        assert said in error
        assert error.count("\n") == 1
    broken = write(tmp_path / "d2" / "under24.db", b"This is no database, but it is long enough to look like one." * 9)
    assert "file is not a database" in run("ledger", code=1, INBOX_DATA_DIR=str(broken.parent)).stderr
    assert "No such command" in run("fly", code=2).stderr


def test_help_loads_no_command(run: Run) -> None:
    assert "import" in run("--help").stdout
    watch = "import sys; from inbox.cli import COMMANDS, inbox; inbox(['--help'], standalone_mode=False);"
    asked = f"{watch} print([name for name in ('fastapi', 'sqlalchemy', 'uvicorn') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("[]")


def test_teammates_and_tokens_are_made_by_commands(run: Run) -> None:
    assert "/reset/" in run("teammate", "add", "Alice", "alice@example.com", "--founder").stdout
    assert "here already" in run("teammate", "add", "Al", "ALICE@example.com", code=1).stderr
    assert "alice@example.com  Alice  founder" in run("teammate", "list").stdout
    assert "/reset/" in run("teammate", "reset", "alice@example.com").stdout
    assert "/reset/" in run("teammate", "reset", "alice@example.com", "--second-step").stdout
    assert run("token", "add", "script", "--teammate", "alice@example.com").stdout.startswith("u24_")
    limited = ("token", "add", "dashboard", "--teammate", "alice@example.com", "--scope", "read", "--days", "30")
    assert run(*limited).stdout.startswith("u24_")
    assert "There is no teammate" in run("token", "add", "x", "--teammate", "mallory@example.com", code=1).stderr


def test_a_secret_never_stands_on_the_command_line(run: Run) -> None:
    words = ("account", "add", "mail", "support@example.com", "--imap-host", "imap.example.com")
    assert "--password-stdin" in run(*words, "--password", "open sesame", code=1).stderr
    assert "favourite" in run(*words, "--favourite-colour=red", code=1).stderr
    assert "There is no channel" in run("account", "add", "pigeon", "x", code=1).stderr
    run(*words, "--password-stdin", given="open sesame\n")
    assert "support@example.com  well" in run("account", "list").stdout
    assert "open sesame" not in run("doctor").stdout + run("account", "list").stdout
    assert "--password-stdin" in run("account", "settings").stdout


def test_doctor_finds_a_folder_that_everybody_reads(run: Run, tmp_path: Path) -> None:
    run("migrate")
    assert "at version" in run("doctor").stdout
    (tmp_path / "data").chmod(0o755)
    assert "can be read by others" in run("doctor", code=1).stdout
    shown = told(run, "doctor", "--json", code=1, INBOX_SECRET_KEY="k" * 40)
    assert "k" * 40 not in json.dumps(shown)


def test_a_backup_is_whole_and_replaces_nothing(run: Run, tmp_path: Path) -> None:
    write(tmp_path / "carol.eml", CAROL)
    run("import", "carol.eml")
    assert "secret.key" in run("backup", "copy.db").stdout
    assert "is there already" in run("backup", "copy.db", code=1).stderr
    url = f"sqlite:///{tmp_path / 'copy.db'}"
    assert told(run, "ledger", "--json", INBOX_DATABASE_URL=url)["threaded"] == 1
    run("verify", INBOX_DATABASE_URL=url)


def test_an_export_can_be_written_to_a_file(run: Run, tmp_path: Path) -> None:
    write(tmp_path / "carol.eml", CAROL)
    run("import", "carol.eml")
    run("export", "--out", "all.jsonl")
    [talk] = [json.loads(line) for line in (tmp_path / "all.jsonl").read_text().splitlines()]
    assert (talk["format"], talk["contact"]["name"]) == ("under24.export.1", "Carol Diaz")
    assert (tmp_path / "all.jsonl").stat().st_mode & 0o777 == 0o600


@pytest.mark.slow
def test_serve_prints_the_set_up_link_and_commands_work_beside_it(
    run: Run, tmp_path: Path, environment: dict[str, str]
) -> None:
    port = free_port()
    called = [sys.executable, "-u", "-m", "inbox.cli", "serve", "--port", str(port)]
    out = tmp_path / "out"
    with (
        out.open("w") as log,
        subprocess.Popen(called, cwd=tmp_path, env=environment, stdout=log, stderr=log) as server,
    ):
        try:
            answer = wait_for(f"http://127.0.0.1:{port}/login")
            assert answer.status_code == 200
            write(tmp_path / "carol.eml", CAROL)
            assert told(run, "import", "carol.eml", "--json")["new_messages"] == 1
            run("verify")
            run("backup", "copy.db")
            assert "/setup/" in out.read_text()
        finally:
            server.terminate()
            assert server.wait(timeout=20) in {0, -15}
    assert "Traceback" not in out.read_text()


def wait_for(url: str) -> httpx.Response:
    for _ in range(200):
        try:
            return httpx.get(url)
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError(f"{url} did not answer.")
