"""Every table, one noun a file. Importing this fills the metadata that Alembic and the tests use."""

from __future__ import annotations

from sqlmodel import SQLModel

from inbox.store.tables.accounts import Account
from inbox.store.tables.acknowledgements import Acknowledgement
from inbox.store.tables.arrivals import Arrival, Blob
from inbox.store.tables.changes import Change
from inbox.store.tables.contacts import Contact, Identity
from inbox.store.tables.conversations import Conversation, ConversationTag, Merge
from inbox.store.tables.data import DataJob, Tombstone
from inbox.store.tables.doors import Audit, Invite, Passkey, RecoveryCode, Step, Totp
from inbox.store.tables.handover import CalendarLink, CalendarSource, Handover, HandoverWords
from inbox.store.tables.holidays import HolidayPlace, HolidayServed
from inbox.store.tables.ladder import Claim, MeansTest, Outage, Telling, TellingSend
from inbox.store.tables.lists import BulkAct, BulkItem, Follow, SavedView, Seen, Sender
from inbox.store.tables.messages import Attachment, Awaited, Message
from inbox.store.tables.notices import Notice, NoticeSend, PushSubscription
from inbox.store.tables.outbox import Delivery
from inbox.store.tables.presence import Presence
from inbox.store.tables.promises import OpeningHours, Policy, PolicyVersion, Resolution
from inbox.store.tables.reviews import Review, ReviewSample, ReviewWeek
from inbox.store.tables.rota import (
    Absence,
    RotaHandover,
    RotaLayer,
    RotaOverride,
    RotaSeat,
    RotaShift,
    RotaSwap,
    RotaTable,
)
from inbox.store.tables.rules import Rule, RuleAct
from inbox.store.tables.settings import Setting
from inbox.store.tables.teammates import ApiToken, Attempt, Link, Session, Teammate
from inbox.store.tables.waits import Wait, WaitEvent, WaitStep
from inbox.store.tables.webhooks import Webhook, WebhookCall
from inbox.store.tables.writing import DraftFile, Mention, SavedDraft, SavedReply, Signature, TakenBack

metadata = SQLModel.metadata

__all__ = [
    "Absence",
    "Account",
    "Acknowledgement",
    "ApiToken",
    "Arrival",
    "Attachment",
    "Attempt",
    "Audit",
    "Awaited",
    "Blob",
    "BulkAct",
    "BulkItem",
    "CalendarLink",
    "CalendarSource",
    "Change",
    "Claim",
    "Contact",
    "Conversation",
    "ConversationTag",
    "DataJob",
    "Delivery",
    "DraftFile",
    "Follow",
    "Handover",
    "HandoverWords",
    "HolidayPlace",
    "HolidayServed",
    "Identity",
    "Invite",
    "Link",
    "MeansTest",
    "Mention",
    "Merge",
    "Message",
    "Notice",
    "NoticeSend",
    "OpeningHours",
    "Outage",
    "Passkey",
    "Policy",
    "PolicyVersion",
    "Presence",
    "PushSubscription",
    "RecoveryCode",
    "Resolution",
    "Review",
    "ReviewSample",
    "ReviewWeek",
    "RotaHandover",
    "RotaLayer",
    "RotaOverride",
    "RotaSeat",
    "RotaShift",
    "RotaSwap",
    "RotaTable",
    "Rule",
    "RuleAct",
    "SavedDraft",
    "SavedReply",
    "SavedView",
    "Seen",
    "Sender",
    "Session",
    "Setting",
    "Signature",
    "Step",
    "TakenBack",
    "Teammate",
    "Telling",
    "TellingSend",
    "Tombstone",
    "Totp",
    "Wait",
    "WaitEvent",
    "WaitStep",
    "Webhook",
    "WebhookCall",
    "metadata",
]
