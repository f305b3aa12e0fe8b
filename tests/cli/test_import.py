"""Mail from files comes in as history, each mail once."""

from __future__ import annotations

import json
import mailbox
import os
import time
from pathlib import Path
from typing import Any

import pytest
from commands import CAROL, DANA, Run, balanced, told, write
from house import mail
from needs import missing


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
    found = Path(__file__).resolve().parents[3] / "shared" / "corpus"
    if not found.is_dir():
        missing("The corpus of real mail", "It belongs in ../shared/corpus, beside the project.")
    return found
