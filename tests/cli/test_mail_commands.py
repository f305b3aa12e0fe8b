"""Reading a mail by hand, and what a store holds: read, ledger, verify, pull."""

from __future__ import annotations

import json
import sqlite3
from email.message import EmailMessage
from pathlib import Path

import pytest
from commands import CAROL, Run, told, write
from dovecot import PASSWORD, Dovecot
from house import mail


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
