"""Writing: replies, forwards, notes, and how they will look."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, Request, UploadFile
from fastapi.responses import Response

from connectors import contract
from connectors.contract import Handle
from inbox.flow import reply as replies
from inbox.flow.context import Context
from inbox.flow.errors import ConflictError, FlowError, RefusedError
from inbox.flow.reply import Draft, TooLateError
from inbox.flow.sign_in import Signed
from inbox.say import say
from inbox.store import accounts
from inbox.web import prose
from inbox.web.deps import House, Me
from inbox.web.errors import sentence
from inbox.web.outcome import Undo, changed, known
from inbox.web.pages.conversations import tell
from inbox.web.render import fragment, page, zone_of
from inbox.web.story import Story
from inbox.web.words import _
from inbox.web.writing import moment
from rules import limits

router = APIRouter()
Text = Annotated[str, Form(max_length=300_000)]
Short = Annotated[str, Form(max_length=4000)]
MOST_UNDO = 60
_ADDRESS = re.compile(r"[^@\s,<>\x00-\x1f\x7f]{1,64}@[^@\s,<>\x00-\x1f\x7f]{1,190}")
_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")
_TYPE = re.compile(r"[a-z]{2,20}/[a-z0-9.+-]{1,80}")


@dataclass(frozen=True, slots=True)
class After:
    """What follows a reply: "close", "later:2026-11-23T09:00", …; at: a time typed in; view: the list one works in."""

    then: str = ""
    at: str = ""
    view: str = ""


def after(then: Short = "", at: Short = "", view: Short = "") -> After:
    """Read what is to follow."""
    return After(then, at, view)


@dataclass(frozen=True, slots=True)
class Written:
    """What the reply's form holds."""

    text: str
    after: After
    key: str = ""
    version: int = 0
    to: str = ""
    cc: str = ""
    kind: str = "reply"
    files: Sequence[UploadFile] = ()

    @property
    def view(self) -> str:
        """The list one works in."""
        return self.after.view


def written(
    follows: Annotated[After, Depends(after)],
    text: Text = "",
    key: Short = "",
    version: Annotated[int, Form()] = 0,
    to: Short = "",
    cc: Short = "",
    kind: Short = "reply",
    files: Annotated[Sequence[UploadFile], File()] = (),
) -> Written:
    """Read the reply's form."""
    return Written(text, follows, key, version, to, cc, kind, files)


@router.post("/conversations/{conversation_id}/reply")
def reply(
    request: Request, house: House, me: Me, conversation_id: int, given: Annotated[Written, Depends(written)]
) -> Response:
    """Queue a reply. The same key twice is one reply; a reply to an older state of things is held back."""
    try:
        draft = _draft(house, conversation_id, me, given, zone_of(request))
        with house.store.unit_of_work() as work:
            message_id = replies.queue_reply(work, house.vault, draft)
    except FlowError as error:
        return _held_back(request, house, me, conversation_id, given, error)
    house.bells.queued.ring()
    undo = Undo(f"/messages/{message_id}/undo", lasts=max(9, int(draft.hold.total_seconds())))
    return _written(request, house, me, conversation_id, given.view, _said(draft), undo)


def _said(draft: Draft) -> str:
    if draft.send_at is not None:
        return _("It leaves at the time you chose.")
    return _("Forwarded.") if draft.forward else _("Your reply is on its way.")


def _draft(house: Context, conversation_id: int, me: Signed, given: Written, zone: tzinfo) -> Draft:
    what, _colon, when = given.after.then.partition(":")
    at = _moment(when or given.after.at, zone) if what in {"later", "late", "snooze"} else None
    return Draft(
        conversation_id,
        me.id,
        unix(given.text),
        f"reply-{me.id}-{_checked(given.key)}",
        to=_people(given.to),
        cc=_people(given.cc),
        files=_files(given.files),
        expected_version=given.version,
        close=what == "close",
        snooze=at if what == "snooze" else None,
        hold=_hold(house, conversation_id, me),
        send_at=at if what in {"later", "late"} else None,
        late=what == "late",
        forward=given.kind == "forward",
        kept=True,
    )


def _moment(text: str, zone: tzinfo) -> datetime:
    found = moment(text, zone)
    if found is None:
        raise RefusedError(say("Choose a day and a time."))
    return found


def _hold(house: Context, conversation_id: int, me: Signed) -> timedelta:
    """Return how long a reply can be undone: as the teammate chose, else as the channel bears it."""
    with house.store.reading() as session:
        place = accounts.of_conversation(session, conversation_id)
    channel = limits.of(place[0] if place else "mail").hold
    chosen = me.preferences.get("undo_seconds")
    if not isinstance(chosen, int):
        return channel
    return min(timedelta(seconds=min(max(chosen, 0), MOST_UNDO)), max(channel, timedelta(seconds=MOST_UNDO)))


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
            replies.add_note(work, conversation_id, me.id, unix(text))
    except FlowError as error:
        given = Written(text, After(view=view), kind="note")
        return _held_back(request, house, me, conversation_id, given, error)
    return _written(request, house, me, conversation_id, view, _("Noted."))


@router.post("/preview")
def preview(request: Request, me: Me, text: Text = "", signature: Text = "") -> Response:
    """Show how Markdown will look; changes nothing, and is a POST since drafts are long."""
    return fragment(
        request, "inbox/preview.html", me=me, body=prose.markdown(unix(text)), signature=prose.plain(unix(signature))
    )


def _written(
    request: Request, house: Context, me: Me, conversation_id: int, view: str, said: str, undo: Undo | None = None
) -> Response:
    """Show the timeline with what was just written, and an empty composer."""
    if request.headers.get("hx-request") != "true":
        return changed(request, house, me, conversation_id, view, said)
    told = tell(request, house, conversation_id)
    shown: dict[str, Any] = {"view": known(view), "story": told, "version": None, "undo": undo, "said": said}
    return fragment(request, "inbox/written.html", me=me, typed="", cc="", tab="reply", problem="", **shown)


def _held_back(
    request: Request, house: Context, me: Me, conversation_id: int, given: Written, error: FlowError
) -> Response:
    """Keep what was typed; show what is new, and say why nothing was sent."""
    conflict = isinstance(error, ConflictError)
    told = tell(request, house, conversation_id)
    said = _who_wrote(told, me) if conflict else sentence(error)
    shown: dict[str, Any] = {"view": known(given.view), "story": told, "problem": said, "conflict": conflict}
    late = isinstance(error, TooLateError)
    chosen = given.after.then.partition(":")[2] or given.after.at
    shown |= {"late": late, "then": f"late:{chosen}" if late else given.after.then}
    status = 409 if conflict else 422
    if request.headers.get("hx-request") == "true":
        return fragment(request, "inbox/held.html", me=me, status=status, said="", undo=None, **shown)
    typed = {"typed": given.text, "cc": given.cc, "tab": given.kind}
    return page(request, "inbox/alone.html", me=me, status=status, **shown, **typed)


def _who_wrote(told: Story, me: Signed) -> str:
    """Say who was quicker."""
    newest = next((entry for entry in reversed(told.entries) if entry.message.kind == "message"), None)
    if newest is None:
        return _("Something new arrived while you were writing. Read it first, then send or discard yours.")
    if newest.message.teammate_id == me.id:
        return _("You answered here yourself, in another tab. Read it first, then send or discard this one.")
    if newest.message.direction == "out":
        return _("{name} answered {contact} while you were writing. Read it first, then send or discard yours.").format(
            name=newest.who, contact=told.row.contact
        )
    return _("{name} wrote while you were writing. Read it first, then send or discard yours.").format(name=newest.who)


def _checked(key: str) -> str:
    return key if _KEY.fullmatch(key) else secrets.token_urlsafe(16)


def unix(text: str) -> str:
    """Give every line the line end we use; browsers send another."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _people(typed: str) -> tuple[Handle, ...]:
    wanted = [part.strip().lower() for part in re.split(r"[,;\s]+", typed) if part.strip()]
    wrong = [part for part in wanted if not _ADDRESS.fullmatch(part)]
    if wrong:
        raise RefusedError(say("“{address}” is not a mail address.", address=wrong[0][:80]))
    return tuple(Handle("mail", part) for part in dict.fromkeys(wanted))


def people_of(typed: str) -> list[dict[str, str]]:
    """Read the addresses of a draft; what is not one yet is left out."""
    parts = [part.strip().lower() for part in re.split(r"[,;\s]+", typed) if _ADDRESS.fullmatch(part.strip())]
    return [{"kind": "mail", "value": part, "name": ""} for part in dict.fromkeys(parts)]


def _files(uploads: Sequence[UploadFile]) -> tuple[contract.File, ...]:
    return tuple(file_of(upload) for upload in uploads if upload.filename)


def file_of(upload: UploadFile) -> contract.File:
    """Take in a file that a browser sends: its name is a name only, its kind is what a kind looks like."""
    name = "".join(c for c in (upload.filename or "") if c.isprintable()).replace("\\", "/").rpartition("/")[2]
    kind = (upload.content_type or "").partition(";")[0].strip().lower()
    data = upload.file.read(replies.MAX_FILES_BYTES + 1)
    return contract.File(name[:200] or _("file"), kind if _TYPE.fullmatch(kind) else "application/octet-stream", data)
