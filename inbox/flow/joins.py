"""Find the conversation of a message among those it refers to, and those that refer to it: mail overtakes mail.

An answer may come before its question: from another folder, after greylisting, out of the spam folder days later.
What it refers to in vain is remembered; the question, when it comes, joins its answer, and a second answer the first.
A message that comes late between two conversations of one person makes them one.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from inbox.flow import merge, rows
from inbox.flow.rows import is_own
from inbox.flow.unwanted import PUBLIC
from inbox.store import placing
from inbox.store.placing import AWAITING
from rules.joining import Join, Known, join

if TYPE_CHECKING:
    from connectors.contract import Inbound
    from inbox.flow.scene import Scene
    from inbox.store.placing import Said

REFERENCES = 20
"""How many of a mail's references are looked up; the direct one and the newest come first."""
REMEMBERED = 5
"""How many of those that led nowhere are remembered."""


def find(scene: Scene, inbound: Inbound) -> Join | None:
    """Return the conversation a message belongs to and why, None for a new one."""
    tokens = [scene.tokens[token] for token in inbound.tokens if token in scene.tokens]
    people = rows.others(inbound.to + inbound.cc, scene.own) if inbound.direction == "out" else (inbound.sender,)
    handles = [(one.kind, one.value) for one in people if one]
    references = [said for name in inbound.references[:REFERENCES] for said in scene.named.get(name, ())]
    return join(tokens, _known(scene, references), handles) or join(
        [], _known(scene, _overtaken(scene, inbound)), handles
    )


def asks_elsewhere(scene: Scene, inbound: Inbound, conversation_id: int) -> bool:
    """Whether a mail that joined asks for answers to where nobody in the conversation is known to be.

    Whoever forges a customer's name and knows the name of one of their mails could have our answer sent to themselves.
    Known is where the first mail asked for, where we wrote to, whose handle the customer has, and the domain of the
    sender unless anybody can have an address there.
    """
    wanted, sender = inbound.reply_to, inbound.sender
    if wanted is None or sender is None or wanted.value == sender.value:
        return False
    if is_own(sender.value, scene.own) or is_own(wanted.value, scene.own):
        return False
    domain = sender.value.rpartition("@")[2]
    if domain == wanted.value.rpartition("@")[2] and domain not in PUBLIC:
        return False
    said = [one for name in inbound.references[:REFERENCES] for one in scene.named.get(name, ()) if one.vouched]
    known = scene.talks[conversation_id].participants.union(*(one.people for one in said))
    first = placing.first_people(scene.work.session, conversation_id)
    return first is not None and (wanted.kind, wanted.value) not in known | first


def _overtaken(scene: Scene, inbound: Inbound) -> list[Said]:
    """Return what came before it and refers to it, then what refers in vain to the same as it does.

    Hundreds may know the same: whoever names somebody in a copy has not drawn them in, unless they name each other.
    """
    question = scene.awaiting.get(inbound.message_id, ()) if inbound.message_id else ()
    vain = [name for name in inbound.references[:REFERENCES] if name and name not in scene.named]
    named = {(one.kind, one.value) for one in (inbound.sender, *inbound.to, *inbound.cc) if one}
    same = [said for name in vain for said in scene.awaiting.get(name, ())]
    return [*question, *(said for said in same if scene.talks[said.conversation_id].participants & named)]


def _known(scene: Scene, said: Iterable[Said]) -> list[Known]:
    return [
        Known(one.conversation_id, one.vouched, one.people | scene.talks[one.conversation_id].participants)
        for one in said
        if one.conversation_id not in scene.emptied
    ]


def remember(scene: Scene, inbound: Inbound, said: Said) -> None:
    """Let what comes later find this message by its own name, and by the names that it refers to in vain."""
    if inbound.message_id:
        scene.named.setdefault(inbound.message_id, []).append(said)
    vain = [name for name in inbound.references[:REFERENCES] if name and name not in scene.named]
    for name in vain[:REMEMBERED]:
        known = scene.awaiting.setdefault(name, [])
        if len(known) < AWAITING:
            known.append(said)
            scene.plan.awaited.append({"rfc_message_id": name, "message_id": said.id})


def close_ranks(scene: Scene, inbound: Inbound, said: Said) -> None:
    """Note the conversations of the same person that answer what has only come now, and joined another one."""
    here = scene.talks[said.conversation_id]
    for one in scene.awaiting.get(inbound.message_id, ()) if inbound.message_id else ():
        there = scene.talks[one.conversation_id]
        alike = there.contact_id == here.contact_id and "spam" not in {here.status, there.status}
        if there.id != here.id and alike and there.id not in scene.emptied:
            scene.parted.append((there.id, here.id))


def bring_together(scene: Scene) -> None:
    """Merge conversations that are one, now that the message which says so has come; it can be undone.

    One that went to spam by a later mail of the batch stays apart: a person decides.
    """
    work = scene.work
    for pair in scene.parted:
        current = placing.survivors(work.session, pair)
        spam = "spam" in {scene.talks[number].status for number in pair}
        if current[pair[0]] != current[pair[1]] and not spam:
            merge.merge(work, current[pair[0]], current[pair[1]], None)
