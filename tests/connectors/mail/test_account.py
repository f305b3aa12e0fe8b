"""Settings are checked once, and what is wrong is said in one sentence with the name that the screen shows."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connectors import registry
from connectors.errors import Permanent
from connectors.mail import account as accounts
from connectors.mail.account import Account, Server
from connectors.mail.connector import MailboxConnector, MailChannel

FULL = {
    "address": "support@example.com",
    "aliases": "help@example.com, Sales@Example.com",
    "password": "correct horse",
    "imap_host": "imap.example.com",
    "smtp_host": "smtp.example.com",
}


def test_a_few_settings_are_enough() -> None:
    account = accounts.read(FULL)
    assert account.imap == Server("imap.example.com", 993, "tls", "support@example.com", "correct horse")
    assert account.smtp == Server("smtp.example.com", 465, "tls", "support@example.com", "correct horse")
    assert account.own == {"support@example.com", "help@example.com", "sales@example.com"}
    assert (account.inbox_folder, account.sent_folder) == ("INBOX", "")
    assert account.plus_addressing
    assert account.copy_to_sent
    assert account.max_size > 25 * 1024 * 1024 * 1.37


def test_sending_may_have_its_own_name_and_password() -> None:
    more = {"smtp_username": "relay", "smtp_password": "battery", "smtp_security": "starttls"}
    assert accounts.read({**FULL, **more}).smtp == Server("smtp.example.com", 587, "starttls", "relay", "battery")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("address", "", "“Address” cannot be right: it is not a mail address"),
        ("address", "support", "it is not a mail address"),
        ("address", "a@b\r\nBcc: x", "control character"),
        ("aliases", "help@example.com, sales", "“sales” is not a mail address"),
        ("imap_port", "0", "must be a number from 1 to 65535"),
        ("imap_port", "99999", "must be a number"),
        ("imap_port", "²", "must be a number"),
        ("imap_security", "ssl", "must be one of tls, starttls, none"),
        ("imap_security", "none", "only this very machine"),
        ("smtp_security", "none", "only this very machine"),
        ("plus_addressing", "maybe", "must be one of yes, no"),
        ("max_size", "1", "must be a number from 1024"),
        ("auth", "oauth", "“OAuth client id” cannot be right: signing in with OAuth needs it"),
        ("password", "", "the password is missing"),
        ("inbox_folder", "a\0b", "control character"),
    ],
)
def test_what_cannot_be_right_is_said(name: str, value: str, words: str) -> None:
    with pytest.raises(Permanent, match=words) as caught:
        MailChannel().open({**FULL, name: value}, lambda: datetime.now(UTC))
    assert "\n" not in str(caught.value)
    assert "correct horse" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://login.example.com/token", True),
        ("http://127.0.0.1:8080/token", True),
        ("http://login.example.com/token", False),
        ("http://127.0.0.1.evil.example/token", False),
        ("http://127.0.0.1@evil.example/token", False),
        ("file:///etc/passwd", False),
    ],
)
def test_tokens_are_renewed_by_https_only(url: str, good: bool) -> None:
    oauth = {"auth": "oauth", "oauth_client_id": "c", "oauth_refresh_token": "r", "oauth_token_url": url}
    if good:
        assert accounts.read({**FULL, **oauth}).oauth
    else:
        with pytest.raises(Permanent, match="https"):
            accounts.read({**FULL, **oauth})


def test_a_certificate_file_that_cannot_be_read_is_said() -> None:
    connector = MailChannel().open({**FULL, "ca_file": "/nowhere/ca.pem"}, lambda: datetime.now(UTC))
    assert isinstance(connector, MailboxConnector)
    with pytest.raises(Permanent, match="cannot be read"):
        connector.fetch(None)
    with pytest.raises(Permanent, match="cannot be read"):
        connector.check()


def test_secrets_are_marked_and_never_shown() -> None:
    secret = {setting.name for setting in MailChannel.card.settings if setting.secret}
    assert secret == {"password", "smtp_password", "oauth_client_secret", "oauth_refresh_token"}
    assert "correct horse" not in repr(accounts.read(FULL))


def test_every_setting_on_the_card_is_read() -> None:
    asked: set[str] = set()

    class Noting(dict[str, str]):
        def get(self, name: str, default: str = "") -> str:  # type: ignore[override]
            asked.add(name)
            return super().get(name, default)

    oauth = {
        "auth": "oauth",
        "oauth_client_id": "c",
        "oauth_refresh_token": "r",
        "oauth_token_url": "https://x.example/",
    }
    settings = Noting({**FULL, **oauth})
    assert isinstance(accounts.read(settings), Account)
    assert asked == {setting.name for setting in MailChannel.card.settings}


def test_the_registry_knows_mail() -> None:
    assert registry.channel("mail").card.kind == "mail"
