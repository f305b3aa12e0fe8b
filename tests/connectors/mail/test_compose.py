"""What we write is what others read: our own reader first of all."""

from __future__ import annotations

import email
import email.policy
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import Arrival, File, Handle, Inbound, Nature, Outbound
from connectors.errors import Permanent
from connectors.mail import account as accounts
from connectors.mail.account import Account
from connectors.mail.compose import Letter, compose
from connectors.mail.parse import open_part, read_mail

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ALICE = Handle("mail", "alice@example.org", "Alice Ångström")
EXAMPLE = accounts.read({"address": "support@example.com", "name": "Example"})


def outbound(**more: Any) -> Outbound:
    told: dict[str, Any] = {
        "key": "key-1",
        "to": (ALICE,),
        "subject": "Re: Hello",
        "markdown": "Hello.",
        "written_at": NOON,
        "author_name": "Ann",
        "message_id": "m1@example.com",
        **more,
    }
    return Outbound(**told)


def write(account: Account = EXAMPLE, **more: Any) -> Letter:
    return compose(outbound(**more), account)


def read(letter: Letter) -> Inbound:
    return read_mail(Arrival("1", letter.raw, NOON, "out"), EXAMPLE.own)


def headers(letter: Letter) -> list[str]:
    """Name the headers as the wire has them."""
    head = letter.raw.partition(b"\r\n\r\n")[0]
    return [line.partition(b":")[0].decode() for line in re.split(rb"\r\n(?![ \t])", head)]


PLAIN = ["Date", "From", "To", "Subject", "Message-ID", "MIME-Version", "Content-Type"]


def test_a_letter_says_who_writes_to_whom_about_what() -> None:
    said = read(write(cc=(Handle("mail", "bob@example.org", 'Bob "B" O\'Neil, Jr.'),)))
    assert said.sender == Handle("mail", "support@example.com", "Ann at Example")
    assert said.to == (ALICE,)
    assert said.cc == (Handle("mail", "bob@example.org", 'Bob "B" O\'Neil, Jr.'),)
    assert (said.subject, said.message_id, said.written_at) == ("Re: Hello", "m1@example.com", NOON)
    assert said.nature is Nature.ECHO


def test_the_envelope_names_everybody_once() -> None:
    envelope = write(cc=(Handle("mail", "bob@example.org"), ALICE)).envelope
    assert envelope == ("support@example.com", ("alice@example.org", "bob@example.org"), False)


@pytest.mark.parametrize(
    "text",
    [
        "Hello.",
        "Grüße aus Köln 🙂\n\nAnn",
        ".\n..\nFrom here\n",
        "trailing space \n\ttab\n= equals =3D",
        "long " + "word " * 500,
        "x" * 5000,
        "日本語の本文です。\n" * 50,
        "-- \nAnn",
        "",
    ],
)
def test_the_plain_part_is_what_was_typed(text: str) -> None:
    letter = write(markdown=text)
    assert read(letter).text.rstrip("\n") == text.rstrip("\n")
    assert max(map(len, letter.raw.split(b"\r\n"))) <= 998
    assert b"\n" not in letter.raw.replace(b"\r\n", b"")


def test_the_html_part_is_the_same_made_readable() -> None:
    html = read(write(markdown="Hello *you*,\nsee [here](https://example.com/?a=1&b=2).\n\n- one\n- two")).html
    for piece in ("<em>you</em>,<br>", '<a href="https://example.com/?a=1&amp;b=2">here</a>', "<li>two</li>"):
        assert piece in html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "![x](https://evil.example/pixel.png)",
        '<img src=x onerror="alert(1)">',
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        "<https://a.example/\"onmouseover='alert(1)'>",
        "<style>*{}</style><iframe src=//evil.example>",
    ],
)
def test_nothing_in_the_html_part_runs_or_loads(text: str) -> None:
    html = read(write(markdown=text)).html.lower()
    assert not re.search(r"<(script|img|style|iframe|svg|form|object)|<[^>]+\son\w+=|href=.(javascript|data):", html)


def test_an_answer_stands_in_its_thread() -> None:
    said = read(write(in_reply_to="q2@example.org", references=("q1@example.org", "m0@example.com", "q2@example.org")))
    assert said.references == ("q2@example.org", "m0@example.com", "q1@example.org")


def test_a_long_thread_keeps_its_first_and_last_and_fits_the_lines() -> None:
    ids = tuple(f"{number}-{'x' * 200}@example.org" for number in range(200))
    letter = write(in_reply_to=ids[-1], references=ids)
    assert max(map(len, letter.raw.partition(b"\r\n\r\n")[0].split(b"\r\n"))) <= 998
    kept = [one.strip("<>") for one in email.message_from_bytes(letter.raw)["References"].split()]
    assert len(kept) == 20
    assert (kept[0], kept[-1]) == (ids[0], ids[-1])


def test_references_that_cannot_stand_in_a_header_are_left_out() -> None:
    said = read(write(references=("ok@example.org", "a b@c", "x>\r\nBcc: mallory@example.net", "", "y" * 2000)))
    assert said.references == ("ok@example.org",)


def test_answers_come_back_to_the_token() -> None:
    said = read(write(reply_token="t0ken"))
    assert said.reply_to == Handle("mail", "support+t0ken@example.com", "Example")
    without = accounts.read({"address": "support@example.com", "plus_addressing": "no"})
    assert "Reply-To" not in headers(write(without, reply_token="t0ken"))


def test_only_automatic_mail_says_that_it_is() -> None:
    letter = write(automatic=True)
    assert headers(letter) == [*PLAIN[:5], "Auto-Submitted", "X-Auto-Response-Suppress", *PLAIN[5:]]
    assert read(letter).nature is not Nature.BOUNCE
    assert headers(write()) == PLAIN


def test_the_same_message_is_the_same_mail_every_time() -> None:
    assert write(message_id="") == write(message_id="")
    assert write(message_id="").message_id != write(message_id="", key="key-2").message_id


@pytest.mark.parametrize(
    "name",
    [
        "a.pdf",
        "résumé.pdf",
        "日本語のとても長いファイル名" * 5 + ".txt",
        'quo"te;.txt',
        "../../etc/passwd",
        "a\r\nb.txt",
        "",
    ],
)
@pytest.mark.parametrize("data", [b"", b"\x00\xff" * 1000, b"--=_mix\r\n.\r\n"])
def test_files_arrive_as_they_were(name: str, data: bytes) -> None:
    letter = write(files=(File(name, "application/pdf", data), File("b.txt", "text/plain", b"second")))
    first, second = read(letter).attachments
    assert open_part(letter.raw, first.index) == data
    assert open_part(letter.raw, second.index) == b"second"
    assert (first.content_type, second.filename) == ("application/pdf", "b.txt")
    assert "/" not in first.filename
    if name in {"a.pdf", "résumé.pdf"}:
        assert first.filename == name
    parsed = email.message_from_bytes(letter.raw, policy=email.policy.default)
    assert [part.get_payload(decode=True) for part in parsed.iter_attachments()] == [data, b"second"]


@pytest.mark.parametrize("kind", ["", "x", "text/html\r\nBcc: a@b", "multipart/mixed", "message/rfc822", "TEXT/HTML"])
def test_a_file_type_that_could_break_the_mail_is_made_plain(kind: str) -> None:
    (one,) = read(write(files=(File("a.bin", kind, b"data"),))).attachments
    assert one.content_type == ("text/html" if kind == "TEXT/HTML" else "application/octet-stream")


# S5: nothing becomes a header that we did not mean ------------------------------------------------------------------

_text = st.text(st.characters(exclude_categories=()), max_size=60)
_nasty = st.one_of(
    _text,
    st.builds(lambda a, b: f"{a}\r\nBcc: mallory@example.net{b}", _text, _text),
    st.sampled_from(
        ["a\nX: y", "a\r\n\r\nbody", "=?utf-8?q?=0D=0ABcc:_x?=", "\u2028X: y", "\x85X: y", "\0", "a\r\n b"]
    ),
)


@pytest.mark.fuzz
@given(subject=_nasty, author=_nasty, name=_nasty, filename=_nasty, kind=_nasty, text=_nasty)
def test_no_name_or_subject_makes_a_header(
    subject: str, author: str, name: str, filename: str, kind: str, text: str
) -> None:
    letter = write(
        subject=subject,
        author_name=author,
        to=(Handle("mail", "alice@example.org", name),),
        files=(File(filename, kind, b"x"),),
        markdown=text,
    )
    assert headers(letter) == PLAIN
    said = read(letter)
    assert [handle.value for handle in said.to] == ["alice@example.org"]
    assert said.cc == ()
    assert len(said.attachments) == 1
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", said.subject)
    assert said.sender
    assert said.sender.value == "support@example.com"


@pytest.mark.fuzz
@given(field=st.sampled_from(["to", "cc", "message_id", "in_reply_to", "reply_token"]), value=_nasty)
def test_addresses_and_identifiers_are_right_or_refused(field: str, value: str) -> None:
    told = {field: (Handle("mail", value),)} if field in {"to", "cc"} else {field: value}
    try:
        letter = write(**told)
    except Permanent as problem:
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", str(problem))  # noqa: PT017
        return
    assert set(headers(letter)) <= {*PLAIN, "Cc", "In-Reply-To", "References", "Reply-To"}
    assert len(headers(letter)) == len(set(headers(letter)))
    assert "mallory@example.net" not in letter.envelope.recipients


@pytest.mark.fuzz
@given(subject=st.text(st.characters(exclude_categories=("C", "Z")), max_size=300), name=_text)
def test_subjects_in_any_script_come_back(subject: str, name: str) -> None:
    letter = write(subject=subject, to=(Handle("mail", "alice@example.org", name),))
    assert read(letter).subject == subject
    assert max(map(len, letter.raw.partition(b"\r\n\r\n")[0].split(b"\r\n"))) <= 200


@pytest.mark.parametrize(
    "to", ["", "alice", "alice@", "@example.org", "a b@example.org", "alice@example.org>", "a@b@c,d"]
)
def test_what_is_no_address_gets_no_mail(to: str) -> None:
    with pytest.raises(Permanent, match=r"not a mail address|not a domain"):
        write(to=(Handle("mail", to),))


def test_a_message_to_nobody_is_refused() -> None:
    with pytest.raises(Permanent, match="no recipient"):
        write(to=())
