from __future__ import annotations

import pytest
from rawmail import arrival, mixed, read

from connectors.contract import Bounce, Inbound, Nature
from connectors.mail.parse import read_mail

DAEMON = "From: Mail Delivery System <MAILER-DAEMON@mx.example.com>\nSubject: Undelivered Mail Returned to Sender"


def report(*groups: str, returned: str = "") -> Inbound:
    status = "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.com\n\n" + "\n\n".join(groups)
    parts = ["Content-Type: text/plain\n\nSorry.", status, *([returned] if returned else [])]
    data = mixed(*parts, kind="report", more="; report-type=delivery-status")
    return read_mail(arrival(data.replace(b"Alice <alice@example.org>", b"MAILER-DAEMON@mx.example.com")))


def test_a_report_names_recipient_status_and_reason() -> None:
    group = (
        "Final-Recipient: rfc822; bob@example.org\nAction: failed\nStatus: 5.1.1\n"
        "Diagnostic-Code: smtp; 550 5.1.1\n no such user"
    )
    returned = "Content-Type: message/rfc822\n\nFrom: support@example.com\nMessage-ID: <1@ours>\n\nHello"
    inbound = report(group, returned=returned)
    assert inbound.nature is Nature.BOUNCE
    assert inbound.bounces == (Bounce("bob@example.org", "5.1.1", True, "550 5.1.1 no such user", "1@ours"),)


@pytest.mark.parametrize(
    ("action", "status", "permanent"),
    [
        ("failed", "5.2.2", True),
        ("delayed", "4.4.1", False),
        ("failed", "4.4.7", True),
        ("", "4.2.2", False),
        ("error", "5.0.0", True),
    ],
)
def test_a_delay_is_not_for_good(action: str, status: str, permanent: bool) -> None:
    group = f"Final-Recipient: rfc822;bob@example.org\n{f'Action: {action}' if action else 'X: y'}\nStatus: {status}"
    assert [b.permanent for b in report(group).bounces] == [permanent]


def test_the_exact_status_is_taken_from_the_diagnostic() -> None:
    group = (
        "Final-Recipient: rfc822; bob@example.org\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550 5.7.1 no"
    )
    assert report(group).bounces[0].status == "5.7.1"


def test_every_recipient_counts_once() -> None:
    groups = [
        f"Final-Recipient: rfc822; {name}@example.org\nAction: failed\nStatus: 5.1.1"
        for name in ("bob", "carol", "bob")
    ]
    assert [b.recipient for b in report(*groups).bounces] == ["bob@example.org", "carol@example.org"]


def test_a_confirmation_of_delivery_is_no_bounce() -> None:
    inbound = report("Final-Recipient: rfc822; bob@example.org\nAction: delivered\nStatus: 2.0.0")
    assert (inbound.nature, inbound.bounces) == (Nature.REPORT, ())


def test_failed_recipients_in_a_header_are_read() -> None:
    inbound = read(DAEMON + "\nX-Failed-Recipients: bob@example.org", "bob@example.org: mailbox unknown")
    assert [b.recipient for b in inbound.bounces] == ["bob@example.org"]


def test_home_made_reports_are_read() -> None:
    body = (
        "Hi. This is the qmail-send program.\n\n<bob@example.org>:\n192.0.2.1 said: 550 5.1.1 no such user\n\n--- Below"
    )
    (found,) = read(DAEMON.replace("Undelivered Mail Returned to Sender", "failure notice"), body).bounces
    assert (found.recipient, found.status, found.permanent) == ("bob@example.org", "5.1.1", True)
    assert "no such user" in found.diagnostic


def test_the_id_of_the_returned_mail_is_found_in_the_text() -> None:
    body = "<bob@example.org>:\n550 no such user\n\n--- Below is a copy\n\nMessage-ID: <1@ours>\nSubject: Hi\n"
    assert read(DAEMON, "Hi. This is the qmail-send program.\n\n" + body).bounces[0].original_message_id == "1@ours"


def test_a_mail_server_without_recipient_is_still_a_bounce() -> None:
    assert read(DAEMON, "Something went wrong.").nature is Nature.BOUNCE


def test_a_person_who_quotes_a_bounce_is_a_person() -> None:
    body = "I got this from you:\n\n> <bob@example.org>: host mx said: 550 5.1.1 no such user"
    assert read("Subject: Re: Undelivered Mail\nIn-Reply-To: <1@x>", body).nature is Nature.PERSON


def test_a_person_who_shows_us_a_delivery_report_is_a_person() -> None:
    told = read(
        "From: Anna <anna@x.example>\nTo: support@example.com\nSubject: Mail delivery failed\n\n"
        "I tried to write to bob@example.org and got:\n\nThis message was created automatically by mail delivery"
        " software.\nA message that you sent could not be delivered. The following address failed:\n\n"
        "  bob@example.org\n    550 5.1.1 unknown user\n\nWhat should I do?"
    )
    assert told.nature is Nature.PERSON
