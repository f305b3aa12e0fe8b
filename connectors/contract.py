"""The connector seam: what passes between a channel and the rest of the house.

Every time is an aware UTC datetime. Every class is a value: a connector makes it, the flow carries it.
A channel offers `Connector` and those of the smaller protocols that its vendor can do; callers ask with `isinstance`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

Direction = Literal["in", "out"]


@dataclass(frozen=True, slots=True)
class Arrival:
    """One thing received, raw, before anyone has understood it.

    external_id: unique within the account and stable over redelivery, at most 500 characters
        (mail by IMAP: `folder;UIDVALIDITY;UID`).
    received_at: the provider's own time (IMAP INTERNALDATE, tweet created_at), UTC.
    direction: "out" for what we ourselves wrote elsewhere (the Sent folder), else "in".
    complete: False where only the head was fetched since the whole is over the size cap; `size` is then the true size.
    facts: what only the transport knows (`mail_from`, `rcpt_to`, `folder`, `path`).
    """

    external_id: str
    raw: bytes
    received_at: datetime
    direction: Direction = "in"
    folder: str = ""
    complete: bool = True
    size: int = 0
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Handle:
    """A person as one channel knows them: `kind` is mail, phone, x, telegram or widget.

    value is normalised by the channel so that equal persons have equal values (mail: lower-case domain and local part,
    no display name, "" never); name is what they call themselves.
    """

    kind: str
    value: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a message; `index` finds it again in the raw bytes through `Opens.open`."""

    index: int
    filename: str
    content_type: str
    size: int
    sha256: str
    inline: bool = False
    content_id: str = ""


@dataclass(frozen=True, slots=True)
class Bounce:
    """One recipient of a delivery report (RFC 3464); `status` is like 5.1.1 or "", `original_message_id` has no <>."""

    recipient: str
    status: str = ""
    permanent: bool = True
    diagnostic: str = ""
    original_message_id: str = ""


class Nature(StrEnum):
    """Who or what speaks: only PERSON opens a wait, and only a person's outgoing message closes one."""

    PERSON = "person"
    AUTO_REPLY = "auto_reply"
    BOUNCE = "bounce"
    ABUSE_REPORT = "abuse_report"
    REPORT = "report"
    LIST = "list"
    ECHO = "echo"


@dataclass(frozen=True, slots=True)
class Inbound:
    """What an arrival says, in our words.

    sender: None where the mail names nobody who could be answered.
    reply_to: where the sender wants answers, None when that is the sender. It never decides who the customer is.
    to, cc: everyone addressed, our own addresses included.
    text: the whole readable text; new_text: the same without quoted tail and signature.
    html: the untrusted HTML body or ""; it is sanitised only where it is shown.
    message_id: without angle brackets, "" when there is none or it is not usable.
    references: In-Reply-To first, then References from newest to oldest, each once, without brackets.
    tokens: what stood behind the plus in addresses of ours that received it, newest hop first; unverified.
    fingerprint: equal for two copies of one mail that differ only in trace headers, "" where not computable.
    written_at: the Date header, UTC, None where absent or absurd; never used for waits when the provider has a time.
    offset: how many minutes east of UTC the writer's own clock stands, None where that is not known.
    notes: short keys for what a person should know: "no_message_id", "headers_only", "encrypted", "signed", "tnef",
        "calendar", "forwarded", "truncated", "unknown_charset" …
    thread: the vendor's own thread id where the channel has one (not mail).
    proof: what the server that received it says of the sender: "pass", "fail", or "" where it says nothing.
    chosen: the token of a `Choice` of ours that this answers with, "" where it is something that somebody said.
    """

    sender: Handle | None
    subject: str = ""
    text: str = ""
    new_text: str = ""
    html: str = ""
    reply_to: Handle | None = None
    to: tuple[Handle, ...] = ()
    cc: tuple[Handle, ...] = ()
    message_id: str = ""
    references: tuple[str, ...] = ()
    tokens: tuple[str, ...] = ()
    written_at: datetime | None = None
    offset: int | None = None
    nature: Nature = Nature.PERSON
    nature_reason: str = ""
    bounces: tuple[Bounce, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    fingerprint: str = ""
    direction: Direction = "in"
    notes: tuple[str, ...] = ()
    thread: str = ""
    proof: str = ""
    chosen: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """A file that goes out."""

    filename: str
    content_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Choice:
    """An answer that a message offers: on a phone the key that is pressed, elsewhere a button.

    said: what it does, in words ("press 1 to take it on"). token: what comes back as `Inbound.chosen`; it means nothing
    to the channel, and nobody can guess it.
    """

    key: str
    said: str
    token: str


@dataclass(frozen=True, slots=True)
class Outbound:
    """One message on its way out. Everything that identifies it was fixed when it was queued.

    key: the idempotency key, the outbox row's own.
    markdown: what the teammate typed; the channel makes of it what it can show.
    message_id, in_reply_to, references (oldest first): without angle brackets.
    reply_token: goes behind the plus of our address where the account allows plus-addresses, "" for none.
    automatic: True on letters and notices (RFC 3834), False on what a person wrote.
    spoken: what a phone call reads aloud, "" where nothing is to be read; a channel that cannot speak ignores it.
    choices: answers it offers; a channel that cannot take them ignores them, for the text says another way.
    """

    key: str
    to: tuple[Handle, ...]
    subject: str
    markdown: str
    written_at: datetime
    author_name: str = ""
    cc: tuple[Handle, ...] = ()
    message_id: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    reply_token: str = ""
    files: tuple[File, ...] = ()
    automatic: bool = False
    thread: str = ""
    spoken: str = ""
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """The vendor took it. `refused` maps recipients refused alone to the vendor's words; `raw` is what left."""

    external_id: str
    accepted_at: datetime
    refused: Mapping[str, str] = field(default_factory=dict)
    raw: bytes = b""


class DeliveryState(StrEnum):
    """What the vendor knows of a message we sent."""

    UNKNOWN = "unknown"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Delivery:
    """The state of one sent message at the vendor."""

    external_id: str
    state: DeliveryState
    at: datetime | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """Arrivals oldest first, and the cursor that stands after them; `more` says that another fetch finds more now."""

    arrivals: Sequence[Arrival]
    cursor: str | None
    deliveries: Sequence[Delivery] = ()
    more: bool = False


@dataclass(frozen=True, slots=True)
class Hook:
    """One webhook request as it came: the public URL it was sent to, its headers (lower-case names) and raw body."""

    url: str
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing an account of this kind needs to know; `secret` ones are stored encrypted and never shown again."""

    name: str
    label: str
    help: str = ""
    secret: bool = False
    required: bool = True
    default: str = ""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Card:
    """What a channel is: its kind, name, settings, limits and page in docs/channels.md."""

    kind: str
    name: str
    settings: tuple[Setting, ...]
    docs: str = ""
    max_length: int | None = None
    threads: bool = True


@dataclass(frozen=True, slots=True)
class IdPage:
    """A window of what the vendor holds: external ids, and where the next window begins (None after the last)."""

    external_ids: Sequence[str]
    next_page: str | None


@runtime_checkable
class Connector(Protocol):
    """One account on one channel: the vendor's dialect outside, our words inside. Calls block; the caller owns threads.

    Raises only the errors of connectors.errors.
    """

    card: Card

    def check(self) -> None:
        """Can we sign in? BadCredentials | Temporary | Permanent."""
        ...

    def read(self, arrival: Arrival) -> list[Inbound]:
        """Turn raw bytes into our words; pure. Unreadable sends the arrival to quarantine."""
        ...

    def send(self, message: Outbound) -> Receipt:
        """Hand the message to the vendor. Returning means accepted."""
        ...

    def close(self) -> None:
        """Let go of every thread and socket; may be called twice."""
        ...


@runtime_checkable
class Pulls(Protocol):
    """A channel that is asked for what is new."""

    def fetch(self, cursor: str | None) -> Batch:
        """Return what stands after `cursor`: oldest first, bounded, marking nothing as read."""
        ...


@runtime_checkable
class Waits(Protocol):
    """A channel that can ring when something is new: a bell, never a second way in."""

    def wait(self, timeout: float) -> bool:
        """Block up to `timeout` seconds; True when it rang."""
        ...


@runtime_checkable
class Lists(Protocol):
    """A channel that can name all it holds, so that a cursor's blind spots are found."""

    def list_ids(self, page: str | None) -> IdPage:
        """Name a bounded window of what the vendor holds, `None` for the first window."""
        ...

    def fetch_ids(self, external_ids: Sequence[str]) -> Batch:
        """Fetch these again; those that are gone are left out. The cursor of the batch is None."""
        ...


@runtime_checkable
class Hears(Protocol):
    """A channel that is told by webhook."""

    def hear(self, hook: Hook) -> Batch:
        """Check the signature first (else Forged), then translate."""
        ...


@runtime_checkable
class Tracks(Protocol):
    """A channel that can be asked what became of a message."""

    def status(self, external_id: str) -> Delivery:
        """Ask the vendor."""
        ...


@runtime_checkable
class Glances(Protocol):
    """A channel that can tell who wrote what it cannot read: they wait for an answer all the same."""

    def glance(self, arrival: Arrival) -> Inbound | None:
        """Say who wrote an arrival that `read` failed on, and about what; None where that cannot be told. Pure."""
        ...


@runtime_checkable
class Opens(Protocol):
    """A channel whose attachments are parts of the raw message."""

    def open(self, raw: bytes, index: int) -> bytes:
        """Return the decoded bytes of attachment `index`; Unreadable where there is none. Pure."""
        ...


@runtime_checkable
class Files(Protocol):
    """A channel that can put a copy of what was sent into the account's own Sent folder."""

    @property
    def keeps_sent(self) -> bool:
        """Whether this account wants such copies."""
        ...

    def file_sent(self, raw: bytes, sent_at: datetime) -> None:
        """Store the copy there; doing it twice for one Message-ID stores it once."""
        ...
