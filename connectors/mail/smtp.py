"""Hand mail to a submission server (RFC 5321, 6409), and say honestly what became of it.

The dangerous moment is between the final dot and the server's answer: if the line breaks there, nobody knows whether
the mail was taken. That is Temporary with `ambiguous`, and the flow asks a person instead of sending twice.
"""

from __future__ import annotations

import base64
import smtplib
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from connectors.errors import BadCredentials, ChannelError, Permanent, Temporary
from connectors.mail import smtp_client, tls

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connectors.mail.account import Account, Server
    from connectors.mail.oauth import Tokens


class Envelope(NamedTuple):
    """Who sends to whom, as the servers see it; utf8 where an address needs SMTPUTF8 (RFC 6531)."""

    sender: str
    recipients: tuple[str, ...]
    utf8: bool = False


class Sender:
    """Sends from one account; a connection for each mail, so that none is found dead at the dot."""

    def __init__(self, account: Account, server: Server, tokens: Tokens | None) -> None:
        self._account = account
        self._server = server
        self._tokens = tokens

    def check(self) -> None:
        """Sign in and leave. BadCredentials | Temporary | Permanent."""
        _leave(self._open(0))

    def send(self, envelope: Envelope, raw: bytes) -> dict[str, str]:
        """Send, and return the recipients that were refused alone, with the server's words."""
        smtp = self._open(len(raw))
        try:
            return self._transact(smtp, envelope, raw)
        except smtplib.SMTPException as problem:
            raise self._broken(problem) from problem
        except (OSError, ValueError) as problem:
            raise self._broken(problem) from problem
        finally:
            _leave(smtp)

    # Signing in ------------------------------------------------------------------------------------------------------

    def _open(self, size: int) -> smtplib.SMTP:
        try:
            smtp = smtp_client.connect(self._server, tls.context(self._account.ca_file), size)
        except (smtplib.SMTPException, OSError, ValueError) as problem:
            raise self._unreachable(problem) from problem
        try:
            self._sign_in(smtp)
        except ChannelError:
            _leave(smtp)
            raise
        except (smtplib.SMTPException, OSError, ValueError) as problem:
            _leave(smtp)
            raise self._broken(problem) from problem
        return smtp

    def _sign_in(self, smtp: smtplib.SMTP) -> None:
        smtp.ehlo_or_helo_if_needed()
        if not smtp.has_extn("auth"):
            return  # A relay on our own machine knows us; any other server will say at MAIL that it does not.
        if self._tokens:
            token = self._tokens.access()
            if not self._offer_token(smtp, token):
                self._answer(*self._token(smtp, self._tokens.access(refused=token)))
        elif self._server.username:
            self._answer(*self._password(smtp))

    def _offer_token(self, smtp: smtplib.SMTP, token: str) -> bool:
        code, _ = self._token(smtp, token)
        return code == 235

    def _token(self, smtp: smtplib.SMTP, token: str) -> tuple[int, bytes]:
        """Sign in with XOAUTH2; the server explains a refusal in a challenge that wants an empty answer."""
        said = f"user={self._server.username}\x01auth=Bearer {token}\x01\x01"
        code, words = smtp.docmd("AUTH", f"XOAUTH2 {_base64(said)}")
        return smtp.docmd("") if code == 334 else (code, words)

    def _password(self, smtp: smtplib.SMTP) -> tuple[int, bytes]:
        """Sign in with AUTH PLAIN in UTF-8 (RFC 4616), or AUTH LOGIN where that is all there is."""
        username, password = self._server.username, self._server.password
        offered = smtp.esmtp_features.get("auth", "").upper().split()
        if "PLAIN" in offered or "LOGIN" not in offered:
            return smtp.docmd("AUTH", "PLAIN " + _base64(f"\0{username}\0{password}"))
        code, words = smtp.docmd("AUTH", "LOGIN " + _base64(username))
        return smtp.docmd(_base64(password)) if code == 334 else (code, words)

    def _answer(self, code: int, words: bytes) -> None:
        """Judge the answer to a sign-in (RFC 4954 section 6)."""
        if code in {235, 503}:
            return
        address, said = self._account.address, _words(words)
        if 400 <= code < 500:
            raise Temporary(f"{address}: the mail server does not let us sign in just now. It says: {said}")
        if code in {534, 535}:
            raise BadCredentials(f"{address}: the password or token for sending was refused. The server says: {said}")
        raise Permanent(f"{address}: the mail server offers no way to sign in that we know. It says: {said}")

    # Sending ---------------------------------------------------------------------------------------------------------

    def _transact(self, smtp: smtplib.SMTP, envelope: Envelope, raw: bytes) -> dict[str, str]:
        options = self._options(smtp, envelope, raw)
        self._expect(smtp.mail(envelope.sender, options), 250, "the sender")
        refused = self._name_recipients(smtp, envelope.recipients)
        self._expect(smtp.docmd("DATA"), 354, "the message")
        smtp_client.allow(smtp, len(raw))
        smtp.send(_stuffed(raw))
        smtp_client.await_verdict(smtp)
        self._finish(smtp)
        return refused

    def _options(self, smtp: smtplib.SMTP, envelope: Envelope, raw: bytes) -> list[str]:
        options = [f"SIZE={len(raw)}"] if smtp.has_extn("size") else []
        if not envelope.utf8:
            return options
        if not smtp.has_extn("smtputf8"):
            raise Permanent(f"{self._account.address}: the mail server cannot write to addresses beyond ASCII.")
        smtp.command_encoding = "utf-8"
        return [*options, "SMTPUTF8", "BODY=8BITMIME"]

    def _name_recipients(self, smtp: smtplib.SMTP, recipients: Sequence[str]) -> dict[str, str]:
        """Name them all; go on as long as one is taken."""
        refused: dict[str, str] = {}
        codes: list[int] = []
        for recipient in recipients:
            code, words = smtp.rcpt(recipient)
            if code not in {250, 251}:
                refused[recipient] = f"{code} {_words(words)}"
                codes.append(code)
            if code == 421:
                break
        if not recipients or len(refused) == len(recipients) or 421 in codes:
            smtp.docmd("RSET")
            raise self._nobody(refused, codes)
        return refused

    def _nobody(self, refused: dict[str, str], codes: Sequence[int]) -> ChannelError:
        first, words = next(iter(refused.items()), ("nobody", "there is no recipient."))
        sentence = f"{self._account.address}: the mail server refused {first}. It says: {words}"
        return Temporary(sentence) if any(code < 500 for code in codes) else Permanent(sentence)

    def _finish(self, smtp: smtplib.SMTP) -> None:
        """Send the dot and hear the answer; silence from here on leaves us in doubt."""
        try:
            smtp.send(b".\r\n")
            code, words = smtp.getreply()
        except (smtplib.SMTPException, OSError) as problem:
            raise self._in_doubt() from problem
        if not 200 <= code < 600:
            raise self._in_doubt()
        self._expect((code, words), 250, "the message")

    def _in_doubt(self) -> Temporary:
        return Temporary(
            f"{self._account.address}: the connection broke after the message had gone out; it may have been sent.",
            ambiguous=True,
        )

    def _expect(self, answer: tuple[int, bytes], wanted: int, what: str) -> None:
        code, words = answer
        if code == wanted:
            return
        sentence = f"{self._account.address}: the mail server refused {what}. It says: {code} {_words(words)}"
        if code in {530, 535}:
            raise BadCredentials(sentence)
        raise Permanent(sentence) if code >= 500 else Temporary(sentence)

    def _broken(self, problem: BaseException) -> ChannelError:
        reason = " ".join(str(problem).split())[:200].rstrip(".")
        return Temporary(f"{self._account.address}: the connection to the mail server broke: {reason}.")

    def _unreachable(self, problem: BaseException) -> ChannelError:
        where = f"{self._server.host} port {self._server.port}"
        certificate = tls.is_about_certificate(problem)
        if certificate:
            return Temporary(
                f"{self._account.address}: the certificate of {where} is not to be trusted: {certificate}."
            )
        if isinstance(problem, smtplib.SMTPNotSupportedError):
            return Permanent(f"{self._account.address}: the mail server {where} does not offer STARTTLS.")
        reason = " ".join(str(problem).split())[:200].rstrip(".")
        return Temporary(f"{self._account.address}: the mail server {where} cannot be reached: {reason}.")


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")


def _stuffed(raw: bytes) -> bytes:
    """Double the dots at line starts (RFC 5321 section 4.5.2); the final dot is sent apart."""
    if raw.startswith(b"."):
        raw = b"." + raw
    raw = raw.replace(b"\r\n.", b"\r\n..")
    return raw if raw.endswith(b"\r\n") else raw + b"\r\n"


def _words(words: bytes) -> str:
    """Quote the server, in one short line."""
    return " ".join(words.decode("utf-8", "replace").split())[:200].rstrip(".") + "."


def _leave(smtp: smtplib.SMTP) -> None:
    """Say good-bye if the server still listens."""
    with suppress(smtplib.SMTPException, OSError):
        if smtp.sock:
            smtp.sock.settimeout(2.0)
            smtp.quit()
    smtp.close()
