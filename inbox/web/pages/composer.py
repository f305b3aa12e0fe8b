"""Writing: replies, notes, and how they will look."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, Request, UploadFile
from fastapi.responses import Response

from connectors import contract
from connectors.contract import Handle
from inbox.flow import reply as replies
from inbox.flow.context import Context
from inbox.flow.errors import ConflictError, FlowError, RefusedError
from inbox.flow.reply import Draft
from inbox.flow.sign_in import Signed
from inbox.web import prose
from inbox.web.deps import House, Me
from inbox.web.errors import sentence
from inbox.web.outcome import changed, known
from inbox.web.pages.conversations import tell
from inbox.web.render import fragment, page
from inbox.web.story import Story
from inbox.web.words import _

router = APIRouter()
Text = Annotated[str, Form(max_length=300_000)]
Short = Annotated[str, Form(max_length=4000)]
_ADDRESS = re.compile(r"[^@\s,<>\x00-\x1f\x7f]{1,64}@[^@\s,<>\x00-\x1f\x7f]{1,190}")
_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")
_TYPE = re.compile(r"[a-z]{2,20}/[a-z0-9.+-]{1,80}")


@dataclass(frozen=True, slots=True)
class Written:
    """What the reply's form holds."""

    text: str
    key: str
    version: int
    cc: str
    then: str
    view: str
    files: Sequence[UploadFile]


def written(
    text: Text = "",
    key: Short = "",
    version: Annotated[int, Form()] = 0,
    cc: Short = "",
    then: Short = "",
    view: Short = "",
    files: Annotated[Sequence[UploadFile], File()] = (),
) -> Written:
    """Read the reply's form."""
    return Written(text, key, version, cc, then, view, files)


@router.post("/conversations/{conversation_id}/reply")
def reply(
    request: Request, house: House, me: Me, conversation_id: int, given: Annotated[Written, Depends(written)]
) -> Response:
    """Queue a reply. The same key twice is one reply; a reply to an older state of things is held back."""
    try:
        draft = _draft(conversation_id, me, given)
        with house.store.unit_of_work() as work:
            replies.queue_reply(work, house.vault, draft)
    except FlowError as error:
        kept = {"typed": given.text, "cc": given.cc, "tab": "reply"}
        return _held_back(request, house, me, conversation_id, given.view, error, kept)
    house.bells.queued.ring()
    return _written(request, house, me, conversation_id, given.view, _("Your reply is on its way."))


def _draft(conversation_id: int, me: Signed, given: Written) -> Draft:
    return Draft(
        conversation_id,
        me.id,
        _unix(given.text),
        f"reply-{me.id}-{_checked(given.key)}",
        cc=_people(given.cc),
        files=_files(given.files),
        expected_version=given.version,
        close=given.then == "close",
    )


@router.post("/conversations/{conversation_id}/note")
def note(
    request: Request,
    house: House,
    me: Me,
    conversation_id: int,
    text: Text = "",
    view: Short = "",
) -> Response:
    """Add a note for the team."""
    try:
        with house.store.unit_of_work() as work:
            replies.add_note(work, conversation_id, me.id, _unix(text))
    except FlowError as error:
        return _held_back(request, house, me, conversation_id, view, error, {"typed": text, "cc": "", "tab": "note"})
    return _written(request, house, me, conversation_id, view, _("Noted."))


@router.post("/preview")
def preview(request: Request, me: Me, text: Text = "") -> Response:
    """Show how Markdown will look; changes nothing, and is a POST since drafts are long."""
    return fragment(request, "inbox/preview.html", me=me, body=prose.markdown(_unix(text)))


def _written(request: Request, house: Context, me: Me, conversation_id: int, view: str, said: str) -> Response:
    """Show the timeline with what was just written, and an empty composer."""
    if request.headers.get("hx-request") != "true":
        return changed(request, house, me, conversation_id, view, said)
    told = tell(request, house, conversation_id)
    shown: dict[str, Any] = {"view": known(view), "story": told, "version": None, "undo": None, "said": said}
    return fragment(request, "inbox/written.html", me=me, typed="", cc="", tab="reply", problem="", **shown)


def _held_back(
    request: Request,
    house: Context,
    me: Me,
    conversation_id: int,
    view: str,
    error: FlowError,
    typed: dict[str, str],
) -> Response:
    """Keep what was typed; show what is new, and say why nothing was sent."""
    conflict = isinstance(error, ConflictError)
    told = tell(request, house, conversation_id)
    said = _who_wrote(told, me) if conflict else sentence(error)
    shown: dict[str, Any] = {"view": known(view), "story": told, "problem": said, "conflict": conflict}
    status = 409 if conflict else 422
    if request.headers.get("hx-request") == "true":
        return fragment(request, "inbox/held.html", me=me, status=status, said="", undo=None, **shown)
    return page(request, "inbox/alone.html", me=me, status=status, **shown, **typed)


def _who_wrote(told: Story, me: Signed) -> str:
    """Say who was quicker."""
    newest = next((entry for entry in reversed(told.entries) if entry.message.kind != "event"), None)
    if newest is None or newest.message.teammate_id == me.id:
        return _("Something new arrived while you were writing. Read it first, then send or discard yours.")
    return _("{name} wrote while you were writing. Read it first, then send or discard yours.").format(name=newest.who)


def _checked(key: str) -> str:
    return key if _KEY.fullmatch(key) else secrets.token_urlsafe(16)


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _people(cc: str) -> tuple[Handle, ...]:
    wanted = [part.strip().lower() for part in re.split(r"[,;\s]+", cc) if part.strip()]
    wrong = [part for part in wanted if not _ADDRESS.fullmatch(part)]
    if wrong:
        raise RefusedError(_("“{address}” is not a mail address.").format(address=wrong[0][:80]))
    return tuple(Handle("mail", part) for part in dict.fromkeys(wanted))


def _files(uploads: Sequence[UploadFile]) -> tuple[contract.File, ...]:
    return tuple(_file(upload) for upload in uploads if upload.filename)


def _file(upload: UploadFile) -> contract.File:
    name = "".join(c for c in (upload.filename or "") if c.isprintable()).replace("\\", "/").rpartition("/")[2]
    kind = (upload.content_type or "").partition(";")[0].strip().lower()
    data = upload.file.read(replies.MAX_FILES_BYTES + 1)
    return contract.File(name[:200] or _("file"), kind if _TYPE.fullmatch(kind) else "application/octet-stream", data)
