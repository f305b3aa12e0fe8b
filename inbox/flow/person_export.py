"""Everything we hold about one person, as a zip: JSON that any program reads, and their mails as they came.

    person.json                      who they are to us: names, addresses, attributes, notes
    conversations/12.json            what was said, noted and done, with its waits
    originals/12/34.eml              the raw mail of message 34
    files/12/34-1-picture.png        a file that a teammate added

Made conversation by conversation, so that memory stays bounded; named files appear only when they are whole.
"""

from __future__ import annotations

import json
import re
import secrets
import zipfile
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from inbox.flow import audit, erase
from inbox.flow.errors import NotFoundError
from inbox.flow.export import FORMAT, conversation_of
from inbox.say import say
from inbox.store import accounts, arrivals, belongings, contacts, data_jobs, erasing, exporting, teammates

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from inbox.flow.context import Context
    from inbox.store.db import Session, Work
    from inbox.store.exporting import Page
    from inbox.store.tables import Message

GONE = say("This export was fetched already, or waited too long. Make a new one.")
KEPT = timedelta(days=7)
"""How long the file waits to be fetched."""
_SAFE = re.compile(r"[^A-Za-z0-9._-]+")


def ask(work: Work, contact_id: int, by: int | None) -> int:
    """Queue the export of a person; returns the job."""
    contact = erase.find(work, contact_id)
    job_id = data_jobs.add(work, "export", {"contact": contact.id}, by)
    audit.record(work, by, "person.export_asked", contact=contact.id, job=job_id)
    return job_id


def write(
    context: Context, contact_id: int, folder: Path, progress: Callable[[int, int], None]
) -> tuple[str, dict[str, int]]:
    """Write the zip into a folder; returns its name there and what it holds."""
    with context.store.unit_of_work() as work:
        erase.find(work, contact_id)
    name = f"export-{contact_id}-{secrets.token_hex(8)}.zip"
    draft = folder / f"{name}.part"
    counts = {"conversations": 0, "messages": 0, "originals": 0, "files": 0}
    try:
        with draft.open("xb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as made:
            draft.chmod(0o600)
            _fill(context, contact_id, made, counts, progress)
        draft.rename(folder / name)
    finally:
        draft.unlink(missing_ok=True)
    return name, counts


def _fill(
    context: Context,
    contact_id: int,
    made: zipfile.ZipFile,
    counts: dict[str, int],
    progress: Callable[[int, int], None],
) -> None:
    with context.store.reading() as session:
        ids = belongings.one_person(session, contact_id)
        wanted = exporting.with_person(session, ids)
        made.writestr("person.json", _json(_person(session, ids)))
    for number, conversation_id in enumerate(wanted, 1):
        with context.store.reading() as session:
            page = exporting.page_of(session, [conversation_id])
            _conversation(session, made, page, set(ids), counts)
        progress(number, len(wanted))


def _person(session: Session, ids: list[int]) -> dict[str, Any]:
    known = [one for one in (contacts.get(session, contact_id) for contact_id in ids) if one]
    return {
        "format": FORMAT,
        "id": ids[0],
        "names": sorted({one.name for one in known}),
        "attributes": {key: value for one in reversed(known) for key, value in one.data.items()},
        "notes": [one.notes for one in known if one.notes],
        "known_since": min(one.created_at for one in known).isoformat(),
        "identities": [
            {"kind": one.kind, "value": one.value, "name": one.name}
            for contact_id in ids
            for one in contacts.identities_of(session, contact_id)
        ],
    }


def _conversation(session: Session, made: zipfile.ZipFile, page: Page, ids: set[int], counts: dict[str, int]) -> None:
    """Write one conversation. Where it is another's, only what this person wrote in it is theirs to have."""
    [row] = page.conversations
    row_id = row.id or 0
    if row.contact_id not in ids:
        page.messages[row_id] = [one for one in page.messages.get(row_id, []) if one.contact_id in ids]
        page.waits[row_id] = []
    team = teammates.names(session)
    addresses = {one.id: one.address for one in accounts.all_accounts(session)}
    told = conversation_of(page, row, team, addresses.get(row.account_id, ""))
    if row.contact_id not in ids:
        told = {key: told[key] for key in ("format", "id", "channel", "subject", "messages")}
    made.writestr(f"conversations/{row_id}.json", _json(told))
    counts["conversations"] += 1
    for message in page.messages.get(row_id, []):
        _originals(session, made, page, message, counts)


def _originals(session: Session, made: zipfile.ZipFile, page: Page, message: Message, counts: dict[str, int]) -> None:
    counts["messages"] += message.kind == "message"
    kept = message.raw_sha256 not in {None, erasing.EMPTY}
    raw = arrivals.raw(session, message.raw_sha256 or b"") if kept else None
    if raw:
        made.writestr(f"originals/{message.conversation_id}/{message.id}.eml", raw)
        counts["originals"] += 1
    for file in page.attachments.get(message.id or 0, []):
        data = arrivals.raw(session, file.blob_sha256) if file.blob_sha256 else None
        if data is not None:
            name = _SAFE.sub("_", file.filename).strip("._")[-100:] or "file"
            made.writestr(f"files/{message.conversation_id}/{message.id}-{file.position}-{name}", data)
            counts["files"] += 1


def _json(value: object) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False, default=str)


def take(work: Work, job_id: int, by: int | None) -> str:
    """Give out a finished export, once; returns the name of its file, which is the caller's to delete then."""
    job = data_jobs.held(work, job_id)
    if job is None or job.kind != "export" or job.state != "done" or not job.file:
        raise NotFoundError(GONE)
    name, job.file = job.file, ""
    audit.record(work, by, "person.export_fetched", contact=job.asked.get("contact"), job=job_id)
    return name


def drop_files_of(context: Context, folder: Path, contact_id: int) -> None:
    """Delete what was exported of a person."""
    with context.store.unit_of_work() as work:
        for job in data_jobs.with_file(work.session):
            if job.kind == "export" and job.asked.get("contact") == contact_id:
                (folder / job.file).unlink(missing_ok=True)
                job.file = ""
