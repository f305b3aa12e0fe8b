"""The settings of a mail account: what they are called, and what they mean once they are checked."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, cast

from connectors.contract import Setting
from connectors.errors import Permanent

if TYPE_CHECKING:
    from collections.abc import Mapping

Security = Literal["tls", "starttls", "none"]

# A mail of 25 MiB of files grows by base64 and line ends to 37.5 %; 40 MiB lets it pass with its text.
MAX_SIZE = 40 * 1024 * 1024
_SECURITY = ("tls", "starttls", "none")
_YES_NO = ("yes", "no")
_PORTS = {"imap": {"tls": 993, "starttls": 143, "none": 143}, "smtp": {"tls": 465, "starttls": 587, "none": 25}}
_ADDRESS = re.compile(r"[^\s@<>\"(),:;\\\x00-\x1f\x7f]+@[^\s@<>\"(),:;\\\x00-\x1f\x7f]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")

SETTINGS = (
    Setting("address", "Address", "Where people write to, such as support@example.com."),
    Setting("name", "Name", "What recipients read beside the address.", required=False),
    Setting("aliases", "Other addresses", "More addresses that reach this mailbox, with commas.", required=False),
    Setting("username", "User name", "To sign in with; the address when empty.", required=False),
    Setting("password", "Password", "Of the mailbox, or an app password.", secret=True, required=False),
    Setting("imap_host", "IMAP server", "Empty: mail only comes by the LMTP door.", required=False),
    Setting("imap_port", "IMAP port", "993 for TLS, 143 for STARTTLS.", required=False),
    Setting("imap_security", "IMAP security", required=False, default="tls", choices=_SECURITY),
    Setting("smtp_host", "SMTP server", "Empty: this account cannot send.", required=False),
    Setting("smtp_port", "SMTP port", "465 for TLS, 587 for STARTTLS.", required=False),
    Setting("smtp_security", "SMTP security", required=False, default="tls", choices=_SECURITY),
    Setting("smtp_username", "SMTP user name", "The IMAP user name when empty.", required=False),
    Setting("smtp_password", "SMTP password", "The IMAP password when empty.", secret=True, required=False),
    Setting("inbox_folder", "Inbox folder", required=False, default="INBOX"),
    Setting("sent_folder", "Sent folder", "Empty: the one the server marks as Sent.", required=False),
    Setting("plus_addressing", "Plus addresses", "support+x@ reaches support@.", False, False, "yes", _YES_NO),
    Setting(
        "copy_to_sent", "Copy to Sent", "No where the server does it, as Gmail does.", False, False, "yes", _YES_NO
    ),
    Setting("auth", "Sign in with", required=False, default="password", choices=("password", "oauth")),
    Setting("oauth_client_id", "OAuth client id", required=False),
    Setting("oauth_client_secret", "OAuth client secret", secret=True, required=False),
    Setting("oauth_refresh_token", "OAuth refresh token", secret=True, required=False),
    Setting("oauth_token_url", "OAuth token address", "Where access tokens are renewed.", required=False),
    Setting("ca_file", "Certificate authority", "A PEM file, for servers with a private one.", required=False),
    Setting("max_size", "Largest mail", "In bytes; of larger ones only the head.", False, False, str(MAX_SIZE)),
)


@dataclass(frozen=True, slots=True)
class Server:
    """One server and how we sign in there; no username means no sign-in."""

    host: str
    port: int
    security: Security
    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class OAuth:
    """What renews access tokens (RFC 6749 section 6)."""

    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)
    token_url: str


@dataclass(frozen=True, slots=True)
class Account:
    """A checked mail account.

    sent_folder: "" where the server is to be asked which one it is.
    max_size: bytes; of larger mails only the head is fetched.
    """

    address: str
    name: str
    aliases: tuple[str, ...]
    imap: Server | None
    smtp: Server | None
    inbox_folder: str
    sent_folder: str
    plus_addressing: bool
    copy_to_sent: bool
    oauth: OAuth | None
    ca_file: str
    max_size: int

    @property
    def own(self) -> frozenset[str]:
        """Every address that is ours, in lower case."""
        return frozenset(address.lower() for address in (self.address, *self.aliases))


def read(settings: Mapping[str, str]) -> Account:
    """Check the settings. Permanent with one sentence when one of them cannot be right."""
    reader = _Reader(settings)
    account = Account(
        address=reader.address("address"),
        name=reader.text("name"),
        aliases=reader.addresses("aliases"),
        imap=reader.server("imap"),
        smtp=reader.server("smtp"),
        inbox_folder=reader.text("inbox_folder") or "INBOX",
        sent_folder=reader.text("sent_folder"),
        plus_addressing=reader.choice("plus_addressing", _YES_NO) == "yes",
        copy_to_sent=reader.choice("copy_to_sent", _YES_NO) == "yes",
        oauth=reader.oauth(),
        ca_file=reader.text("ca_file"),
        max_size=reader.number("max_size", MAX_SIZE, 1024, 1 << 30),
    )
    _require(account)
    return account


def _require(account: Account) -> None:
    """Refuse an account that could never sign in."""
    if account.imap and not account.oauth and not account.imap.password:
        raise Permanent(f"{account.address}: the password is missing.")
    if account.smtp and not account.oauth and account.smtp.username and not account.smtp.password:
        raise Permanent(f"{account.address}: the password for sending is missing.")


class _Reader:
    """Reads one setting at a time; its sentences name the setting as the screen does."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        self.settings = settings

    def text(self, name: str) -> str:
        value = self.settings.get(name, "")
        if not name.endswith("password"):
            value = value.strip()
        if _CONTROL.search(value):
            raise self.wrong(name, "it contains a control character")
        return value

    def wrong(self, name: str, why: str) -> Permanent:
        label = next(setting.label for setting in SETTINGS if setting.name == name)
        return Permanent(f"The setting “{label}” cannot be right: {why}.")

    def address(self, name: str) -> str:
        value = self.text(name)
        if not _ADDRESS.fullmatch(value) or len(value) > 254:
            raise self.wrong(name, "it is not a mail address")
        return value

    def addresses(self, name: str) -> tuple[str, ...]:
        found = tuple(part.strip() for part in self.text(name).split(",") if part.strip())
        for part in found:
            if not _ADDRESS.fullmatch(part):
                raise self.wrong(name, f"“{part}” is not a mail address")
        return found

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        default = next(setting.default for setting in SETTINGS if setting.name == name)
        value = self.text(name).lower() or default
        if value not in choices:
            raise self.wrong(name, f"it must be one of {', '.join(choices)}")
        return value

    def number(self, name: str, default: int, least: int, most: int) -> int:
        value = self.text(name) or str(default)
        if not (value.isascii() and value.isdigit() and least <= int(value) <= most):
            raise self.wrong(name, f"it must be a number from {least} to {most}")
        return int(value)

    def server(self, kind: Literal["imap", "smtp"]) -> Server | None:
        host = self.text(f"{kind}_host")
        if not host:
            return None
        security = cast("Security", self.choice(f"{kind}_security", _SECURITY))
        if security == "none" and not _is_loopback(host):
            raise self.wrong(f"{kind}_security", "without TLS only this very machine may be spoken to")
        port = self.number(f"{kind}_port", _PORTS[kind][security], 1, 65535)
        return Server(host, port, security, *self._login(kind))

    def _login(self, kind: str) -> tuple[str, str]:
        username = self.text("username") or self.text("address")
        password = self.text("password")
        if kind == "smtp":
            username = self.text("smtp_username") or username
            password = self.text("smtp_password") or password
        if kind == "smtp" and not password and self.text("auth") != "oauth" and not self.text("smtp_username"):
            username = ""
        return username, password

    def oauth(self) -> OAuth | None:
        if self.choice("auth", ("password", "oauth")) == "password":
            return None
        names = ("oauth_client_id", "oauth_client_secret", "oauth_refresh_token", "oauth_token_url")
        client_id, secret, refresh, url = (self.text(name) for name in names)
        for name, value in (("oauth_client_id", client_id), ("oauth_refresh_token", refresh), ("oauth_token_url", url)):
            if not value:
                raise self.wrong(name, "signing in with OAuth needs it")
        if not _is_safe_url(url):
            raise self.wrong("oauth_token_url", "it must begin with https://")
        return OAuth(client_id, secret, refresh, url)


def _is_loopback(host: str) -> bool:
    """Whether nothing said to this host leaves the machine."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _is_safe_url(url: str) -> bool:
    """Secrets go by https only, or stay on this machine."""
    found = re.fullmatch(r"(https?)://([^/:@?#\s]+|\[[0-9a-fA-F:]+\])(:\d{1,5})?(/[^\s]*)?", url)
    return found is not None and (found[1] == "https" or _is_loopback(found[2]))
