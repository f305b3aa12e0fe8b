from __future__ import annotations

import base64
import quopri

import pytest
from rawmail import arrival, mixed, raw, read

from connectors.contract import Nature
from connectors.mail.parse import describe, read_mail


def test_a_mail_in_our_words() -> None:
    inbound = read("To: support@example.com\nCc: Bob <bob@example.org>\nSubject: It broke\nMessage-ID: <1@x>")
    assert inbound.sender is not None
    assert (inbound.sender.kind, inbound.sender.value, inbound.sender.name) == ("mail", "alice@example.org", "Alice")
    assert [handle.value for handle in (*inbound.to, *inbound.cc)] == ["support@example.com", "bob@example.org"]
    assert (inbound.nature, inbound.nature_reason, inbound.direction, inbound.notes) == (Nature.PERSON, "", "in", ())


def test_what_we_wrote_elsewhere_stays_ours() -> None:
    assert read("", direction="out").direction == "out"


def test_a_mail_over_the_size_cap_tells_its_true_size() -> None:
    inbound = read("Subject: Film", "", complete=False, size=73_400_000)
    assert "73.4 MB" in inbound.text
    assert inbound.subject == "Film"
    assert "headers_only" in inbound.notes
    assert inbound.fingerprint == ""


def test_fingerprints_ignore_what_servers_change() -> None:
    head = "Date: Mon, 4 May 2026 12:00:00 +0000\nMessage-ID: <1@x>\nContent-Type: text/plain; charset=utf-8\n"
    text = "Grüße aus Köln, es geht nicht.\n"
    quoted = quopri.encodestring(text.encode()).decode()
    coded = base64.b64encode(text.replace("\n", "\r\n").encode()).decode()
    copies = {
        read(head, text).fingerprint,
        read("Received: from a\nX-Spam: no\n" + head, text).fingerprint,
        read(head + "Content-Transfer-Encoding: quoted-printable", quoted).fingerprint,
        read(head + "Content-Transfer-Encoding: base64", coded).fingerprint,
        read_mail(arrival(raw(head, text).replace(b"\r\n", b"\n"))).fingerprint,
    }
    assert len(copies) == 1


@pytest.mark.parametrize("other", ["Message-ID: <2@x>", "Message-ID: <1@x>\nFrom: bob@example.org"])
def test_fingerprints_tell_other_mails_apart(other: str) -> None:
    assert read(other).fingerprint != read("Message-ID: <1@x>").fingerprint


def test_fingerprints_see_the_attachments() -> None:
    one = mixed("Content-Type: image/png\n\none")
    assert read_mail(arrival(one)).fingerprint != read_mail(arrival(one.replace(b"one", b"two"))).fingerprint


def test_describe_says_the_same_for_a_person() -> None:
    said = describe(raw("To: Support <support@example.com>\nSubject: Hi\nDate: Mon, 4 May 2026 14:00:00 +0200"))
    assert said["from"] == {"name": "Alice", "address": "alice@example.org"}
    assert said["to"] == [{"name": "Support", "address": "support@example.com"}]
    assert (said["subject"], said["date"], said["text"]) == ("Hi", "2026-05-04T12:00:00+00:00", "Hello.")
    assert (said["auto"], said["bounce"], said["attachments"], said["references"]) == (None, None, [], [])
    keys = "from to cc reply_to subject date message_id in_reply_to references "
    assert list(said) == (keys + "text reply_text html attachments auto bounce").split()
