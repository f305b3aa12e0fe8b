"""What is new in a mailbox, oldest first, and what it holds. It is only ever looked at.

A batch is made in three steps: which UIDs stand after the cursor, how large they are and when they came, and then
their bodies. Inbox and Sent are walked side by side by time, so that a question is met before its answer.
"""

from __future__ import annotations

import heapq
import json
import threading
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from connectors.contract import Arrival, Batch, IdPage
from connectors.errors import ChannelError, Permanent, Temporary
from connectors.mail import cursor as cursors
from connectors.mail.transfer import Transfer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from connectors.contract import Direction
    from connectors.mail.account import Account
    from connectors.mail.answers import Meta
    from connectors.mail.imap import Examined, Session

BATCH_MAILS = 200
BATCH_BYTES = 8 * 1024 * 1024
_WINDOW = 1000
_WIDEST = 1 << 20
_PAGE = 5000
_MAX_CHANGES = 3


@dataclass(slots=True)
class Look:
    """One folder as it was just now: what stands in it after `start`, and whether more stands behind that."""

    folder: Examined
    direction: Direction
    start: int
    metas: list[Meta]
    more: bool


class Pick(NamedTuple):
    """One mail that goes into the batch."""

    look: Look
    meta: Meta

    @property
    def key(self) -> tuple[str, int, int]:
        """What names it for good."""
        return self.look.folder.name, self.look.folder.validity, self.meta.uid
