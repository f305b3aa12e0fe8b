"""Sending: what the server said decides whether we try again, ask a person, or never try again."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from loopback import HOST, certificates
from smtp_sink import Moment, SmtpSink

from connectors.contract import Handle, Outbound
from connectors.errors import BadCredentials, ChannelError, Permanent, Temporary
from connectors.mail import smtp_client
from connectors.mail.connector import MailChannel, MailConnector

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ALICE, BOB = Handle("mail", "alice@example.org", "Alice"), Handle("mail", "bob@example.org")
pytestmark = pytest.mark.usefixtures("nothing_left")


def letter(*to: Handle, text: str = "Hello.") -> Outbound:
    return Outbound("key-1", to or (ALICE,), "Re: Hello", text, NOON, author_name="Ann", message_id="m1@example.com")


def account(port: int, **more: str) -> MailConnector:
    settings = {
        "address": "support@example.com",
        "smtp_host": HOST,
        "smtp_port": str(port),
        "smtp_security": "none",
        **more,
    }
    return MailChannel().open(settings, lambda: NOON)


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    with SmtpSink() as server:
        yield server


def test_a_letter_leaves_as_it_was_written(sink: SmtpSink) -> None:
    receipt = account(sink.port).send(letter(ALICE, BOB, text=".hidden\n..\n.\nend"))
    (kept,) = sink.letters
    assert kept.raw == receipt.raw
    assert kept.sender == "support@example.com"
    assert kept.recipients == ["alice@example.org", "bob@example.org"]
    assert receipt.external_id == "m1@example.com"
    assert receipt.accepted_at == NOON
    assert receipt.refused == {}


@pytest.mark.parametrize("moment", ["MAIL", "RCPT", "DATA", "ANSWER"])
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("421 4.3.2 Shutting down", Temporary),
        ("450 4.2.1 Busy", Temporary),
        ("451 4.7.1 Greylisted", Temporary),
        ("452 4.3.1 Full", Temporary),
        ("530 5.7.0 Sign in first", BadCredentials),
        ("550 5.1.1 No such user", Permanent),
        ("552 5.3.4 Too large", Permanent),
        ("554 5.7.1 Spam", Permanent),
    ],
)
def test_what_each_answer_means(sink: SmtpSink, moment: Moment, answer: str, error: type[ChannelError]) -> None:
    sink.refuse(moment, answer)
    if error is BadCredentials and moment == "RCPT":
        error = Permanent
    with pytest.raises(ChannelError) as caught:
        account(sink.port).send(letter())
    assert type(caught.value) is error
    assert str(caught.value).startswith("support@example.com: the mail server refused ")
    assert answer[4:] in str(caught.value)
    assert not getattr(caught.value, "ambiguous", False)


@pytest.mark.parametrize("moment", ["MAIL", "RCPT"])
def test_a_line_cut_before_the_mail_is_simply_tried_again(sink: SmtpSink, moment: Moment) -> None:
    sink.cut(moment)
    connector = account(sink.port)
    with pytest.raises(Temporary) as caught:
        connector.send(letter())
    assert not caught.value.ambiguous
    connector.send(letter())
    assert len(sink.letters) == 1


def test_a_line_cut_at_data_is_simply_tried_again() -> None:
    answers = (b"220 hi\r\n", b"250 hello\r\n", b"250 ok\r\n", b"250 ok\r\n")
    with scripted(*answers) as port, pytest.raises(Temporary) as caught:
        account(port).send(letter())
    assert not caught.value.ambiguous


def test_a_line_cut_after_the_dot_leaves_us_in_doubt(sink: SmtpSink) -> None:
    sink.cut("ANSWER")
    with pytest.raises(Temporary, match="may have been sent") as caught:
        account(sink.port).send(letter())
    assert caught.value.ambiguous
    assert len(sink.letters) == 1


def test_silence_after_the_dot_leaves_us_in_doubt(sink: SmtpSink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp_client, "VERDICT", 0.3)
    sink.hang("ANSWER", 1.5)
    with pytest.raises(Temporary, match="may have been sent") as caught:
        account(sink.port).send(letter())
    assert caught.value.ambiguous


def test_a_retry_carries_the_same_message_id(sink: SmtpSink) -> None:
    sink.cut("ANSWER")
    connector = account(sink.port)
    with pytest.raises(Temporary):
        connector.send(letter())
    connector.send(letter())
    assert sink.letters[0].raw == sink.letters[1].raw


def test_recipients_refused_alone_are_named(sink: SmtpSink) -> None:
    sink.refuse("RCPT", "550 5.1.1 No such user", recipient="bob@example.org")
    receipt = account(sink.port).send(letter(ALICE, BOB))
    assert receipt.refused == {"bob@example.org": "550 5.1.1 No such user."}
    assert sink.letters[0].recipients == ["alice@example.org"]


@pytest.mark.parametrize(
    ("first", "second", "error"),
    [("550 No", "550 No", Permanent), ("450 Later", "550 No", Temporary), ("450 Later", "450 Later", Temporary)],
)
def test_when_all_are_refused_one_that_may_work_later_decides(
    sink: SmtpSink, first: str, second: str, error: type[ChannelError]
) -> None:
    sink.refuse("RCPT", first, recipient="alice@example.org")
    sink.refuse("RCPT", second, recipient="bob@example.org")
    with pytest.raises(error, match=r"refused alice@example\.org"):
        account(sink.port).send(letter(ALICE, BOB))
    assert sink.letters == []


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_password_in_any_script_goes_by_checked_tls(security: str) -> None:
    with SmtpSink(security, ("support@example.com", "pässwörd 鍵"), certificates()) as sink:  # type: ignore[arg-type]
        more = {"smtp_security": security, "smtp_host": "localhost", "ca_file": str(certificates().authority)}
        connector = account(sink.port, password="pässwörd 鍵", **more)
        connector.check()
        connector.send(letter())
        assert (sink.letters[0].login, sink.letters[0].encrypted) == ("support@example.com", True)
        with pytest.raises(BadCredentials, match="for sending was refused"):
            account(sink.port, password="wrong", **more).check()
        with pytest.raises(Temporary, match=r"certificate of .* is not to be trusted: .*mismatch"):
            account(sink.port, password="x", **(more | {"smtp_host": "127.1"})).check()
        with pytest.raises(Temporary, match=r"certificate of .* is not to be trusted"):
            account(sink.port, password="x", **(more | {"ca_file": ""})).check()


def test_a_server_without_starttls_is_told_no_password(sink: SmtpSink) -> None:
    with pytest.raises(Permanent, match="does not offer STARTTLS"):
        account(sink.port, smtp_security="starttls", password="x").send(letter())


def test_an_account_without_a_server_cannot_send() -> None:
    with pytest.raises(Permanent, match="no server for sending"):
        MailChannel().open({"address": "support@example.com"}, lambda: NOON).send(letter())


def test_nobody_at_the_port_is_temporary(sink: SmtpSink) -> None:
    sink.stop()
    with pytest.raises(Temporary, match="cannot be reached"):
        account(sink.port).send(letter())


def test_addresses_beyond_ascii_need_a_server_that_can(sink: SmtpSink) -> None:
    with pytest.raises(Permanent, match="beyond ASCII"), scripted(b"220 hi\r\n", b"250 hello\r\n") as port:
        account(port).send(letter(Handle("mail", "ünal@example.org")))
    account(sink.port).send(letter(Handle("mail", "ünal@example.org")))
    account(sink.port).send(letter(Handle("mail", "alice@bücher.example")))
    assert [kept.recipients for kept in sink.letters] == [["ünal@example.org"], ["alice@xn--bcher-kva.example"]]


@contextmanager
def scripted(*answers: bytes, drip: bytes = b"") -> Iterator[int]:
    """A server that answers each line with the next text, then drips or hangs up."""
    with socket.create_server((HOST, 0)) as listener:
        thread = threading.Thread(target=_answer, args=(listener, answers, drip))
        thread.start()
        yield listener.getsockname()[1]
        thread.join(10)


def _answer(listener: socket.socket, answers: tuple[bytes, ...], drip: bytes) -> None:
    talk, _ = listener.accept()
    with talk:
        try:
            for index, answer in enumerate(answers):
                if index:
                    talk.recv(65536)
                talk.sendall(answer)
            for _ in range(100 if drip else 0):
                talk.sendall(drip)
                time.sleep(0.05)
        except OSError:
            return


@pytest.mark.parametrize("answers", [(), (b"220 hi\r\n",), (b"220 hi\r\n", b"250 hello\r\n")])
def test_a_drip_does_not_hold_us(monkeypatch: pytest.MonkeyPatch, answers: tuple[bytes, ...]) -> None:
    monkeypatch.setattr(smtp_client, "EVERYTHING", 0.5)
    began = time.monotonic()
    with scripted(*answers, drip=b"250-x\r\n") as port, pytest.raises(Temporary):
        account(port).send(letter())
    assert time.monotonic() - began < 7


@pytest.mark.parametrize("answers", [(), (b"hello\r\n",), (b"554 go away\r\n",), (b"220 hi\r\n", b"500 what\r\n")])
def test_who_is_no_mail_server_is_left_alone(answers: tuple[bytes, ...]) -> None:
    with scripted(*answers) as port, pytest.raises(Temporary):
        account(port).send(letter())


def test_nonsense_after_the_dot_leaves_us_in_doubt() -> None:
    answers = (b"220 hi\r\n", b"250 hello\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n", b"", b"zzz\r\n")
    with scripted(*answers) as port, pytest.raises(Temporary) as caught:
        account(port).send(letter())
    assert caught.value.ambiguous
