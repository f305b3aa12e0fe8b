from __future__ import annotations

import pytest
from rawmail import arrival, mixed, read

from connectors.contract import Inbound, Nature
from connectors.mail.parse import read_mail

OURS = "support@example.com"


def judged(head: str) -> Nature:
    return read(head, "Hello.", OURS).nature


@pytest.mark.parametrize(
    "head",
    [
        "Subject: It broke",
        "Auto-Submitted: no",
        "Subject: Re: Out of office on Monday",
        "Subject: My vacation in your app",
        "Precedence: normal",
        "X-Auto-Response-Suppress: All",
        "List-Unsubscribe: <mailto:x@y>",
        "Return-Path: <alice@example.org>",
        "Return-Path: <>",
        "From: noreply@shop.example\nReply-To: alice@example.org",
        f"List-ID: Support <support.example.com>\nList-Post: <mailto:{OURS}>\nPrecedence: list",
        "Subject: Your delivery failed",
        "From: postmaster@example.org\nSubject: Question about your product",
        "Subject: Fwd: Undelivered Mail Returned to Sender",
    ],
)
def test_people_are_taken_for_people(head: str) -> None:
    assert judged(head) is Nature.PERSON


@pytest.mark.parametrize(
    "head",
    [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: auto-generated; x=y",
        "X-Autoreply: yes",
        "X-Autorespond:",
        "Precedence: auto_reply",
        "Return-Path: <>\nIn-Reply-To: <a@b.example>",
        "Subject: Automatic reply: It broke",
        "Subject: Abwesenheitsnotiz: Hallo",
        "Subject: Réponse automatique : Bonjour",
        "Subject: Estoy fuera de la oficina\nPrecedence: junk",
        "Subject: Afwezig\nX-Auto-Response-Suppress: All",
    ],
)
def test_automatic_answers_are_told_apart(head: str) -> None:
    assert judged(head) is Nature.AUTO_REPLY


@pytest.mark.parametrize(
    "head", ["List-ID: <news.example.org>", "Precedence: bulk", "List-Unsubscribe-Post: List-Unsubscribe=One-Click"]
)
def test_lists_are_told_apart(head: str) -> None:
    assert judged(head) is Nature.LIST


def test_our_own_address_is_an_echo() -> None:
    assert judged("From: Support <Support@Example.com>") is Nature.ECHO


def test_an_answer_with_an_empty_envelope_sender_is_automatic() -> None:
    answer = "In-Reply-To: <1@ours>"
    assert read(answer, facts={"mail_from": ""}).nature is Nature.AUTO_REPLY
    assert read(answer, facts={"mail_from": "alice@example.org"}).nature is Nature.PERSON
    assert read("Subject: Hi", facts={"mail_from": ""}).nature is Nature.PERSON


def report(kind: str, part: str) -> Inbound:
    words = "Content-Type: text/plain\n\nA report"
    return read_mail(arrival(mixed(words, part, kind="report", more=f"; report-type={kind}")))


def test_abuse_reports_are_told_apart() -> None:
    inbound = report("feedback-report", "Content-Type: message/feedback-report\n\nFeedback-Type: abuse\nVersion: 1")
    assert inbound.nature is Nature.ABUSE_REPORT
    assert "abuse" in inbound.nature_reason


def test_read_receipts_are_automatic() -> None:
    part = "Content-Type: message/disposition-notification\n\nDisposition: manual-action/MDN-sent-manually; displayed"
    assert report("disposition-notification", part).nature is Nature.AUTO_REPLY


def test_tls_and_dmarc_reports_are_reports() -> None:
    assert report("tlsrpt", "Content-Type: application/tlsrpt+gzip\n\nx").nature is Nature.REPORT
    subject = (
        "Subject: Report Domain: example.com Submitter: mail.example Report-ID: <1>\nContent-Type: application/zip"
    )
    assert read(subject).nature is Nature.REPORT


def test_addresses_that_want_no_answer_are_noted() -> None:
    assert "no_reply_sender" in read("From: no-reply@shop.example").notes
    assert "no_auto_reply" in read("X-Auto-Response-Suppress: OOF, AutoReply").notes
