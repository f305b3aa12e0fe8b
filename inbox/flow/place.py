"""Place a batch of understood messages: each into its conversation, with its wait, or aside with a reason.

One transaction and a fixed number of statements a batch, whatever its size. Decisions are the rules'; this file brings
them the facts and plans the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from connectors.contract import Handle, Inbound, Nature
from inbox.flow import act, bounces, erased, joins, rows, standins, undo, unwanted
from inbox.flow.scene import Reading, Scene, gather
from inbox.flow.waiting import heard, put_away, spoke
from inbox.say import say
from inbox.store import arrivals, history, locks, placing
from inbox.store.arrivals import ToRead
from inbox.store.db import Work
from inbox.store.placing import Said, Talk
from inbox.store.standins import FLAG
from inbox.store.tables import Account
from inbox.vault import Vault
from rules import tongue
from rules.joining import Join
from rules.sorting import Ignore, sort_out

LETTER = str(say("A letter of Under24 itself to a teammate."))


def place(work: Work, account: Account, vault: Vault, readings: Sequence[Reading]) -> dict[str, int]:
    """Place the readings of one account, oldest first; returns how many ended in which state.

    What another has claimed since it was claimed for this reading is left to them.
    """
    locks.placing_turn(work)
    held = arrivals.still_held(work, [reading.item for reading in readings])
    readings = [reading for reading in readings if reading.item.id in held]
    scene = gather(work, account, vault, readings)
    gone = erased.back(work, vault, scene.own, readings)
    for reading in readings:
        if reading.item.id in gone:
            _end(scene, reading.item, "ignored", reason=erased.REASON)
        else:
            _place_one(scene, reading)
    scene.plan.write(work)
    erased.let_go(work, gone)
    joins.bring_together(scene)
    for message_id, original, reports in scene.plan.bounces:
        bounces.settle(work, message_id, original, reports)
    undo.customer_wrote(work, _heard_in(scene))
    for conversation_id in _put_away(scene):
        act.put_away(work, conversation_id)
    _announce(scene)
    counts: dict[str, int] = {}
    for ending in scene.plan.endings:
        counts[ending["state"]] = counts.get(ending["state"], 0) + 1
    return counts


def _heard_in(scene: Scene) -> list[int]:
    """Return the conversations, begun before this batch, in which a person wrote; what is history is no news."""
    heard = {
        row["conversation_id"]
        for row in (*scene.plan.messages, *scene.plan.rewritten)
        if row["direction"] == "in"
        and row["nature"] == Nature.PERSON
        and not (scene.history_before is not None and row["at"] < scene.history_before)
    }
    return sorted(heard - scene.plan.conversations.keys())


def _put_away(scene: Scene) -> list[int]:
    """Return the conversations, begun before this batch, that it put into spam."""
    rows = (*scene.plan.messages, *scene.plan.rewritten)
    why = set(unwanted.FLAGS.values())
    away = {row["conversation_id"] for row in rows if not why.isdisjoint(row["flags"])}
    return sorted(away - scene.plan.conversations.keys())


def _place_one(scene: Scene, reading: Reading) -> None:
    item, inbound = reading.item, reading.inbound
    before = scene.earlier.get(item.sha256)
    if before is not None and not (before.state == "ignored" and asked_for(item)):
        _end_like(scene, item.id, before)
        return
    if inbound is None:
        _set_aside(scene, reading)
        return
    if inbound.message_id in scene.letters:
        _end(scene, item, "ignored", reason=LETTER)
        return
    twin = _twin(scene, inbound)
    if twin is not None:
        _end(scene, item, "duplicate", message_id=twin)
        return
    _place_new(scene, reading, inbound)


def _set_aside(scene: Scene, reading: Reading) -> None:
    """Set aside what could not be read; whoever wrote it waits all the same."""
    if standins.was_erased(reading.item.sha256):
        scene.plan.end(reading.item.id, "ignored", reason=str(erased.REASON))
        return
    scene.plan.end(reading.item.id, "quarantined", reason=reading.problem)
    if standins.wanted(scene, reading):
        inbound = standins.words(reading)
        _write(scene, reading.item, inbound, _new_talk(scene, reading.item, inbound), None, human=True)
        standins.put(scene, reading, scene.plan.messages[-1])


def asked_for(item: ToRead) -> bool:
    """Whether a person asked for this very arrival to be read, whatever became of its copies."""
    return not item.arrival.facts.keys().isdisjoint({"treat_as", "read_again"})


def _end_like(scene: Scene, arrival_id: int, before: placing.Earlier) -> None:
    state = "duplicate" if before.message_id is not None else before.state
    scene.plan.end(arrival_id, state, reason=before.reason, message_id=before.message_id)


def _end(scene: Scene, item: ToRead, state: str, *, reason: str = "", message_id: int | None = None) -> None:
    scene.plan.end(item.id, state, reason=reason, message_id=message_id)
    scene.earlier[item.sha256] = placing.Earlier(state, reason, message_id)
    if state != "threaded":
        standins.pass_over(scene, item.sha256, reason or standins.MACHINE)


def _twin(scene: Scene, inbound: Inbound) -> int | None:
    """Find the same mail: the same Message-ID with equal content, or our own mail in our own Sent folder."""
    for said in scene.named.get(inbound.message_id, ()):
        if said.account_id != scene.account.id:
            continue
        same = bool(inbound.fingerprint) and said.fingerprint == inbound.fingerprint
        same = same or (said.fingerprint == history.IMPORTED and _by_the_same(said, inbound))
        if same or (said.vouched and inbound.direction == "out"):
            return said.id
    return None


def _by_the_same(said: Said, inbound: Inbound) -> bool:
    """Whether a mail is by who another help desk said it was by: its text there may have been another."""
    writer = inbound.sender
    return writer is not None and said.direction == inbound.direction and (writer.kind, writer.value) in said.people


def _place_new(scene: Scene, reading: Reading, inbound: Inbound) -> None:
    item = reading.item
    inbound = _without_false_echo(scene, inbound)
    original = bounces.original(scene.named, inbound)
    ours = inbound.direction == "out"
    found = Join(original.conversation_id, "our_message") if original else joins.find(scene, inbound)
    standin = None if ours else scene.standins.get(item.sha256)
    into, proven = standin.conversation_id if standin else reading.into, found
    if into is not None:
        found = Join(into, "token")
    if ours and found and found.newcomer:
        found = None  # passed on to somebody else: that is another conversation, and answers nobody who waits here
    verdict = sort_out(inbound.nature, inbound.nature_reason, joined=found is not None, ours=ours)
    if isinstance(verdict, Ignore):
        _end(scene, item, "ignored", reason=verdict.reason)
        return
    if ours and not rows.others(inbound.to + inbound.cc, scene.own):
        _end(scene, item, "ignored", reason=str(say("A mail from our own address to itself.")))
        return
    talk = scene.talks[found.conversation_id] if found else _new_talk(scene, item, inbound)
    message_id = _write(scene, item, inbound, talk, found, human=verdict.human)
    if original:
        scene.plan.bounces.append((message_id, original, rows.reports(inbound)))
    _end(scene, item, "threaded", message_id=message_id)
    if standin and proven:
        standins.belongs(scene, standin, proven.conversation_id)
    if not verdict.human:
        standins.pass_over(scene, item.sha256, standins.MACHINE)


def _write(scene: Scene, item: ToRead, inbound: Inbound, talk: Talk, found: Join | None, *, human: bool) -> int:
    """Write a message into its conversation, and let it do to the wait what it does."""
    ours = inbound.direction == "out"
    standin = None if ours else scene.standins.get(item.sha256)
    why = "" if ours else unwanted.put_away(scene, inbound, talk, joined=found is not None)
    if why:
        put_away(scene, talk)
    message_id = _add_message(scene, item, inbound, talk, found, why)
    if standin is None or not standin.answered:
        (spoke if ours else heard)(scene, talk, item, message_id, human=human)
    snippet = "" if FLAG in inbound.notes else rows.snippet(inbound)
    scene.plan.touch(talk, snippet=snippet, at=item.arrival.received_at)
    return message_id


def _without_false_echo(scene: Scene, inbound: Inbound) -> Inbound:
    """Only a mail whose id we made is an echo of ours.

    From the Sent folder our own address is the author; in the inbox it is a form on the web site, or a colleague: a
    person who must be answered.
    """
    known = any(said.vouched for said in scene.named.get(inbound.message_id, ()))
    if inbound.nature != Nature.ECHO or known:
        return inbound
    notes = inbound.notes if inbound.direction == "out" else (*inbound.notes, "from_own_address")
    return replace(inbound, nature=Nature.PERSON, nature_reason="", notes=notes)


def _new_talk(scene: Scene, item: ToRead, inbound: Inbound) -> Talk:
    person = rows.others(inbound.to + inbound.cc, scene.own)[0] if inbound.direction == "out" else inbound.sender
    contact_id = _contact(scene, person, "" if inbound.direction == "out" else inbound.new_text)
    talk = Talk(
        id=scene.take("conversation"),
        contact_id=contact_id,
        account_id=scene.account.id or 0,
        status="open",
        subject=inbound.subject,
        updated_at=item.arrival.received_at,
        participants={(person.kind, person.value)} if person else set(),
    )
    scene.talks[talk.id] = talk
    scene.plan.conversations[talk.id] = rows.conversation(talk, rows.channel(scene.account), scene.work.now)
    return talk


def _contact(scene: Scene, person: Handle | None, said: str = "") -> int:
    """Return the contact of a handle, planned when nobody is known by it; without a handle always a new one.

    said: what they wrote, which may tell their language.
    """
    if person and (person.kind, person.value) in scene.people:
        return scene.people[person.kind, person.value]
    contact_id = scene.take("contact")
    name = (person.name or person.value) if person else "Unknown sender"
    scene.plan.contacts.append(rows.contact(contact_id, name, tongue.guess(said), scene.work.now))
    if person:
        scene.people[person.kind, person.value] = contact_id
        scene.plan.identities.append(rows.identity(contact_id, person, scene.work.now))
    return contact_id


def _author(scene: Scene, inbound: Inbound, talk: Talk) -> int | None:
    if inbound.direction == "out":
        return None
    return _contact(scene, inbound.sender, inbound.new_text) if inbound.sender else talk.contact_id


def _add_message(scene: Scene, item: ToRead, inbound: Inbound, talk: Talk, found: Join | None, why: str) -> int:
    standin = scene.standins.get(item.sha256) if inbound.direction == "in" else None
    message_id = standin.message_id if standin else scene.take("message")
    flags = rows.flags(inbound, item, newcomer=bool(found and found.newcomer))
    if inbound.message_id and scene.named.get(inbound.message_id):
        flags.append("used_message_id")
    flags += [why] if why else []
    if found and not standin and inbound.direction == "in" and joins.asks_elsewhere(scene, inbound, talk.id):
        flags.append(rows.ELSEWHERE)
    author = _author(scene, inbound, talk)
    row = rows.message(message_id, talk.id, scene.account, item, inbound, author, flags, scene.work.now)
    (scene.plan.rewritten if standin else scene.plan.messages).append(row)
    if standin:
        standins.settle(scene, standin, talk, row, inbound.subject)
    for attachment in inbound.attachments:
        scene.plan.attachments.append(rows.attachment(scene.take("attachment"), message_id, attachment))
    scene.plan.documents.append(rows.document(row, inbound))
    said = _said(row, inbound)
    joins.close_ranks(scene, inbound, said)
    joins.remember(scene, inbound, said)
    return message_id


def _said(row: dict[str, Any], inbound: Inbound) -> Said:
    return Said(
        row["id"],
        row["conversation_id"],
        row["account_id"],
        row["direction"],
        vouched=False,
        fingerprint=inbound.fingerprint,
        rfc_message_id=inbound.message_id,
        people=placing.handles(row["people"]),
    )


def _announce(scene: Scene) -> None:
    parted = {number for pair in scene.parted for number in pair}
    now_in = placing.survivors(scene.work.session, parted)
    for row in (*scene.plan.messages, *scene.plan.rewritten):
        past = scene.history_before is not None and row["at"] < scene.history_before
        scene.work.announce(
            "message.out" if row["direction"] == "out" else "message.in",
            conversation_id=now_in.get(row["conversation_id"], row["conversation_id"]),
            message_id=row["id"],
            human=row["nature"] == Nature.PERSON,
            **({"history": True} if past else {}),
        )
    quarantined = sum(ending["state"] == "quarantined" for ending in scene.plan.endings)
    if quarantined:
        scene.work.announce("arrival.quarantined", count=quarantined)
