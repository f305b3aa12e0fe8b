"""What could not be read stands in a conversation all the same: whoever wrote it waits for an answer like anybody else.

The arrival stays in quarantine, and counts there. When it can be read after all, the message takes the place of its
stand-in, in the same conversation, with the same wait. When it turns out that nobody waits, the wait ends by that.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from connectors.contract import Inbound
from inbox.flow.act import close
from inbox.flow.waiting import let_go
from inbox.say import say
from inbox.store import conversations, quarantine, standins, waits
from inbox.store.erasing import EMPTY
from inbox.store.standins import FLAG, HISTORY, Standin

if TYPE_CHECKING:
    from inbox.flow.scene import Reading, Scene
    from inbox.store.db import Work
    from inbox.store.placing import Talk
    from inbox.store.quarantine import Row

SUBJECT = str(say("A message that could not be read"))
MACHINE = str(say("It could be read at last, and nobody waits for an answer to it."))


def wanted(scene: Scene, reading: Reading) -> bool:
    """Whether something has to stand for what could not be read: somebody may wait, and nothing stands for it yet."""
    arrival = reading.item.arrival
    past = scene.history_before is not None and arrival.received_at < scene.history_before
    if past:
        quarantine.mark(scene.work, reading.item.id, **{HISTORY: "yes"})
    return arrival.direction == "in" and not past and reading.item.sha256 not in scene.standins


def words(reading: Reading) -> Inbound:
    """Say what is known of a message that could not be read: who wrote it, if that can be told, and what is wrong."""
    seen = reading.seen or Inbound(None)
    subject = " ".join(seen.subject.split()) or SUBJECT
    return Inbound(seen.sender, subject, reading.problem, reading.problem, notes=(FLAG,), proof=seen.proof)


def put(scene: Scene, reading: Reading, row: dict[str, Any]) -> None:
    """Make the row of a message stand for raw bytes, until they can be read."""
    item = reading.item
    row["external_id"] = standins.name(item.sha256)
    row["details"] = {**row["details"], "arrival": item.id}
    scene.standins[item.sha256] = Standin(row["id"], row["conversation_id"], row["contact_id"])


def settle(scene: Scene, standin: Standin, talk: Talk, row: dict[str, Any], subject: str) -> None:
    """Let what could be read take the place of its stand-in: its person, its subject."""
    author, stranger = row["contact_id"], standin.contact_id
    if author is not None and stranger == talk.contact_id and author != stranger:
        scene.plan.known.append((talk.id, stranger, author))
        talk.contact_id = author
    scene.plan.subjects.append((talk.id, SUBJECT, subject))


def belongs(scene: Scene, standin: Standin, conversation_id: int) -> None:
    """What could be read at last belongs to another conversation: the two are one, as had it been read at once.

    Where others have written to the stand-in's own conversation, or one of the two is spam, a person decides.
    """
    here, there = scene.talks[standin.conversation_id], scene.talks[conversation_id]
    apart = here.id != there.id and "spam" not in {here.status, there.status}
    if apart and standins.alone(scene.work.session, standin):
        scene.parted.append((here.id, there.id))


def pass_over(scene: Scene, sha256: bytes, reason: str) -> None:
    """Nothing is to be answered after all: the wait of what stood for these bytes ends by that."""
    standin = scene.standins.pop(sha256, None)
    talk = scene.talks.get(standin.conversation_id) if standin else None
    if standin and talk and talk.wait and talk.wait.message_id == standin.message_id:
        let_go(scene, talk, reason)
        scene.plan.touch(talk, snippet=talk.snippet, at=talk.updated_at)


def discarded(work: Work, row: Row, by: int, reason: str) -> None:
    """A teammate let go of the arrival: who wrote it waits no more, unless they wrote again."""
    standin = standins.of_raws(work.session, row.account_id, [row.sha256]).get(row.sha256)
    held = conversations.survivor(work.session, standin.conversation_id) if standin else None
    if standin is None or held is None:
        return
    here = replace(standin, conversation_id=held.id or 0)
    wait = waits.open_of(work.session, here.conversation_id)
    if wait is not None and wait.message_id == here.message_id and standins.alone(work.session, here):
        close(work, here.conversation_id, by, reason)


def was_erased(sha256: bytes) -> bool:
    """Whether these bytes only say that something was erased."""
    return sha256 == EMPTY
