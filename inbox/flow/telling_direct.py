"""Tell browsers by push, and the team's webhook: what leaves from here and not through the outbox.

A message is taken in hand in one transaction, sent outside any, and written down in another. Whoever dies in between
held a lease: another tries when it is over, with the same matters under the same id. A browser shows the second copy in
the place of the first; a receiver of the webhook knows it by its id.
"""

from __future__ import annotations

import hashlib
import json
import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from inbox.flow import business, outward, push, reach
from inbox.flow.errors import RefusedError
from inbox.flow.notice_words import discreet
from inbox.flow.review import zone
from inbox.flow.telling_out import Message, failed, messages
from inbox.flow.telling_words import facts, for_a_room, headline
from inbox.say import say
from inbox.store import notices, teammates, telling_sends
from inbox.vault import VaultError
from rules import zones

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo

    from inbox.flow.context import Context
    from inbox.flow.telling_words import Item
    from inbox.say import Said
    from inbox.store.tables import Teammate

BY_US = ("push", "webhook")
GIVE_UP = timedelta(minutes=10)
"""After so long in vain the next means is tried."""
AGAIN = timedelta(minutes=1)
AT_ONCE = 4
"""Messages under way at the same time: one service that hangs must not keep the others waiting."""
LISTED = 20
TAKEN = range(200, 300)
STRICT = frozenset({"chat.googleapis.com"})
"""They refuse a body in which anything but the text stands; the header alone has the id there."""

log = logging.getLogger(__name__)


def send_due(context: Context, post: Callable[..., outward.Answer] = outward.post) -> int:
    """Send what is due by push and to the webhook; returns how many messages."""
    with context.store.unit_of_work() as work:
        taken = list(messages(work, BY_US))
        for message in taken:
            telling_sends.hand(work, message.ids, message.key)
    if len(taken) == 1:
        _send(context, taken[0], post)
    elif taken:
        with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="ladder") as pool:
            list(pool.map(lambda one: _send(context, one, post), taken))
    return len(taken)


def _send(context: Context, message: Message, post: Callable[..., outward.Answer]) -> None:
    try:
        problem = _push(context, message, post) if message.means == "push" else _hook(context, message, post)
    except (outward.UnreachableError, VaultError) as error:
        _later(context, message, str(error))
    except RefusedError as error:
        _settle(context, message, str(error))
    else:
        _settle(context, message, problem)


def _settle(context: Context, message: Message, problem: str) -> None:
    with context.store.unit_of_work() as work:
        if problem:
            failed(work, message.ids, problem)
        else:
            telling_sends.end(work, message.ids, "sent")


def _later(context: Context, message: Message, problem: str) -> None:
    """Try again in a minute; the next means takes over from what was in vain for too long."""
    log.warning("A message of the ladder was not taken (%s).", message.means)
    with context.store.unit_of_work() as work:
        late = [one.id for one in message.due if work.now - one.at >= GIVE_UP]
        telling_sends.again(work, [one for one in message.ids if one not in late], work.now + AGAIN, problem, same=True)
        if late:
            failed(work, late, problem)


def _push(context: Context, message: Message, post: Callable[..., outward.Answer]) -> str:
    with context.store.reading() as session:
        owner = teammates.get(session, message.person)
        browsers, home = notices.browsers_of(session, [message.person]), zone(session)
    if owner is None or owner.disabled_at is not None or not browsers:
        return str(say("No browser of theirs may be told."))
    path = message.items[0].path if len(message.items) == 1 else "/notices"
    said, name = _said(message.items, context, owner, home), known_by(context, message.key)
    return push.reach(context, browsers, push.message(context, owner, said, name, path), post, topic=name)


def _said(items: list[Item], context: Context, owner: Teammate, home: tzinfo) -> Said:
    now = context.clock()
    if owner.preferences.get("push_names") is True or len(items) > 1:
        return headline(items, now, zones.named(owner.zone) or home)
    scene = items[0].scene
    return discreet("ladder", facts(scene, now)) if scene else discreet("outage", {})


def _hook(context: Context, message: Message, post: Callable[..., outward.Answer]) -> str:
    """Post {"text": …}, a line for each; links name no person, for everybody in that room reads them."""
    with context.store.reading() as session:
        url, language, here = reach.hook(session, context.vault), business.read(session).language, zone(session)
    if not url:
        return str(say("No webhook is set."))
    now, home = context.clock(), context.settings.public_url
    lines = [
        f"{for_a_room(context.voice(language, one.said(now, here)))} {home}{one.path}" for one in message.items[:LISTED]
    ]
    rest = len(message.items) - LISTED
    if rest > 0:
        lines.append(context.voice(language, say("And {n} more: {link}", n=rest, link=f"{home}/inbox/waiting")))
    return tell_room(context, url, "\n".join(lines), known_by(context, message.key), post)


def tell_room(context: Context, url: str, text: str, name: str, post: Callable[..., outward.Answer]) -> str:
    """Post a text to the team's webhook. Returns "" when it was taken, else why not; UnreachableError: perhaps later.

    name: the id of the message, the same at every try, in a header and in the body.
    """
    said = {"text": text} if urlsplit(url).hostname in STRICT else {"text": text, "id": name}
    headers = {"content-type": "application/json", "user-agent": "Under24", "webhook-id": name}
    answer = post(url, json.dumps(said).encode(), headers, loopback=context.settings.webhooks_loopback)
    if answer.status in TAKEN:
        return ""
    why = say("The webhook answered {status}.", status=answer.status)
    if answer.status in {404, 410, 401, 403}:
        return str(why)
    raise outward.UnreachableError(why)


def known_by(context: Context, key: str) -> str:
    """Return the id of a message for those who receive it: the same for one key of this house, and of no other."""
    return hashlib.sha256(f"{context.settings.public_url} {key}".encode()).hexdigest()[:32]
