"""Mails for odd servers, and how a patient caller fetches them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from odd_imap import HONESTLY, Talk

from connectors.contract import Arrival, Batch
from connectors.errors import Temporary
from connectors.mail.connector import MailboxConnector


def mail(number: int, size: int = 200) -> bytes:
    return f"Message-ID: <{number}@example.org>\r\nSubject: {number}\r\n\r\n".encode() + b"x" * size + b"\r\n"


def mails(last: int) -> dict[int, bytes]:
    return {uid: mail(uid) for uid in range(1, last + 1)}


def catch_up(connector: MailboxConnector, cursor: str | None = None, tries: int = 8) -> list[Arrival]:
    """Fetch until there is no more, as the flow does: an error is tried again, and nothing of a batch is lost."""
    arrivals: list[Arrival] = []
    for _ in range(tries):
        try:
            batch = connector.fetch(cursor)
        except Temporary:
            continue
        arrivals += batch.arrivals
        cursor = batch.cursor
        if not batch.more:
            return arrivals
    raise AssertionError(f"no end after {tries} tries")


def numbers(arrivals: list[Arrival] | Batch) -> list[int]:
    found = arrivals.arrivals if isinstance(arrivals, Batch) else arrivals
    return [int(arrival.external_id.rpartition(";")[2]) for arrival in found]


def once(script: Callable[[Talk, str, str], object]) -> Callable[[Talk, str, str], object]:
    """Do it the first time, and be honest from then on."""
    turns = count()
    return lambda talk, tag, args: script(talk, tag, args) if next(turns) == 0 else HONESTLY
