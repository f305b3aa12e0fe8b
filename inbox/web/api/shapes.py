"""What the API gives; times are ISO 8601, UTC."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict


class Told(BaseModel):
    """A body that we send."""

    model_config = ConfigDict(from_attributes=True)


class Id(Told):
    """What was made."""

    id: int


class Done(Told):
    """It is done."""

    ok: bool = True


class ConversationRow(Told):
    """A conversation in a list."""

    id: int
    contact_id: int
    contact: str
    channel: str
    subject: str
    snippet: str
    status: str
    assignee_id: int | None
    assignee: str
    tags: list[str]
    due_at: datetime | None
    waiting_since: datetime | None
    late: bool
    version: int
    updated_at: datetime
    snoozed_until: datetime | None = None
    unread: bool = False
    following: bool = False
    mentioned: bool = False


class Conversations(Told):
    """A page of conversations; `next` is the cursor of the following page, null after the last."""

    conversations: list[ConversationRow]
    next: str | None
    problems: list[str] = []


class FileTold(Told):
    """A file of a message."""

    id: int
    position: int
    filename: str
    content_type: str
    size: int
    sha256: str
    inline: bool


class Sending(Told):
    """What became of a reply."""

    id: int
    state: str
    tries: int
    error: str
    accepted_at: datetime | None


class MessageTold(Told):
    """One entry of a timeline."""

    id: int
    kind: str
    direction: str
    nature: str
    channel: str
    contact_id: int | None
    teammate_id: int | None
    subject: str
    text: str
    quoted: str
    people: dict[str, Any]
    flags: list[str]
    details: dict[str, Any]
    at: datetime
    stored_at: datetime
    attachments: list[FileTold]
    delivery: Sending | None


class WaitTold(Told):
    """A wait, open or closed."""

    id: int
    message_id: int
    kind: str
    started_at: datetime
    due_at: datetime
    late: bool
    closed_at: datetime | None
    cause: str | None
    reason: str
    closed_by: int | None


class ConversationTold(Told):
    """A conversation with its timeline and its waits."""

    id: int
    contact_id: int
    account_id: int
    channel: str
    subject: str
    status: str
    assignee_id: int | None
    due_at: datetime | None
    waiting_since: datetime | None
    version: int
    merged_into: int | None
    tags: list[str]
    messages: list[MessageTold]
    waits: list[WaitTold]


class IdentityTold(Told):
    """An address, number or handle of a person."""

    kind: str
    value: str
    name: str


class ContactTold(Told):
    """A person."""

    id: int
    name: str
    notes: str
    merged_into: int | None
    identities: list[IdentityTold] = []


class TallyTold(Told):
    """Law 2: arrivals is the sum of the others."""

    arrivals: int
    threaded: int
    duplicates: int
    quarantined: int
    ignored: int
    pending: int


class AccountTold(Told):
    """An account and how it is; `secrets` names those that are set, never their values."""

    id: int
    kind: str
    address: str
    name: str
    enabled: bool
    settings: dict[str, Any]
    secrets: list[str]
    error: str
    error_since: datetime | None
    checked_at: datetime | None
    caught_up_at: datetime | None
    reconciled_at: datetime | None
    reconciled: dict[str, Any]
    ledger: TallyTold


class ArrivalTold(Told):
    """One thing received, and what became of it."""

    id: int
    account_id: int
    account: str
    state: str
    reason: str
    size: int
    folder: str
    received_at: datetime
    stored_at: datetime
    message_id: int | None
    conversation_id: int | None
    subject: str | None


class Arrivals(Told):
    """A page of arrivals, newest first."""

    arrivals: list[ArrivalTold]
    next: str | None


class LedgerLine(TallyTold):
    """The ledger of one account."""

    account_id: int
    address: str
    caught_up_at: datetime | None


class Ledger(TallyTold):
    """The ledger of all, and of each account."""

    balanced: bool
    accounts: list[LedgerLine]


class TeammateTold(Told):
    """Somebody who works here."""

    id: int
    name: str
    mail: str
    role: str
    disabled_at: datetime | None


class ChangeTold(Told):
    """One line of the feed."""

    seq: int
    at: datetime
    kind: str
    conversation_id: int | None
    teammate_id: int | None
    data: dict[str, Any]


class Changes(Told):
    """What changed after a number; ask again with `last`.

    complete: false when changes after your number are not kept any more (30 days): read everything anew.
    """

    changes: list[ChangeTold]
    last: int
    complete: bool = True


class ViewTold(Told):
    """A saved view."""

    id: int
    name: str
    query: str
    sorting: str
    shared: bool
    teammate_id: int


class SenderTold(Told):
    """Somebody whose new mail goes to spam; `learned` is what marking spam taught."""

    id: int
    kind: str
    value: str
    verdict: str
    hits: int
    at: datetime
    last_hit_at: datetime | None


class TagTold(Told):
    """A tag and on how many conversations it is; 1001 means more than a thousand."""

    name: str
    count: int


class BulkTold(Told):
    """How far an act on many conversations is; call `go` until `finished`."""

    id: int
    kind: str
    state: str
    finished: bool
    total: int
    done: int
    refused: int
    reasons: dict[str, int]
