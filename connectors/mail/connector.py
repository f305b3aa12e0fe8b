"""Mail: one account by IMAP (or the LMTP door) and SMTP, in the words of the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.contract import Batch, Card, IdPage, Inbound, Outbound, Receipt
from connectors.errors import BadCredentials, Permanent
from connectors.mail import account as accounts
from connectors.mail import imap, inventory, parse, sign_in
from connectors.mail.bell import Bell
from connectors.mail.compose import compose
from connectors.mail.line import Line
from connectors.mail.mailbox import Mailbox
from connectors.mail.oauth import Tokens
from connectors.mail.smtp import Sender

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from connectors.contract import Arrival
    from connectors.mail.account import Account, Server
    from connectors.mail.imap_client import Client

CARD = Card(kind="mail", name="E-mail", settings=accounts.SETTINGS, docs="docs/channels.md#mail")


class MailChannel:
    """The kind "mail"."""

    card = CARD

    def open(self, settings: Mapping[str, str], clock: Callable[[], datetime]) -> MailConnector:
        """Make the connector of one account; nothing is contacted. Permanent when a setting cannot be right.

        An account with an IMAP server pulls, waits, lists and files; one without is fed by the LMTP door alone.
        """
        account = accounts.read(settings)
        if account.imap:
            return MailboxConnector(account, account.imap, clock)
        return MailConnector(account, clock)


class MailConnector:
    """An account that reads and sends.

    on_new_secret: is told the name and new value of a setting that the provider replaced (`oauth_refresh_token`);
        whoever does not store it loses the account at the next start.
    """

    card = CARD

    def __init__(self, account: Account, clock: Callable[[], datetime]) -> None:
        self.account = account
        self.on_new_secret: Callable[[str, str], None] | None = None
        self._clock = clock
        self._tokens = Tokens(account.address, account.oauth, self._tell_secret) if account.oauth else None
        self._sender = Sender(account, account.smtp, self._tokens) if account.smtp else None

    def _tell_secret(self, name: str, value: str) -> None:
        if self.on_new_secret:
            self.on_new_secret(name, value)

    def check(self) -> None:
        """Sign in wherever this account signs in."""
        if self._sender:
            self._sender.check()

    def read(self, arrival: Arrival) -> list[Inbound]:
        """Read one mail; pure. Unreadable sends it to quarantine."""
        return [parse.read_mail(arrival, self.account.own)]

    def glance(self, arrival: Arrival) -> Inbound | None:
        """Say who wrote a mail that could not be read; pure."""
        return parse.glance(arrival.raw, self.account.own)

    def open(self, raw: bytes, index: int) -> bytes:
        """Return the decoded bytes of attachment `index`; pure."""
        return parse.open_part(raw, index)

    def send(self, message: Outbound) -> Receipt:
        """Send; returning means that at least one recipient's copy was accepted."""
        if self._sender is None:
            raise Permanent(f"{self.account.address}: no server for sending is set.")
        letter = compose(message, self.account)
        refused = self._sender.send(letter.envelope, letter.raw)
        return Receipt(letter.message_id, self._clock(), refused, letter.raw)

    def close(self) -> None:
        """Nothing is kept open between two mails."""


class MailboxConnector(MailConnector):
    """An account with a mailbox. `fetch` and `wait` may run in two threads; each has a connection of its own."""

    def __init__(self, account: Account, server: Server, clock: Callable[[], datetime]) -> None:
        super().__init__(account, clock)
        self._server = server
        self._mailbox = Mailbox(account, clock)
        self._line = Line(account.address, self._connect)
        self._bell_line = Line(account.address, self._connect)
        self._bell = Bell(self._bell_line, account.inbox_folder, self._next_uid)

    def _next_uid(self) -> int:
        return self._mailbox.next_uids.get(self.account.inbox_folder, 0)

    def _connect(self, born: Callable[[Client], None]) -> imap.Session:
        address, server = self.account.address, self._server
        if self._tokens is None:
            way = sign_in.with_password(address, server.username, server.password)
            return sign_in.connect(self.account, server, way, born)
        token = self._tokens.access()
        try:
            return sign_in.connect(self.account, server, sign_in.with_token(address, server.username, token), born)
        except BadCredentials:
            token = self._tokens.access(refused=token)
            return sign_in.connect(self.account, server, sign_in.with_token(address, server.username, token), born)

    @property
    def trouble(self) -> str:
        """One sentence on a folder that could not be looked into at the last fetch, "" when all is well."""
        return self._mailbox.trouble

    def check(self) -> None:
        """Sign in to both servers and open both folders."""
        self._line.use(self._mailbox.check)
        super().check()

    def fetch(self, cursor: str | None) -> Batch:
        """Return what stands after the cursor: at most 400 mails or 8 MiB, or one mail that is larger."""
        return self._line.use(lambda session: self._mailbox.fetch(session, cursor))

    def wait(self, timeout: float) -> bool:
        """Block until the server tells of new mail; where it cannot, for half a minute at most."""
        return self._bell.wait(timeout)

    def list_ids(self, page: str | None) -> IdPage:
        """Name at most 5,000 mails of the inbox and the Sent folder."""
        return self._line.use(lambda session: inventory.list_page(session, list(self._mailbox.folders(session)), page))

    def fetch_ids(self, external_ids: Sequence[str]) -> Batch:
        """Fetch these again; `more` says that the rest is to be asked for once more."""
        return self._line.use(lambda session: self._mailbox.fetch_named(session, external_ids))

    @property
    def keeps_sent(self) -> bool:
        """Whether copies of what was sent are wanted in the Sent folder."""
        return self.account.copy_to_sent

    def file_sent(self, raw: bytes, sent_at: datetime) -> None:
        """Put a copy into the Sent folder, unless one with its Message-ID is there or the account wants none."""
        if self.account.copy_to_sent:
            self._line.use(lambda session: self._mailbox.file(session, raw, sent_at))

    def close(self) -> None:
        """Cut both connections; a fetch or wait that runs ends at once with Temporary."""
        self._bell_line.close()
        self._line.close()
