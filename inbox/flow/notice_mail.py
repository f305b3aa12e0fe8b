"""Mail what somebody wanted to be mailed: one letter for all that is due, each notice in one letter only."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from inbox.flow.errors import RefusedError
from inbox.flow.letters import queue_letter
from inbox.flow.notice_words import sentence
from inbox.flow.plain import plain
from inbox.say import say
from inbox.store import notices, teammates

if TYPE_CHECKING:
    from inbox.flow.context import Context
    from inbox.say import Said
    from inbox.store.db import Work
    from inbox.store.notices import Due
    from inbox.store.tables import Teammate

BATCH = 200
LISTED = 20
AGAIN = timedelta(minutes=15)
GIVE_UP = timedelta(days=1)


def send_due(context: Context) -> int:
    """Queue a letter for each teammate who has notices to be mailed; returns how many notices were settled."""
    with context.store.unit_of_work() as work:
        due = notices.due(work, "mail", BATCH)
        unread = [one for one in due if one.notice.read_at is None]
        notices.end(work, [one.send_id for one in due if one.notice.read_at is not None], "skipped")
        for teammate_id in dict.fromkeys(one.notice.teammate_id for one in unread):
            _write(context, work, teammate_id, [one for one in unread if one.notice.teammate_id == teammate_id])
        return len(due)


def _write(context: Context, work: Work, teammate_id: int, due: list[Due]) -> None:
    ids = [one.send_id for one in due]
    teammate = teammates.get(work.session, teammate_id)
    if teammate is None or teammate.disabled_at is not None:
        notices.end(work, ids, "skipped", "They left.")
        return
    try:
        queue_letter(work, teammate.mail, *_letter(context, teammate, due), key=f"notices:{min(ids)}")
    except RefusedError as error:
        late = [one.send_id for one in due if work.now - one.queued_at > GIVE_UP]
        notices.end(work, late, "failed", str(error))
        notices.put_off(work, [number for number in ids if number not in late], work.now + AGAIN, str(error))
        return
    notices.end(work, ids, "sent")


def _letter(context: Context, teammate: Teammate, due: list[Due]) -> tuple[str, str]:
    """Write the letter in the teammate's language: a line and a link for each notice, the newest first."""

    def tell(sentence: Said) -> str:
        return context.voice(teammate.language, sentence)

    told = [(tell(sentence(one.notice.kind, one.notice.data)), one.notice) for one in reversed(due)]
    many = say("{n} things wait for you in Under24", n=len(told))
    subject = told[0][0] if len(told) == 1 else tell(many)
    url = context.settings.public_url
    lines = [
        f"- {plain(text)} {plain(str(notice.data.get('subject') or ''))}\n  {url}/inbox/all/{notice.conversation_id}"
        for text, notice in told[:LISTED]
    ]
    foot = tell(say("You choose what is mailed to you here:"))
    more = [f"{url}/notices"] if len(told) > LISTED else []
    return subject, "\n".join([*lines, *more, "", f"{foot} {url}/settings/notices"])
