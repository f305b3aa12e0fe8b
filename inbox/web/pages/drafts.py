"""What is typed and not sent: kept on the server while it is typed, with its files; and taken back before it left."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, Request, UploadFile
from fastapi.responses import JSONResponse, Response

from connectors import contract
from inbox.flow import drafts, saved_replies, undo
from inbox.flow.context import Context
from inbox.flow.drafts import GoneError, Typed, WrittenElsewhereError
from inbox.flow.errors import FlowError, NotFoundError, RefusedError
from inbox.flow.reply import MAX_FILES_BYTES
from inbox.say import say
from inbox.store import messages, replies
from inbox.store.db import Work
from inbox.store.tables import Attachment
from inbox.web import originals
from inbox.web.deps import House, Me
from inbox.web.errors import STATUS, sentence
from inbox.web.outcome import changed, known
from inbox.web.pages.composer import Short, Text, file_of, people_of, unix
from inbox.web.pages.conversations import tell
from inbox.web.render import done, fragment, zone_of
from inbox.web.words import _, full
from inbox.web.writing import KINDS
from rules import variables

router = APIRouter()
HERE = "/conversations/{conversation_id}/draft"
Kind = Annotated[str, Form(pattern=f"^({'|'.join(KINDS)})$")]
Number = Annotated[int, Form(ge=0, le=2**31 - 1)]
FOUND = 20


@dataclass(frozen=True, slots=True)
class Kept:
    """What a script sends while somebody types. draft: the version it goes on from; version: the conversation's."""

    text: str
    kind: str
    draft: int
    version: int
    key: str
    people: dict[str, list[dict[str, str]]]


def kept(
    text: Text = "",
    kind: Kind = "reply",
    draft: Number = 0,
    version: Number = 0,
    key: Short = "",
    to: Short = "",
    cc: Short = "",
) -> Kept:
    """Read it."""
    return Kept(unix(text), kind, draft, version, key, {"to": people_of(to), "cc": people_of(cc)})


@router.post(HERE)
def save(house: House, me: Me, conversation_id: int, given: Annotated[Kept, Depends(kept)]) -> Response:
    """Keep what was typed; 409 when another tab or device has changed or ended the draft."""
    key = f"reply-{me.id}-{given.key}" if given.key else ""
    typed = Typed(conversation_id, me.id, given.kind, given.text, given.draft, key, given.version, given.people)
    return _json(house, lambda work: {"draft": drafts.save(work, typed).version})


@router.post(HERE + "/discard")
def discard(
    request: Request, house: House, me: Me, conversation_id: int, kind: Kind = "reply", view: Short = ""
) -> Response:
    """Throw a draft away; the page then shows what else is being written."""
    if request.headers.get("hx-request") == "true":
        with house.store.unit_of_work() as work:
            drafts.discard(work, conversation_id, me.id, kind)
        return _again(request, house, me, conversation_id, view, _("Draft discarded."))
    return _json(house, lambda work: drafts.discard(work, conversation_id, me.id, kind))


@router.post(HERE + "/restore")
def restore(house: House, me: Me, conversation_id: int, kind: Kind = "reply") -> Response:
    """Bring back a draft that was thrown away."""

    def back(work: Work) -> dict[str, Any]:
        found = drafts.restore(work, conversation_id, me.id, kind)
        return {"draft": found.version, "text": found.text}

    return _json(house, back)


@router.post(HERE + "/share")
def share(house: House, me: Me, conversation_id: int, kind: Kind = "reply", on: Short = "") -> Response:
    """Show a draft to the team, or to nobody else any more."""
    return _json(house, lambda work: drafts.share(work, conversation_id, me.id, kind, on=bool(on)))


@router.post("/drafts/{draft_id}/take")
def take(request: Request, house: House, me: Me, draft_id: int, view: Short = "") -> Response:
    """Go on with what a colleague shared."""
    with house.store.unit_of_work() as work:
        found = drafts.take_over(work, draft_id, me.id)
        conversation_id = found.conversation_id
    return _again(request, house, me, conversation_id, view, _("It is your draft now."))


@router.post(HERE + "/files")
def add_file(
    house: House, me: Me, conversation_id: int, file: Annotated[UploadFile, File()], kind: Kind = "reply"
) -> Response:
    """Keep a file with a draft."""

    def keep(work: Work) -> dict[str, Any]:
        row = drafts.add_file(work, conversation_id, me.id, kind, file_of(file))
        return {"id": row.id, "name": row.filename, "size": row.size, "draft": drafts.version(work, row)}

    return _json(house, keep)


@router.post("/draft-files/{file_id}/remove")
def remove_file(house: House, me: Me, file_id: int) -> Response:
    """Take a file out of one's draft."""
    return _json(house, lambda work: drafts.remove_file(work, file_id, me.id))


def _json(house: Context, act: Callable[[Work], dict[str, Any] | None]) -> Response:
    """Answer a script: what came of it, or one sentence why not, and what stands there instead."""
    try:
        with house.store.unit_of_work() as work:
            return JSONResponse(act(work) or {})
    except WrittenElsewhereError as error:
        there = error.theirs
        return JSONResponse({"problem": sentence(error), "theirs": there.text, "draft": there.version}, 409)
    except GoneError as error:
        return JSONResponse({"problem": sentence(error), "gone": True}, 409)
    except FlowError as error:
        status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 422)
        return JSONResponse({"problem": sentence(error)}, status)


@router.post("/messages/{message_id}/undo")
def take_back(request: Request, house: House, me: Me, message_id: int, view: Short = "") -> Response:
    """Take a reply back that has not left: its text is a draft again."""
    with house.store.unit_of_work() as work:
        conversation_id = undo.take_back(work, message_id, me.id)
    return _again(request, house, me, conversation_id, view, _("Taken back. It is a draft again."))


@router.post("/messages/{message_id}/now")
def send_now(request: Request, house: House, me: Me, message_id: int, view: Short = "") -> Response:
    """Let a reply leave at once that waits for its hour."""
    with house.store.unit_of_work() as work:
        conversation_id = undo.send_now(work, message_id, me.id)
    house.bells.queued.ring()
    return changed(request, house, me, conversation_id, view, _("Your reply is on its way."))


@router.post("/messages/{message_id}/forward")
def forward(request: Request, house: House, me: Me, message_id: int, view: Short = "") -> Response:
    """Begin to pass a message on to somebody else, with its files."""
    with house.store.reading() as session:
        message = messages.get(session, message_id)
        attached = messages.attachments_of(session, [message_id]).get(message_id, [])
    if message is None or message.kind != "message":
        raise NotFoundError(say("This message is not there any more."))
    files = [contract.File(row.filename, row.content_type, data) for row, data in _opened(house, attached)]
    sender = message.people.get("from") or {}
    head = "\n".join(
        [
            _("---------- Forwarded message ----------"),
            _("From: {name} <{address}>").format(name=sender.get("name", ""), address=sender.get("value", "")),
            _("Date: {at}").format(at=full(message.at, zone_of(request))),
            _("Subject: {subject}").format(subject=message.subject),
        ]
    )
    with house.store.unit_of_work() as work:
        drafts.begin_forward(work, message, me.id, head, files)
    return _again(request, house, me, message.conversation_id, view, "")


def _opened(house: Context, attached: list[Attachment]) -> list[tuple[Attachment, bytes]]:
    """Return the files whose bytes are there; what a mail only names cannot be passed on."""
    return [originals.file(house, row.id or 0) for row in attached if row.size <= MAX_FILES_BYTES]


def _again(request: Request, house: Context, me: Me, conversation_id: int, view: str, said: str) -> Response:
    """Show the conversation with the composer as it is now; from elsewhere, go there."""
    here = request.headers.get("hx-current-url", "").split("?")[0].rstrip("/").rpartition("/")[2]
    if request.headers.get("hx-request") != "true" or here != str(conversation_id):
        return done(request, f"/inbox/{known(view)}/{conversation_id}", said)
    told = tell(request, house, conversation_id)
    shown: dict[str, Any] = {"view": known(view), "story": told, "version": None, "undo": None, "said": said}
    return fragment(request, "inbox/written.html", me=me, typed="", cc="", tab="", problem="", **shown)


@router.get("/composer/replies.json")
def find_replies(house: House, me: Me, q: str = "", conversation: int = 0) -> Response:
    """Find saved replies by their words, filled in for a conversation."""
    with house.store.reading() as session:
        found = saved_replies.search(session, me.id, q[:200], FOUND)
        known_values = saved_replies.known(session, conversation, me.id) if conversation else {}
    told = [
        {"id": one.id, "name": one.name, "folder": one.folder, "text": variables.fill(one.text, known_values)}
        for one in found
    ]
    return JSONResponse(told)


@router.post("/composer/replies/{reply_id}/used")
def used(house: House, me: Me, reply_id: int) -> Response:
    """Count that a saved reply was put into an answer."""
    with house.store.reading() as session:
        if replies.get(session, reply_id, me.id) is None:
            raise RefusedError(say("This saved reply is not there any more."))
    return _json(house, lambda work: saved_replies.use(work, reply_id, me.id))
