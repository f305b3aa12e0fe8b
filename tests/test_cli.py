"""The commands as an operator runs them: real processes on data folders of their own."""

from __future__ import annotations

import json
import mailbox
import os
import sqlite3
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest
from dovecot import PASSWORD, Dovecot
from house import mail
from loopback import free_port
from needs import missing

Run = Callable[..., "subprocess.CompletedProcess[str]"]
CAROL = mail(text="I can't export my board.")
DANA = mail("Dana <dana@customer.example>", "From the beginning.\n\nFrom now on: no answer.\n", subject="Invoice")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("INBOX_")}
    return {**kept, "INBOX_DATA_DIR": str(tmp_path / "data"), "HOME": str(tmp_path)}


@pytest.fixture
def run(tmp_path: Path, environment: dict[str, str]) -> Run:
    """Run `inbox …` in an empty folder."""

    def command(*words: str, code: int = 0, given: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
        called = [sys.executable, "-m", "inbox.cli", *words]
        env = {**environment, **settings}
        done = subprocess.run(called, cwd=tmp_path, env=env, input=given, capture_output=True, text=True, check=False)
        assert done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stdout + done.stderr
        return done

    return command


def told(run: Run, *words: str, **more: Any) -> Any:
    return json.loads(run(*words, **more).stdout)


def write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def balanced(counts: dict[str, int]) -> bool:
    ended = ("threaded", "duplicates", "quarantined", "ignored", "pending")
    return counts["arrivals"] == sum(counts[name] for name in ended)


# import ---------------------------------------------------------------------------------------------------------------


def test_a_folder_of_everything_is_imported_once(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "old"
    write(folder / "carol.eml", CAROL)
    write(folder / "LICENSE", b"Permission is granted.\n")
    write(folder / "deep" / "empty.txt", b"")
    box = mailbox.Maildir(folder / "maildir")
    box.add(DANA)
    box.add(CAROL)

    first = told(run, "import", str(folder), "--json")
    assert balanced(first)
    assert (first["arrivals"], first["new_messages"], first["duplicates"], first["quarantined"]) == (5, 2, 1, 2)

    second = told(run, "import", str(folder), "--json")
    assert balanced(second)
    assert (second["arrivals"], second["new_messages"], second["duplicates"]) == (5, 0, 5)
    ledger = told(run, "ledger", "--json")
    assert balanced(ledger)
    assert ledger["accounts"][0]["address"] == "import@localhost"
    assert "All is well" in run("verify").stdout


@pytest.mark.parametrize("crlf", [False, True])
def test_an_mbox_is_cut_where_its_mails_begin(run: Run, tmp_path: Path, crlf: bool) -> None:
    box = mailbox.mbox(tmp_path / "box.mbox")
    for raw in (CAROL, DANA):
        stamped = mailbox.mboxMessage(raw)
        stamped.set_from("someone@example.com", time.gmtime(1_700_000_000))
        box.add(stamped)
    box.close()
    raw = (tmp_path / "box.mbox").read_bytes()
    assert b"\n>From the beginning" in raw
    if crlf:
        (tmp_path / "box.mbox").write_bytes(raw.replace(b"\n", b"\r\n"))

    counts = told(run, "import", "box.mbox", "--json")
    assert (counts["arrivals"], counts["new_messages"]) == (2, 2)
    texts = [m["text"].strip() for line in exported(run) for m in line["messages"]]
    assert "From the beginning.\n\nFrom now on: no answer." in [text.replace("\r\n", "\n") for text in texts]


def exported(run: Run) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run("export").stdout.splitlines()]


def test_when_it_came_is_what_its_servers_say(run: Run, tmp_path: Path) -> None:
    newer = b"Received: from a by b; Tue, 3 Nov 2020 10:00:00 +0100\n"
    older = b"Received: from c by a; Mon, 2 Nov 2020 09:00:00 +0000\n"
    write(tmp_path / "received.eml", newer + older + CAROL)
    future = b"Received: from a by b; Tue, 3 Nov 2099 10:00:00 +0100\nDate: Sun, 1 Nov 2020 08:00:00 +0000\n"
    write(tmp_path / "dated.eml", future + b"From: dana@customer.example\nSubject: x\n\nHello\n")
    run("import", "received.eml", "dated.eml")
    came = [line["messages"][0]["at"] for line in exported(run)]
    assert came == ["2020-11-03T09:00:00+00:00", "2020-11-01T08:00:00+00:00"]


def test_history_is_waited_for_by_nobody(run: Run, tmp_path: Path) -> None:
    write(tmp_path / "carol.eml", CAROL)
    write(tmp_path / "dana.eml", DANA)
    run("import", "carol.eml", "--history")
    run("import", "dana.eml")
    causes = {line["contact"]["name"]: line["waits"][0]["cause"] for line in exported(run)}
    assert causes == {"Carol Diaz": "no_reply_needed", "Dana": None}
    run("verify")


def test_our_own_sent_mail_is_ours(run: Run, tmp_path: Path) -> None:
    write(tmp_path / "in" / "1.eml", mail(text="Help", message_id="1@customer.example"))
    answer = mail(
        "Support <support@example.com>", "Done.", to="carol@customer.example", reply_to_id="1@customer.example"
    )
    write(tmp_path / "Sent" / "2.eml", b"Received: from a by b; Fri, 20 Nov 2026 10:00:00 +0000\n" + answer)
    run("account", "add", "mail", "support@example.com")
    run("import", "in", "Sent", "--account", "support@example.com")
    [talk] = exported(run)
    assert [m["direction"] for m in talk["messages"]] == ["in", "out"]
    assert talk["waits"][0]["cause"] == "replied"


def test_a_file_that_cannot_be_opened_stops_no_other(run: Run, tmp_path: Path) -> None:
    write(tmp_path / "old" / "carol.eml", CAROL)
    (tmp_path / "old" / "gone.eml").symlink_to(tmp_path / "nowhere")
    locked = write(tmp_path / "old" / "locked.eml", DANA)
    locked.chmod(0)
    if os.access(locked, os.R_OK):  # root may read everything
        locked.unlink()
        assert told(run, "import", "old", "--json")["new_messages"] == 1
    else:
        assert "locked.eml" in run("import", "old", code=1).stderr
    assert "nowhere" in run("import", "nowhere", code=2).stderr


@pytest.mark.slow
def test_of_a_mail_that_is_too_large_the_head_is_kept(run: Run, tmp_path: Path) -> None:
    head, line = CAROL.partition(b"\n\n")[0] + b"\n\n", b"A very long story. " * 4 + b"\n"
    write(tmp_path / "old" / "novel.eml", head + line * (42_000_000 // len(line)))
    write(tmp_path / "old" / "short.eml", DANA)
    assert told(run, "import", "old", "--json")["new_messages"] == 2
    assert told(run, "import", "old", "--json")["new_messages"] == 0
    novel = next(line for line in exported(run) if line["contact"]["name"] == "Carol Diaz")["messages"][0]
    assert "headers_only" in novel["flags"]
    assert "MB" in novel["text"]
    assert (tmp_path / "data" / "under24.db").stat().st_size < 5_000_000
    run("verify")


def test_commands_work_on_postgresql(run: Run, tmp_path: Path, postgres_url: str) -> None:
    write(tmp_path / "carol.eml", CAROL)
    settings = {"INBOX_DATABASE_URL": postgres_url}
    assert told(run, "import", "carol.eml", "--json", **settings)["new_messages"] == 1
    assert "All is well" in run("verify", **settings).stdout
    assert json.loads(run("export", **settings).stdout)["contact"]["name"] == "Carol Diaz"
    assert "PostgreSQL" in run("doctor", **settings).stdout
    assert "pg_dump" in run("backup", "copy.db", code=1, **settings).stderr


@pytest.mark.slow
def test_the_corpus_of_real_mail_is_kept_to_the_last_file(run: Run, corpus: Path) -> None:
    first = told(run, "import", str(corpus), "--json")
    assert balanced(first)
    assert first["pending"] == 0
    assert first["arrivals"] >= 600
    second = told(run, "import", str(corpus), "--json")
    assert balanced(second)
    assert second["new_messages"] == 0
    assert "All is well" in run("verify").stdout


@pytest.fixture
def corpus() -> Path:
    found = Path(__file__).resolve().parent.parent.parent / "shared" / "corpus"
    if not found.is_dir():
        missing("The corpus of real mail", "It belongs in ../shared/corpus, beside the project.")
    return found


# read, ledger, verify, pull -------------------------------------------------------------------------------------------


def test_read_says_how_files_are_understood_and_needs_no_store(run: Run, tmp_path: Path) -> None:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "Zoë <zoe@example.org>", "a@example.com", "Grüße"
    letter["Message-ID"] = "<1@example.org>"
    letter.set_content("Hallo\n\n> Hi\n")
    letter.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="a.pdf")
    write(tmp_path / "zoe.eml", letter.as_bytes())
    write(tmp_path / "words.txt", b"only words\n")

    done = run("read", "zoe.eml", "words.txt", "--json")
    good, bad = (json.loads(line) for line in done.stdout.splitlines())
    assert (good["ok"], good["from"], good["subject"]) == (True, {"name": "Zoë", "address": "zoe@example.org"}, "Grüße")
    assert good["message_id"] == "1@example.org"
    assert [(file["filename"], file["size"]) for file in good["attachments"]] == [("a.pdf", 4)]
    assert (bad["ok"], bad["file"]) == (False, "words.txt")
    assert bad["error"].endswith(".")
    assert not (tmp_path / "data").exists()

    missing = run("read", "nowhere.eml", "zoe.eml", "--json", code=1)
    assert len(missing.stdout.splitlines()) == 1
    assert "nowhere.eml" in missing.stderr
    assert "Zoë" in run("read", "zoe.eml").stdout


def test_verify_says_what_is_broken(run: Run, tmp_path: Path) -> None:
    write(tmp_path / "carol.eml", CAROL)
    run("import", "carol.eml")
    with sqlite3.connect(tmp_path / "data" / "under24.db") as store:
        store.execute("UPDATE conversations SET due_at = due_at + 1")
    store.close()
    done = run("verify", code=1)
    assert "another deadline than their open wait" in done.stdout
    assert told(run, "verify", "--json", code=1)["ok"] is False


@pytest.mark.slow
def test_pull_drains_every_account_that_works(run: Run, dovecot: Dovecot) -> None:
    for number in range(5):
        dovecot.append(mail(text=f"Letter {number}", subject=f"Letter {number}"))
    hosts = ("--imap-host", "127.0.0.1", "--imap-security", "none")
    words = ("account", "add", "mail")
    port = ("--imap-port", str(dovecot.port), "--password-stdin")
    run(*words, "support@example.com", *hosts, *port, given=f"{PASSWORD}\n")
    assert "works" in run("account", "test", "support@example.com").stdout
    first = told(run, "pull", "--json")
    assert (first["fetched"], first["accounts"][0]["ledger"]["threaded"]) == (5, 5)
    assert told(run, "pull", "--json")["fetched"] == 0

    run(*words, "sales@example.com", *hosts, "--imap-port", "1", "--password-stdin", given="x\n")
    dovecot.append(mail(text="One more", subject="One more"))
    failed = run("pull", "--json", code=1)
    assert "sales@example.com" in failed.stderr
    assert json.loads(failed.stdout)["fetched"] == 1
    assert told(run, "ledger", "--json")["accounts"][0]["caught_up_at"]
    assert "sales@example.com" in run("doctor", code=1).stdout
    run("account", "remove", "sales@example.com")
    run("pull")


# The rest -------------------------------------------------------------------------------------------------------------


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


# people ---------------------------------------------------------------------------------------------------------------


def test_a_team_moves_in_and_one_person_is_exported_and_erased(run: Run, tmp_path: Path) -> None:
    export = Path(__file__).parent / "flow" / "exports" / "zendesk.ndjson"
    counts = told(run, "import", "--from", "zendesk", str(export), "--json")
    assert (counts["talks"], counts["messages"], counts["notes"], counts["failures"]) == (2, 4, 1, 0)
    assert "0 new messages" in run("import", "--from", "zendesk", str(export)).stdout

    run("person", "export", "carol@customer.example", "carol.zip")
    with zipfile.ZipFile(tmp_path / "carol.zip") as made:
        assert any(b"The export button does nothing." in made.read(name) for name in made.namelist())
    assert "is there already" in run("person", "export", "carol@customer.example", "carol.zip", code=1).stderr

    run("person", "erase", "carol@customer.example", code=130, given="n\n")
    assert "emptied" in run("person", "erase", "carol@customer.example", "--yes").stdout
    assert "Nobody is known" in run("person", "erase", "carol@customer.example", "--yes", code=1).stderr
    assert "export button" not in run("export").stdout
    assert "0 new messages" in run("import", "--from", "zendesk", str(export)).stdout
    assert "export button" not in run("export").stdout
    assert "All is well" in run("verify").stdout
