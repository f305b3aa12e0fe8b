"""Take in the conversations of another help desk as history: nobody waits for an answer to them, and nothing is sent.

Each message becomes a mail of the account and walks the corridor like any other: an arrival, a place in the ledger, a
line in the index. What the account has already, under the same Message-ID and by the same writer, is not taken twice.
Importing the same file again, also after it broke off, adds nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import TYPE_CHECKING, Any

from connectors.contract import Arrival, Nature
from inbox.flow.place import place
from inbox.flow.read import understand
from inbox.flow.scene import Reading
from inbox.store import accounts, arrivals, conversations, history, search, teammates
from inbox.store.tables import Conversation, Message
from inbox.store.tools import clean
from inbox.store.trouble import Refused

if TYPE_CHECKING:
    from inbox.flow.context import Context
    from inbox.flow.foreign.shapes import Said, Somebody, Talk
    from inbox.store.arrivals import ToRead
    from inbox.store.db import Work
    from inbox.store.tables import Account

NOWHERE = "import.invalid"
"""The domain of people whose address is not known: no mail can ever reach it."""
TEXT = 200_000
ELSEWHERE = "Files that stayed in the old help desk:"
TAG = 50
IMPORTED = history.IMPORTED

log = logging.getLogger(__name__)


@dataclass
class Counts:
    """What became of an import."""

    talks: int = 0
    messages: int = 0
    notes: int = 0
    known: int = 0
    left_out: int = 0
    failed: list[str] = field(default_factory=list)

    def as_words(self) -> dict[str, object]:
        """Return the counts by name."""
        return {**self.__dict__, "failed": self.failed[:20], "failures": len(self.failed)}


def take_in(
    context: Context, account_id: int, talks: Iterable[Talk], progress: Callable[[int], None] = lambda _done: None
) -> Counts:
    """Take in conversations one by one; one that cannot be stored is named and does not stop the next."""
    counts = Counts()
    with context.store.reading() as session:
        account = accounts.get(session, account_id)
        team = {one.mail.lower(): one.id for one in teammates.everyone(session) if one.id is not None}
    if account is None:
        return counts
    account.settings = {**account.settings, "history_before": context.clock().isoformat()}
    for talk in talks:
        counts.talks += 1
        try:
            with context.turns.of(account_id), context.store.unit_of_work() as work:
                _Placing(context, work, account, talk, team, counts).do()
        except (Refused, ValueError, OverflowError) as error:
            log.warning("Conversation %s of %s could not be taken in: %s", talk.key, talk.source, type(error).__name__)
            counts.failed.append(f"{talk.source} {talk.key}")
        progress(counts.talks)
    return counts


@dataclass
class _Placing:
    """One conversation on its way in."""

    context: Context
    work: Work
    account: Account
    talk: Talk
    team: dict[str, int]
    counts: Counts

    def do(self) -> None:
        """Take it in, or what of it is new."""
        public = [one for one in self.talk.said if not one.note]
        names = {one.key: self._name(one) for one in self.talk.said}
        account_id = self.account.id or 0
        into = history.conversation_of(self.work.session, account_id, [names[one.key] for one in public])
        fresh = into is None
        items = self._store(public, names)
        for item, said in items:
            known = history.same_mail(self.work.session, said.message_id, self._writer(said))
            if known is not None:
                into = self._same(item, known, into)
                fresh = False
                continue
            into = self._place(item, said, into)
        self.counts.known += len(public) - len(items)
        if into is None:
            self.counts.left_out += 1
            return
        self._notes(into, names)
        if fresh:
            self._dress(into)

    def _name(self, said: Said) -> str:
        return f"{self.talk.source};{self.talk.key};{said.key}"[:500]

    def _writer(self, said: Said) -> str:
        return self.account.address if said.ours else mail_of(said.author, self.talk)

    def _store(self, public: Sequence[Said], names: dict[str, str]) -> list[tuple[ToRead, Said]]:
        by_name = {names[one.key]: one for one in public}
        offered = [self._arrival(one, names[one.key], public[:number]) for number, one in enumerate(public)]
        taken = arrivals.store(self.work, self.account.id or 0, offered)
        return [(item, by_name[item.arrival.external_id]) for item in taken]

    def _arrival(self, said: Said, name: str, before: Sequence[Said]) -> Arrival:
        raw = as_mail(self.talk, said, before, self.account)
        at = min(said.at, self.work.now)
        direction = "out" if said.ours else "in"
        return Arrival(name, raw, at, direction=direction, folder=self.talk.source, size=len(raw))  # type: ignore[arg-type]

    def _same(self, item: ToRead, known: tuple[int, int], into: int | None) -> int:
        """We have this mail: the rest of the conversation belongs where it is."""
        message_id, conversation_id = known
        ending = {"arrival_id": item.id, "state": "duplicate", "reason": "", "message_id": message_id}
        arrivals.end(self.work, [ending])
        self.counts.known += 1
        return into or conversation_id

    def _place(self, item: ToRead, said: Said, into: int | None) -> int | None:
        reader = self.context.channels.reader(self.account)
        readings = [self._as_said(one, said, into) for one in understand(reader, item)]
        counted = place(self.work, self.account, self.context.vault, readings)
        self.counts.messages += counted.get("threaded", 0)
        self.work.session.expire_all()
        name = item.arrival.external_id
        return into or history.conversation_of(self.work.session, self.account.id or 0, [name])

    def _as_said(self, reading: Reading, said: Said, into: int | None) -> Reading:
        """A machine may have written the old mail's headers; the old help desk says that it was a person."""
        if reading.inbound is None:
            return reading
        inbound = replace(
            reading.inbound,
            nature=Nature.PERSON,
            nature_reason="",
            fingerprint=IMPORTED if said.message_id else reading.inbound.fingerprint,
            references=() if into is None else reading.inbound.references,
            tokens=(),
            notes=(),
        )
        item = replace(reading.item, stored_at=reading.item.arrival.received_at)  # it did not reach us late
        return replace(reading, item=item, inbound=inbound, into=into)

    def _notes(self, into: int, names: dict[str, str]) -> None:
        notes = [one for one in self.talk.said if one.note and (one.text or one.files)]
        here = history.notes_known(self.work.session, self.account.id or 0, [names[one.key] for one in notes])
        new = [one for one in notes if names[one.key] not in here]
        rows = [
            self._note(row_id, into, one, names)
            for row_id, one in zip(self.work.ids(Message, len(new)), new, strict=True)
        ]
        history.add_notes(self.work, rows)
        documents = [
            search.Document(row["id"], into, "", row["text"], {}, (), row["account_id"], row["at"]) for row in rows
        ]
        search.index(self.work, documents)
        self.counts.notes += len(rows)

    def _note(self, row_id: int, into: int, said: Said, names: dict[str, str]) -> dict[str, Any]:
        author = self.team.get(said.author.mail)
        text = _text(said)
        if author is None and said.author.name:
            text = f"{said.author.name}: {text}"
        return {
            "id": row_id,
            "conversation_id": into,
            "account_id": self.account.id,
            "channel": self.account.kind,
            "teammate_id": author,
            "text": clean(text),
            "external_id": names[said.key],
            "at": min(said.at, self.work.now),
            "stored_at": self.work.now,
        }

    def _dress(self, into: int) -> None:
        """Give it the tags and the assignee it had, and close it: it is history."""
        for tag in self.talk.tags:
            name = " ".join(clean(tag).lower().split())[:TAG]
            if name:
                conversations.set_tag(self.work, into, name, on=True)
        row = self.work.session.get_one(Conversation, into)
        row.assignee_id = self.team.get(self.talk.assignee)
        if row.due_at is None and row.status == "open":
            row.status = "closed"
        if self.talk.spam and row.due_at is None:
            row.status = "spam"


def mail_of(person: Somebody, talk: Talk) -> str:
    """Return a person's address, or one that stands for them and that nothing can be sent to."""
    if person.mail:
        return person.mail
    key = "".join(sign for sign in person.key if sign.isalnum() or sign in "-_")[:60] or f"of-{talk.key}"
    return f"{talk.source}-{key}@{NOWHERE}".lower()


def as_mail(talk: Talk, said: Said, before: Sequence[Said], account: Account) -> bytes:
    """Write one message as the mail that it was, or would have been. Pure: the same again for the same record."""
    mail = EmailMessage(policy=SMTP)
    customer = _mailbox(talk.customer.name, mail_of(talk.customer, talk))
    us = _mailbox(said.author.name if said.ours else account.name, account.address)
    writer = us if said.ours else _mailbox(said.author.name, mail_of(said.author, talk))
    mail["From"], mail["To"] = writer, customer if said.ours else us
    copies = [one for one in said.cc if one not in {talk.customer.mail, account.address}]
    if copies:
        mail["Cc"] = [_mailbox("", one) for one in copies[:50]]
    mail["Subject"] = _line(talk.subject)
    mail["Date"] = said.at
    mail["Message-ID"] = f"<{_message_id(talk, said)}>"
    if before:
        mail["In-Reply-To"] = f"<{_message_id(talk, before[-1])}>"
    mail["X-Under24-Import"] = _line(f"{talk.source}; conversation={talk.key}; message={said.key}")
    mail.set_content(_text(said))
    if said.html:
        mail.add_alternative(clean(said.html)[:TEXT], subtype="html")
        # A boundary by chance would make other bytes of the same record.
        mail.set_boundary(f"=_{talk.source}-{'-'.join(filter(str.isalnum, said.key))[:40]}-under24")
    return mail.as_bytes()


def _message_id(talk: Talk, said: Said) -> str:
    if said.message_id and said.message_id.isascii():
        return said.message_id
    return f"{talk.source}.{_plain(talk.key)}.{_plain(said.key)}@{NOWHERE}"


def _plain(key: str) -> str:
    return "".join(sign for sign in key if sign.isascii() and sign.isalnum())[:60]


def _mailbox(name: str, address: str) -> Address:
    local, _, domain = address.rpartition("@")
    return Address(_line(name), local, domain)


def _line(text: str) -> str:
    return " ".join(clean(text).split())[:500]


def _text(said: Said) -> str:
    text = clean(said.text)[:TEXT]
    if not said.files:
        return text + "\n"
    listed = "\n".join(f"- {name or url} {url if name else ''}".rstrip() for name, url in said.files[:100])
    return f"{text}\n\n{ELSEWHERE}\n{clean(listed)}\n".lstrip()
