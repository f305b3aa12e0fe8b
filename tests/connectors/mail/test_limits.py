"""Section 4.2 of the reliability reference and S19: what hurts Python's own mail stack costs us next to nothing."""

from __future__ import annotations

import time

import pytest
from rawmail import arrival

from connectors.mail import mime
from connectors.mail.parse import describe, open_part, read_mail

ALICE = b"From: alice@example.org\r\n"
SECONDS = 0.5


def nested(depth: int) -> bytes:
    parts = (b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(depth))
    return ALICE + b"".join(parts) + b"\r\nthe end"


def part(kind: bytes, body: bytes) -> bytes:
    return ALICE + b"Content-Type: " + kind + b"\r\n\r\n" + body


DAEMON = b"From: mailer-daemon@x.org\r\nReturn-Path: <>\r\nSubject: Undelivered mail\r\n\r\n"
REPORT = b"multipart/report; report-type=delivery-status; boundary=b"
GROUP = b"Final-Recipient: rfc822; a@b.org\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"

HOSTILE = {
    "300 nested multiparts": nested(300),
    "1,000 nested multiparts": nested(1_000),
    "1,000 nested messages": ALICE + b"Content-Type: message/rfc822\r\n\r\n" * 1_000,
    "50,000 flat parts": part(b"multipart/mixed; boundary=b", b"--b\r\n\r\nx\r\n" * 50_000),
    "To of 400 kB": ALICE + b"To: " + b", ".join(b"a%d@x.org" % n for n in range(30_000)) + b"\r\n\r\nhi",
    "To of commas": ALICE + b"To: " + b"a, " * 130_000 + b"\r\n\r\nhi",
    "From of quotes": b"From: " + b'"' * 20_000 + b"\r\n\r\nhi",
    "From of escaped quotes": b"From: " + b'"\\' * 10_000 + b"\r\n\r\nhi",
    "From of parentheses": b"From: " + b"(" * 20_000 + b"\r\n\r\nhi",
    "From of angles": b"From: " + b"<" * 20_000 + b"\r\n\r\nhi",
    "parameters of semicolons": part(b"text/plain" + b"; " * 30_000, b"hi"),
    "parameters of open quotes": part(b"text/plain" + b';a="' * 16_000, b"hi"),
    "continued parameters": part(b"text/plain; " + b"".join(b"n*%d*=%%41;" % n for n in range(5_000)), b"hi"),
    "encoded words, never closed": ALICE + b"Subject: " + b"=?a?q?" * 10_000 + b"\r\n\r\nhi",
    "encoded words, empty": ALICE + b"Subject: " + b"=?" * 30_000 + b"\r\n\r\nhi",
    "encoded words, many": ALICE + b"Subject: " + b"=?utf-8?q?a?= " * 4_500 + b"\r\n\r\nhi",
    "a header of 5 MB": ALICE + b"X: y\r\n" * 800_000 + b"\r\nhi",
    "a header of broken lines": ALICE + b"junk\r\n" * 200_000 + b"\r\nhi",
    "a header folded for ever": ALICE + b"Subject: x\r\n" + b" \r\n" * 200_000 + b"\r\nhi",
    "references": ALICE + b"References: " + b"<a@b> " * 100_000 + b"\r\n\r\nhi",
    "open angles in references": ALICE + b"References: " + b"<" * 60_000 + b"\r\n\r\nhi",
    "a date of digits": ALICE + b"Date: " + b"1" * 60_000 + b"\r\n\r\nhi",
    "markup": part(b"text/html", b"<" * 1_000_000),
    "nested divs": part(b"text/html", b"<div>" * 20_000 + b"x"),
    "a number of 100,000 digits": part(b"text/html", b"&#" + b"1" * 100_000 + b";"),
    "equal signs": ALICE + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + b"=" * 1_000_000,
    "base64 of padding": ALICE + b"Content-Transfer-Encoding: base64\r\n\r\n" + b"A=" * 250_000,
    "quote marks": ALICE + b"\r\n" + b">" * 1_000_000,
    "quoted lines": ALICE + b"\r\n" + b"> x\n" * 250_000,
    "attributions": ALICE + b"\r\n" + b"On x wrote:\n" * 80_000,
    "header blocks": ALICE + b"\r\n" + b"From: a\nTo: b\n" * 70_000,
    "rules": ALICE + b"\r\n" + b"-- \n" * 200_000,
    "one line of On": ALICE + b"\r\n" + b"On 1 wrote: " * 80_000,
    "blanks": ALICE + b"\r\n" + b" " * 1_000_000 + b"x",
    "blank lines": ALICE + b"\r\n" + b"\n" * 1_000_000 + b"x",
    "uuencoded beginnings": ALICE + b"\r\n" + b"begin 644 a\n" * 80_000,
    "boundaries of dashes": part(b'multipart/mixed; boundary="-"', b"\n---" * 250_000),
    "guessed boundaries": part(b"multipart/mixed", b"--a\n" * 250_000),
    "a calendar without end": part(b"text/calendar", b"BEGIN:VEVENT\r\n" + b'DTSTART;A="' * 50_000),
    "failed recipients": DAEMON + b"<a@b.org>: 550 5.1.1\n" * 40_000,
    "a report on one line": DAEMON + b"<a@b.org>: " * 60_000,
    "report groups": part(REPORT, b"--b\r\nContent-Type: message/delivery-status\r\n\r\n" + GROUP * 20_000 + b"--b--"),
    "winmail.dat of nothing": part(b"application/ms-tnef", b"\x78\x9f\x3e\x22\x01\x00" + b"\x01" * 1_000_000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mail_takes_no_time(name: str) -> None:
    start = time.process_time()
    described = describe(HOSTILE[name])
    assert time.process_time() - start < SECONDS
    assert described["text"] is not None


def test_the_tree_is_never_deeper_or_wider_than_allowed() -> None:
    def walk(one: mime.Part) -> list[mime.Part]:
        return [one, *(inner for child in one.children for inner in walk(child))]

    deep = walk(mime.split(HOSTILE["1,000 nested multiparts"]).root)
    wide = walk(mime.split(HOSTILE["50,000 flat parts"]).root)
    assert max(one.depth for one in deep) == mime.MAX_DEPTH
    assert len(wide) == mime.MAX_PARTS


@pytest.mark.parametrize("name", ["1,000 nested multiparts", "50,000 flat parts", "a header of 5 MB"])
def test_what_was_cut_is_noted(name: str) -> None:
    assert "truncated" in read_mail(arrival(HOSTILE[name])).notes


def test_the_readable_part_of_an_overlong_header_counts() -> None:
    inbound = read_mail(arrival(b"From: alice@example.org\r\nSubject: Hi\r\n" + b"X: y\r\n" * 100_000 + b"\r\nHello"))
    assert (inbound.subject, inbound.text) == ("Hi", "Hello")


@pytest.mark.slow
def test_fifty_megabytes_are_read() -> None:
    body = b"--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\n" + b"QUJD" * 12_000_000
    data = part(b"multipart/mixed; boundary=b", body + b"\r\n--b--")
    assert read_mail(arrival(data)).attachments[0].size == 36_000_000
    assert len(open_part(data, 0)) == 36_000_000
