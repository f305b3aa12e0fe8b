"""What is known while a batch of messages is placed: the facts of all of them, asked for once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from connectors.contract import Inbound
from inbox.flow import joins, rows, unwanted
from inbox.flow.plan import Numbers, Plan
from inbox.flow.promises import Promises
from inbox.store import outbox, placing
from inbox.store.arrivals import ToRead
from inbox.store.db import SQLModel, Work
from inbox.store.placing import Said, Talk
from inbox.store.standins import Standin, of_raws
from inbox.store.tables import Account, Attachment, Contact, Conversation, Message, Sender, Wait
from inbox.vault import Vault

_NUMBERED: dict[str, type[SQLModel]] = {
    "contact": Contact,
    "conversation": Conversation,
    "message": Message,
    "attachment": Attachment,
    "wait": Wait,
}


@dataclass(frozen=True, slots=True)
class Reading:
    """An arrival and what it says, or the sentence why it could not be read.

    into: the conversation it belongs to where the caller knows (an import), None for the rules to say.
    seen: who wrote what could not be read, and about what, as far as that could be told.
    """

    item: ToRead
    inbound: Inbound | None
    problem: str = ""
    into: int | None = None
    seen: Inbound | None = None


@dataclass
class Scene:
    """What is known while a batch is placed; it grows as messages are planned."""

    work: Work
    account: Account
    own: frozenset[str]
    history_before: datetime | None
    plan: Plan
    earlier: dict[bytes, placing.Earlier]
    named: dict[str, list[Said]]
    awaiting: dict[str, list[Said]]
    tokens: dict[str, int]
    people: dict[placing.Handle, int]
    talks: dict[int, Talk]
    senders: dict[tuple[str, str], Sender]
    letters: set[str]
    emptied: set[int]
    parted: list[tuple[int, int]] = field(default_factory=list)
    terms: Promises = field(default_factory=Promises)
    standins: dict[bytes, Standin] = field(default_factory=dict)
    numbers: dict[str, Numbers] = field(default_factory=dict)

    def take(self, name: str) -> int:
        """Return a fresh id of a table."""
        return self.numbers[name].take()


def gather(work: Work, account: Account, vault: Vault, readings: Sequence[Reading]) -> Scene:
    """Ask for all that a batch refers to; in PostgreSQL its conversations are locked until the batch is placed."""
    session, inbounds = work.session, [one for r in readings if (one := r.inbound or r.seen)]
    ids, hashes = {r.item.id for r in readings}, [r.item.sha256 for r in readings]
    wanted = {name for inbound in inbounds for name in _names(inbound)} - {""}
    named, awaiting = placing.messages_named(session, wanted), placing.awaiting(session, wanted)
    tokens = _tokens(inbounds, vault, account.address)
    standing = of_raws(session, account.id or 0, hashes)
    every = [said for many in (*named.values(), *awaiting.values()) for said in many]
    spoken_of = {said.conversation_id for said in every} | {one.conversation_id for one in standing.values()}
    current = _current(work, spoken_of | set(tokens.values()) | {r.into for r in readings if r.into is not None})
    for said in every:
        said.conversation_id = current[said.conversation_id]
    emptied = placing.emptied(session, set(current.values()))
    return Scene(
        work=work,
        account=account,
        own=rows.own_addresses(account),
        history_before=rows.history_before(account),
        plan=Plan(),
        earlier=placing.earlier_arrivals(session, account.id or 0, hashes, ids),
        named=named,
        awaiting=awaiting,
        tokens={token: now for token, cid in tokens.items() if (now := current.get(cid, 0)) and now not in emptied},
        people=placing.identities(session, {pair for inbound in inbounds for pair in rows.pairs(inbound)}),
        talks=placing.talks(session, set(current.values())),
        senders=unwanted.known(work, inbounds),
        standins={key: replace(one, conversation_id=current[one.conversation_id]) for key, one in standing.items()},
        emptied=emptied,
        letters=outbox.letters_among(session, {inbound.message_id for inbound in inbounds} - {""}),
        numbers={name: Numbers(work, model, len(readings)) for name, model in _NUMBERED.items()},
    )


def _current(work: Work, conversation_ids: set[int]) -> dict[int, int]:
    """Return which conversation each of these lives on in; what another merges meanwhile is waited for."""
    if work.dialect == "postgresql":
        placing.lock(work, placing.survivors(work.session, conversation_ids).values())
        work.read_clock()
    return placing.survivors(work.session, conversation_ids)


def _names(inbound: Inbound) -> list[str]:
    originals = [bounce.original_message_id for bounce in inbound.bounces]
    return [inbound.message_id, *inbound.references[: joins.REFERENCES], *originals]


def _tokens(inbounds: Sequence[Inbound], vault: Vault, address: str) -> dict[str, int]:
    offered = {token for inbound in inbounds for token in inbound.tokens}
    checked = {token: vault.conversation_of(token, address) for token in offered}
    return {token: cid for token, cid in checked.items() if cid is not None}
