"""What the standard library writes reads back the same, and no bytes at all break the reader."""

from __future__ import annotations

import contextlib
import itertools
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rawmail import arrival

from connectors.errors import Unreadable
from connectors.mail import mime, pieces, reply
from connectors.mail.parse import describe, open_part, read_mail
from connectors.text import from_html

letters = st.characters(exclude_categories=("Cs", "Cc", "Cf", "Co", "Cn", "Zl", "Zp", "Zs"))
words = st.text(letters, min_size=1, max_size=30)
# A line that starts with "begin " or PGP armour means something; a mail program would not write it as words.
lines = st.lists(st.text(st.one_of(letters, st.just(" ")), max_size=80), min_size=1, max_size=12).map("\n".join)
names = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=20)
atoms = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=12)
boxes = st.builds(lambda name, user, host: Address(name, f"{user}", f"{host}.org"), words, atoms, atoms)
files = st.lists(st.tuples(names, st.binary(max_size=200)), max_size=3)


def collapsed(text: str) -> str:
    return " ".join(text.split())


def written(subject: str, text: str, to: Address, attached: list[tuple[str, bytes]]) -> bytes:
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = Address("Alice", "alice", "example.org")
    message["To"] = to
    message["Subject"] = subject
    message.set_content(text + "\n")
    for name, data in attached:
        message.add_attachment(data, "application", "octet-stream", filename=name + ".bin")
    return message.as_bytes()


@settings(deadline=None, max_examples=150)
@given(words, lines, boxes, files)
def test_a_written_mail_reads_back_the_same(
    subject: str, text: str, to: Address, attached: list[tuple[str, bytes]]
) -> None:
    data = written(subject, text, to, attached)
    inbound = read_mail(arrival(data))
    assert inbound.subject == subject
    assert inbound.text.rstrip("\n") == text.rstrip("\n")
    assert [handle.value for handle in inbound.to] == [to.addr_spec]
    assert [a.size for a in inbound.attachments] == [len(content) for _, content in attached]
    assert [open_part(data, a.index) for a in inbound.attachments] == [content for _, content in attached]


@settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(names, atoms), min_size=1, max_size=8))
def test_written_address_lists_read_back_the_same(people: list[tuple[str, str]]) -> None:
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = Address("Alice", "alice", "example.org")
    message["Cc"] = tuple(Address(name, user, "example.org") for name, user in people)
    cc = read_mail(arrival(message.as_bytes() + b"hi")).cc
    assert [handle.value for handle in cc] == [f"{user}@example.org" for _, user in people]


def test_a_comma_that_the_writer_encoded_still_parts_two_addresses() -> None:
    cc = read_mail(arrival(b"From: a@x.org\r\nCc: Bob <b@x.org>\r\n =?utf-8?q?=2C?= Carol <c@x.org>\r\n\r\nhi")).cc
    assert [handle.value for handle in cc] == ["b@x.org", "c@x.org"]


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=2_000))
def test_any_bytes_are_read_or_unreadable(data: bytes) -> None:
    with contextlib.suppress(Unreadable):
        assert describe(data)["text"] is not None


fragments = st.sampled_from(
    [
        *(
            b"From: a@b.org\r\n",
            b"Subject: =?utf-8?q?",
            b"?=",
            b"\r\n",
            b"\r\n\r\n",
            b"Content-Type: ",
            b"multipart/mixed",
        ),
        *(
            b"; boundary=",
            b"b",
            b"--b",
            b"--",
            b"text/html",
            b"text/calendar\r\n\r\n",
            b"message/rfc822\r\n\r\n",
            b"<",
            b">",
        ),
        *(b"&#", b'"', b"(", b"\\", b"\xe9", b"\x1b$B", b"Content-Transfer-Encoding: base64\r\n", b"=", b"QUJD"),
        *(b"begin 644 a\n", b"application/ms-tnef\r\n\r\n\x78\x9f\x3e\x22", b"On 1 May 2026 Bob wrote:\n", b"> x\n"),
        *(b"-- \n", b"; charset=utf-16", b"Return-Path: <>\r\n", b"message/delivery-status\r\n\r\n", b"''", b"\x00"),
        *(
            b"Final-Recipient: rfc822;",
            b"BEGIN:VEVENT\nDTSTART:x\n",
            b"; filename*0*=",
            b"%C3",
            b"<a@b.org>: 550 5.1.1 no\n",
        ),
        b"From: mailer-daemon@x.org\r\n",
    ]
)


@settings(deadline=None, max_examples=400)
@given(st.lists(fragments, max_size=60).map(b"".join))
def test_any_mixture_of_mail_is_read_or_unreadable(data: bytes) -> None:
    raw = b"From: a@b.org\r\n" + data
    inbound = read_mail(arrival(raw))
    repr(inbound).encode()
    assert "\x00" not in inbound.text + inbound.html + inbound.subject
    assert all(open_part(raw, found.index) is not None for found in inbound.attachments)


@settings(deadline=None)
@given(st.text(max_size=400))
def test_any_text_can_be_cut_and_any_markup_read(text: str) -> None:
    assert len(reply.new_text(text)) <= len(text)
    from_html(text)


@pytest.mark.parametrize("size", [0, 1, 100, 5_000])
def test_parts_never_overlap(size: int) -> None:
    data = written("Hi", "x" * 70, Address("Bob", "bob", "x.org"), [("a", b"1" * size), ("b", b"2" * size)])
    mail = mime.split(data)
    spans = [(one.start, one.end) for one in pieces.leaves(mail.root)]
    assert spans == sorted(spans)
    assert all(end <= start for (_, end), (start, _) in itertools.pairwise(spans))
