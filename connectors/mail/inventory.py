"""Name all mails of an account, window by window, so that what a cursor can miss is found."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from connectors.contract import IdPage
from connectors.errors import Permanent
from connectors.mail import cursor as cursors

if TYPE_CHECKING:
    from connectors.mail.imap import Session

PAGE = 5000


def list_page(session: Session, folders: list[str], page: str | None) -> IdPage:
    """Name at most 5,000 mails. A page says in which folder and from which UID on it begins."""
    name, least = _read(page) if page else (folders[0], 1)
    if name not in folders:
        return IdPage([], None)
    try:
        folder = session.examine(name)
    except Permanent:
        if name == folders[0]:
            raise
        return IdPage([], _first_of_next(folders, name))
    uids, more = session.next_uids(folder, least, PAGE)
    following = json.dumps([name, uids[-1] + 1]) if more else _first_of_next(folders, name)
    return IdPage([cursors.name(name, folder.validity, uid) for uid in uids], following)


def _first_of_next(folders: list[str], name: str) -> str | None:
    rest = folders[folders.index(name) + 1 :]
    return json.dumps([rest[0], 1]) if rest else None


def _read(page: str) -> tuple[str, int]:
    try:
        name, least = json.loads(page)
        return str(name), int(least)
    except (ValueError, TypeError) as problem:
        raise Permanent("The stored page of the mailbox cannot be read.") from problem
