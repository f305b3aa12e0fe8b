# ruff: noqa: RUF001  # other alphabets have letters that look like ours

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from rawmail import arrival, raw, read

from connectors.mail import dates, headers, params
from connectors.mail.parse import read_mail


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("=?utf-8?B?R3LDvMOfZQ==?=", "Grüße"),
        ("=?ISO-8859-1?q?Gr=FC=DFe_aus_K=F6ln?=", "Grüße aus Köln"),
        ("=?utf-8?q?one?= =?utf-8?q?_two?=", "one two"),
        ("=?utf-8?B?4oI=?= =?utf-8?B?rA==?= 5", "€ 5"),  # a character cut in two
        ("=?utf-8?B?R3LDvMOfZQ?=", "Grüße"),  # padding lost
        ("=?utf-8?Q?a b?= c", "a b c"),  # blanks where none may be
        ("Re:=?utf-8?q?x?=", "Re:x"),  # no blank before the word
        ("=?utf-8*en?q?tagged?=", "tagged"),  # RFC 2231 language
        ("=?no-such?q?=E9?=", "é"),
        ("=?utf-8?x?what?= is", "=?utf-8?x?what?= is"),
        ("=?utf-8?q?open", "=?utf-8?q?open"),
        ("tab\tand\x07bell", "tab and bell"),
    ],
)
def test_subjects_are_decoded(written: str, meant: str) -> None:
    assert headers.text(written) == meant


def test_raw_eight_bit_subjects_are_read_as_the_body_is() -> None:
    head = "From: alice@example.org\r\nSubject: Прайс\r\nContent-Type: text/plain; charset=koi8-r\r\n\r\nПривет"
    inbound = read_mail(arrival(head.encode("koi8-r")))
    assert (inbound.subject, inbound.text) == ("Прайс", "Привет")


def test_raw_utf8_is_read_without_being_declared() -> None:
    assert read("Subject: Grüße").subject == "Grüße"


def test_folded_lines_are_one_line() -> None:
    assert read("Subject: a\n very\n\tlong one").subject == "a very long one"


def test_a_line_without_colon_amid_the_header_is_skipped() -> None:
    assert read("X-One: 1\nthis is broken\nSubject: still read").subject == "still read"


def test_a_field_folded_without_blanks_does_not_end_the_header() -> None:
    broken = "DKIM-Signature: v=1;\nbh=abc;\nb=def\nghi\njkl\n"
    assert read(broken + "Subject: still read").subject == "still read"


def test_a_body_that_follows_without_blank_line_is_found() -> None:
    inbound = read_mail(arrival(b"From: alice@example.org\nSubject: Hi\nDear team, it broke\nagain"))
    assert (inbound.subject, inbound.text) == ("Hi", "Dear team, it broke\nagain")


def test_the_first_of_doubled_fields_counts() -> None:
    assert read("Subject: one\nSubject: two").subject == "one"


def test_an_mbox_envelope_line_is_no_header() -> None:
    inbound = read_mail(arrival(b"From alice Mon May  4 12:00:00 2026\n" + raw("Subject: Hi")))
    assert inbound.subject == "Hi"


@pytest.mark.parametrize("newline", [b"\n", b"\r\n", b"\r"])
def test_any_line_end_will_do(newline: bytes) -> None:
    inbound = read_mail(arrival(raw("Subject: Hi", "one\ntwo").replace(b"\r\n", newline)))
    assert (inbound.subject, inbound.text) == ("Hi", "one\ntwo")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("<a@b.org>", "a@b.org"),
        ("\n <a@b.org> (comment)", "a@b.org"),
        ("a@b.org", "a@b.org"),
        ("<", ""),
        ("<a@[b>", ""),
        ("<>", ""),
        ("<a b@c>", ""),
        ("<" + "a" * 251 + ">", ""),
        ("<a\x00@b>", ""),
    ],
)
def test_only_sane_message_ids_count(written: str, meant: str) -> None:
    inbound = read(f"Message-ID: {written}")
    assert inbound.message_id == meant
    assert ("no_message_id" in inbound.notes) == (not meant)


def test_references_run_from_the_newest_to_the_oldest() -> None:
    inbound = read("In-Reply-To: <c@x>\nReferences: <a@x> <b@x>\n <c@x> <b@x>")
    assert inbound.references == ("c@x", "b@x", "a@x")


def test_references_are_at_most_a_hundred() -> None:
    inbound = read("References: " + " ".join(f"<{n}@x>" for n in range(300)))
    assert (len(inbound.references), inbound.references[0]) == (100, "299@x")


@pytest.mark.parametrize(
    ("written", "hour"),
    [
        ("Mon, 04 May 2026 14:00:00 +0200", 12),
        ("4 May 2026 12:00 GMT", 12),
        ("Mon, 4 May 2026 07:00:00 EST", 12),
        ("Monday, 04-May-26 12:00:00 UT", 12),
        ("Mon,\n 4 May\n 2026 12:00:00 -0000 (UTC)", 12),
    ],
)
def test_dates_are_utc(written: str, hour: int) -> None:
    assert dates.parse(written) == datetime(2026, 5, 4, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "east"),
    [
        ("Mon, 04 May 2026 14:00:00 +0200", 120),
        ("Mon, 04 May 2026 14:00:00 -0330", -210),
        ("Mon, 04 May 2026 14:00:00 +0545", 345),
        ("Mon, 04 May 2026 14:00:00 +0000", None),
        ("Mon, 04 May 2026 14:00:00 +9999", None),
        ("4 May 2026 12:00 GMT", None),
    ],
)
def test_the_writers_clock_is_known_where_the_date_tells(written: str, east: int | None) -> None:
    assert dates.offset(written) == east


@pytest.mark.parametrize(
    "written", ["", "soon", "99 Foo 2026 25:61:00 +9999", "1 Jan 3609 00:00:00 +0000", "1 Jan 0001 1"]
)
def test_absurd_dates_are_none(written: str) -> None:
    assert dates.parse(written) is None


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ('attachment; filename="a b.txt"', "a b.txt"),
        ("attachment; filename=a.txt; size=3", "a.txt"),
        ("attachment; filename*=utf-8''Gr%C3%BC%C3%9Fe.txt", "Grüße.txt"),
        ('attachment; filename*0="long"; filename*1="er.txt"', "longer.txt"),
        ("attachment; filename*1*=%C3%9Fe.txt; filename*0*=utf-8''Gr%C3%BC", "Grüße.txt"),
        ('attachment; filename="=?utf-8?B?R3LDvMOfZS50eHQ=?="', "Grüße.txt"),
        ('attachment; filename="never closed.txt', "never closed.txt"),
        (r'attachment; filename="with \" quote.txt"', 'with " quote.txt'),
    ],
)
def test_parameters_are_decoded(written: str, name: str) -> None:
    assert params.text_of(params.parse(written), "filename") == name
