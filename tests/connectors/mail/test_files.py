from __future__ import annotations

import base64
import binascii
import struct

import pytest
from rawmail import arrival, mixed, raw, read

from connectors.errors import Unreadable
from connectors.mail import names
from connectors.mail.parse import open_part, read_mail

PLAIN = "Content-Type: text/plain\n\nHello"
PDF = (
    "Content-Type: application/pdf; name=bill.pdf\nContent-Disposition: attachment; filename=bill.pdf\n"
    "Content-Transfer-Encoding: base64\n\n" + base64.b64encode(b"%PDF-1.4").decode()
)


def test_an_attachment_is_found_again_in_the_raw_bytes() -> None:
    data = mixed(PLAIN, PDF)
    (found,) = read_mail(arrival(data)).attachments
    assert (found.index, found.filename, found.content_type, found.size) == (0, "bill.pdf", "application/pdf", 8)
    assert open_part(data, found.index) == b"%PDF-1.4"


@pytest.mark.parametrize("index", [-1, 1, 99])
def test_an_attachment_that_is_not_there_is_unreadable(index: int) -> None:
    with pytest.raises(Unreadable):
        open_part(mixed(PLAIN, PDF), index)


def test_an_inline_image_keeps_its_content_id() -> None:
    image = "Content-Type: image/png\nContent-ID: <logo@x>\n\nPNG"
    html = 'Content-Type: text/html\n\n<img src="cid:logo@x">'
    (found,) = read_mail(arrival(mixed(html, image, kind="related"))).attachments
    assert (found.inline, found.content_id, found.filename) == (True, "logo@x", "attachment.png")


def test_an_attached_mail_is_a_file_named_by_its_subject() -> None:
    inner = "Content-Type: message/rfc822\n\nFrom: bob@example.org\nSubject: It broke\n\nInside"
    inbound = read_mail(arrival(mixed(PLAIN, inner)))
    assert inbound.text == "Hello"
    assert [(a.filename, a.content_type) for a in inbound.attachments] == [("It broke.eml", "message/rfc822")]


def test_a_mail_of_nothing_but_an_attached_mail_hands_that_one_on() -> None:
    inner = "Content-Type: message/rfc822\n\nFrom: bob@example.org\nSubject: It broke\n\nInside"
    inbound = read_mail(arrival(mixed(inner)))
    assert inbound.text == "Inside"
    assert "forwarded" in inbound.notes
    assert len(inbound.attachments) == 1


def test_a_named_text_is_a_file_and_shown_only_where_nothing_else_is_said() -> None:
    note = "Content-Type: text/plain; name=log.txt\nContent-Disposition: inline; filename=log.txt\n\nThe log"
    assert read_mail(arrival(mixed(PLAIN, note))).text == "Hello"
    alone = read_mail(arrival(mixed(note)))
    assert (alone.text, len(alone.attachments)) == ("The log", 1)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "_.._etc_passwd"),
        ("C:\\Users\\alice\\a.doc", "C_Users_alice_a.doc"),
        ("evil\u202ecod.exe", "evilcod.exe"),
        ("a\x00b\x1f.txt", "ab.txt"),
        (".htaccess", "htaccess"),
        (".ht\u200baccess", "htaccess"),
        ("name. . .", "name"),
        ("CON", "_CON"),
        ("lpt1.txt", "_lpt1.txt"),
        ("", "attachment.pdf"),
        ("...", "attachment.pdf"),
        ("Grüße.txt", "Grüße.txt"),
        ("bill 12/2026.pdf", "bill 12_2026.pdf"),
        ("a" * 300 + ".pdf", "a" * 196 + ".pdf"),
    ],
)
def test_names_are_made_harmless(given: str, kept: str) -> None:
    assert names.safe(given, "application/pdf") == kept


def test_uuencoded_files_are_taken_out_of_the_text() -> None:
    block = "begin 644 log.txt\n" + binascii.b2a_uu(b"It broke").decode() + "`\nend\n"
    data = raw("", f"See below.\n{block}Bye")
    inbound = read_mail(arrival(data))
    assert inbound.text == "See below.\nBye"
    assert [(a.filename, a.content_type, a.size) for a in inbound.attachments] == [("log.txt", "text/plain", 8)]
    assert open_part(data, 0) == b"It broke"


def test_a_sentence_that_begins_with_begin_is_no_file() -> None:
    assert read("", "begin 644 words\nnothing here").text == "begin 644 words\nnothing here"


def _attribute(level: int, kind: int, value: bytes) -> bytes:
    return struct.pack("<BII", level, kind, len(value)) + value + b"\0\0"


def _property(kind: int, name: int, value: bytes) -> bytes:
    return struct.pack("<HHII", kind, name, 1, len(value)) + value + b"\0" * (-len(value) % 4)


def _winmail(*attributes: bytes) -> str:
    data = b"\x78\x9f\x3e\x22\x01\x00" + b"".join(attributes)
    head = "Content-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\n"
    return head + base64.b64encode(data).decode()


def _packed_file(name: bytes, data: bytes) -> bytes:
    long_name = struct.pack("<I", 1) + _property(30, 0x3707, name)
    return (
        _attribute(2, 0x00069002, b"\0" * 14)
        + _attribute(2, 0x00018010, b"SHORT~1.TXT\0")
        + _attribute(2, 0x0006800F, data)
        + _attribute(2, 0x00069005, long_name)
    )


def test_winmail_dat_gives_the_files_within() -> None:
    data = mixed(PLAIN, _winmail(_packed_file(b"long name.txt\0", b"It broke")))
    inbound = read_mail(arrival(data))
    assert [(a.filename, a.content_type, a.size) for a in inbound.attachments] == [("long name.txt", "text/plain", 8)]
    assert "tnef" in inbound.notes
    assert open_part(data, 0) == b"It broke"


def test_winmail_dat_gives_the_body_where_the_mail_has_none() -> None:
    html = struct.pack("<I", 1) + _property(258, 0x1013, b"<p>Hello</p>")
    inbound = read_mail(arrival(mixed(_winmail(_attribute(1, 0x00069003, html)))))
    assert (inbound.text, inbound.html) == ("Hello", "<p>Hello</p>")


def test_winmail_dat_gives_a_body_kept_as_rtf() -> None:
    rtf = rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}Gr\'fc\'dfe \u8364?5\par Bye}"
    packed = struct.pack("<II4sI", len(rtf) + 12, len(rtf), b"MELA", 0) + rtf
    properties = struct.pack("<I", 1) + _property(258, 0x1009, packed)
    assert read_mail(arrival(mixed(_winmail(_attribute(1, 0x00069003, properties))))).text == "Grüße €5\nBye"


@pytest.mark.parametrize("cut", range(7, 120, 8))
def test_a_broken_winmail_dat_never_fails(cut: int) -> None:
    part = _winmail(_packed_file(b"a.txt\0", b"It broke"))
    head, _, body = part.partition("\n\n")
    broken = base64.b64encode(base64.b64decode(body)[:cut]).decode()
    assert read_mail(arrival(mixed(PLAIN, f"{head}\n\n{broken}"))).text == "Hello"
