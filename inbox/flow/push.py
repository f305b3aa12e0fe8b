"""Web Push (RFC 8030, 8291, 8292): tell a browser while no page of ours is open.

A message says little, and opens a page. It may arrive twice if we die in between; its tag makes a browser show one.
The address of a push service was typed by somebody's browser, so it is called like any stranger's: see outward.
"""

from __future__ import annotations

import base64
import binascii
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from inbox.flow import outward
from inbox.flow.errors import RefusedError
from inbox.flow.notice_words import discreet, sentence
from inbox.say import Said, say
from inbox.store import accounts, notices, teammates
from inbox.store.tables import PushSubscription, Setting
from inbox.store.tools import insert_new
from inbox.vault import VaultError

if TYPE_CHECKING:
    from inbox.flow.context import Context
    from inbox.store.db import Session, Work
    from inbox.store.notices import Due
    from inbox.store.tables import Teammate
    from inbox.vault import Vault

KEYS = "push.keys"
BATCH = 20
MOST_BROWSERS = 10
ONE_BY_ONE = 3
"""So many messages to one browser are sent each for itself; more become one that counts them."""
LEASE = timedelta(minutes=6)
LIVES = timedelta(hours=6)
SIGNED_FOR = timedelta(hours=12)
GIVE_UP = timedelta(days=1)
LONGEST_PAUSE = timedelta(hours=2)
GONE = frozenset({404, 410})
TAKEN = range(200, 300)
LATER = frozenset({408, 425, 429})
BUNDLE = "notices"
"""What a message about many is called: a browser shows the newest such alone."""

Post = Callable[..., outward.Answer]

log = logging.getLogger(__name__)


# Keys and browsers ----------------------------------------------------------------------------------------------------


def public_key(work: Work, vault: Vault) -> str:
    """Return the key by which push services know us; the pair is made once and its private half is sealed."""
    if work.session.get(Setting, KEYS) is None:
        insert_new(work, Setting, [{"key": KEYS, "value": _new_pair(vault)}])
    return str(work.session.get_one(Setting, KEYS, populate_existing=True).value["public"])


def _new_pair(vault: Vault) -> dict[str, str]:
    pair = ec.generate_private_key(ec.SECP256R1())
    point = pair.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    secret = pair.private_numbers().private_value.to_bytes(32, "big")
    return {"public": _text(point), "sealed": vault.lock({"private": _text(secret)}).hex()}


def subscribe(work: Work, by: int, endpoint: str, p256dh: str, auth: str, browser: str) -> None:
    """Remember a browser that may be told; it belongs to whoever is signed in there now. RefusedError."""
    outward.shaped(endpoint)
    point, secret = _bytes(p256dh), _bytes(auth)
    if len(point) != 65 or point[0] != 4 or len(secret) != 16:
        raise RefusedError(say("This browser's keys cannot be read."))
    known = notices.browser_at(work.session, endpoint)
    if known is None and len(notices.browsers_of(work.session, [by])) >= MOST_BROWSERS:
        raise RefusedError(say("You have {n} browsers already: take one off first.", n=MOST_BROWSERS))
    row = known or PushSubscription(endpoint=endpoint, teammate_id=by, p256dh="", auth="", created_at=work.now)
    row.teammate_id, row.p256dh, row.auth, row.browser = by, _text(point), _text(secret), browser[:80]
    work.session.add(row)
    work.session.flush()


def unsubscribe(work: Work, by: int, number: int) -> None:
    """Tell one of one's own browsers nothing any more."""
    found = notices.browser(work.session, number)
    if found is not None and found.teammate_id == by:
        notices.forget_browser(work, number)


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text[:200] + "=" * (-len(text[:200]) % 4))
    except (ValueError, binascii.Error):
        return b""


# Sending --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message to one browser, and the sends that it settles. topic: the same at every try, "" for none."""

    browser: PushSubscription
    due: list[Due]
    body: bytes
    topic: str = ""
    pressing: bool = False

    @property
    def send_ids(self) -> list[int]:
        """The sends that it settles."""
        return [one.send_id for one in self.due]


def send_due(context: Context, post: Post = outward.post) -> int:
    """Send what is due to each browser; returns how many notices were looked at."""
    with context.store.unit_of_work() as work:
        due = notices.due(work, "push", BATCH)
        if not due:
            return 0
        notices.end(work, [one.send_id for one in due if one.notice.read_at is not None], "skipped")
        left = [one for one in due if one.notice.read_at is None]
        notices.put_off(work, [one.send_id for one in left], work.now + LEASE)
        parcels, subject = _parcels(context, work, left), _who_we_are(context, work.session)
        try:
            key = _private_key(work.session, context.vault)
        except VaultError as error:
            notices.put_off(work, [one.send_id for one in left], work.now + LONGEST_PAUSE, str(error))
            return len(due)
    for parcel in parcels:
        answer = _post(context, post, parcel, key, subject)
        with context.store.unit_of_work() as work:
            _settle(work, parcel, answer)
    return len(due)


def reach(
    context: Context, browsers: list[PushSubscription], body: bytes, post: Post = outward.post, topic: str = ""
) -> str:
    """Tell these browsers of one person at once, and in a hurry. Returns "" when one took it, else why none did.

    topic: by which the push service lets a second copy take the place of the first. A browser that is gone is
    forgotten. Temporary trouble raises UnreachableError: it can be tried again.
    """
    with context.store.unit_of_work() as work:
        subject, key = _who_we_are(context, work.session), _private_key(work.session, context.vault)
    answers = [
        (one, _post(context, post, Parcel(one, [], body, topic, pressing=True), key, subject)) for one in browsers
    ]
    taken, later = False, ""
    with context.store.unit_of_work() as work:
        for browser, answer in answers:
            if isinstance(answer, outward.Answer) and answer.status in TAKEN:
                notices.browser_used(work, browser.id or 0)
                taken = True
            elif isinstance(answer, outward.ForbiddenAddressError) or _is_gone(answer):
                notices.forget_browser(work, browser.id or 0)
            else:
                later = _why(answer)
    if later and not taken:
        raise outward.UnreachableError(later)
    return "" if taken else str(say("No browser of theirs may be told."))


def _is_gone(answer: outward.Answer | RefusedError) -> bool:
    return isinstance(answer, outward.Answer) and answer.status in GONE


def _why(answer: outward.Answer | RefusedError) -> str:
    if isinstance(answer, outward.Answer):
        return say("The push service answered {status}.", status=answer.status)
    return str(answer)


def message(context: Context, owner: Teammate, said: Said, tag: str, path: str) -> bytes:
    """Write what a browser is told."""
    return _json(context, owner, said, tag, path)


def _parcels(context: Context, work: Work, due: list[Due]) -> list[Parcel]:
    """One message for each notice, or one for all of them where they are many."""
    made = []
    for target in dict.fromkeys(one.target for one in due):
        mine = [one for one in due if one.target == target]
        browser = notices.browser(work.session, target)
        owner = teammates.get(work.session, browser.teammate_id) if browser else None
        if browser is None or owner is None or owner.disabled_at or owner.id != mine[0].notice.teammate_id:
            notices.end(work, [one.send_id for one in mine], "skipped")
        elif len(mine) > ONE_BY_ONE:
            made.append(Parcel(browser, mine, _bundle(context, owner, len(mine)), BUNDLE))
        else:
            made += [Parcel(browser, [one], _body(context, owner, one), _tag(one)) for one in mine]
    return made


def _body(context: Context, owner: Teammate, due: Due) -> bytes:
    notice = due.notice
    words = sentence if owner.preferences.get("push_names") is True else discreet
    said = words(notice.kind, notice.data)
    return _json(context, owner, said, _tag(due), f"/inbox/all/{notice.conversation_id}")


def _tag(due: Due) -> str:
    return f"notice-{due.notice.id}"


def _bundle(context: Context, owner: Teammate, number: int) -> bytes:
    return _json(context, owner, say("{n} things wait for you.", n=number), BUNDLE, "/notices")


def _json(context: Context, owner: Teammate, said: Said, tag: str, path: str) -> bytes:
    return json.dumps({"body": context.voice(owner.language, said), "tag": tag, "path": path}).encode()


def _post(context: Context, post: Post, parcel: Parcel, key: str, subject: str) -> outward.Answer | RefusedError:
    endpoint = parcel.browser.endpoint
    try:
        sealed = _sealed(parcel)
    except ValueError:  # a point that is on no curve: nothing can ever be sealed for it
        return outward.ForbiddenAddressError(say("This browser's keys cannot be read."))
    headers = {
        "TTL": str(int(LIVES.total_seconds())),
        "Urgency": "high" if parcel.pressing or any(one.notice.kind == "mentioned" for one in parcel.due) else "normal",
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        **({"Topic": parcel.topic} if parcel.topic else {}),
        **_signature(context, endpoint, key, subject),
    }
    try:
        return post(endpoint, sealed, headers)
    except RefusedError as error:
        return error


def _sealed(parcel: Parcel) -> bytes:
    """Encrypt the message so that only the browser can read it."""
    from pywebpush import WebPusher  # noqa: PLC0415 - it brings many libraries, for those alone who use push

    keys = {"p256dh": parcel.browser.p256dh, "auth": parcel.browser.auth}
    sealed: bytes = WebPusher({"endpoint": parcel.browser.endpoint, "keys": keys}).encode(parcel.body)["body"]
    return sealed


def _signature(context: Context, endpoint: str, key: str, subject: str) -> dict[str, str]:
    from py_vapid import Vapid02  # noqa: PLC0415 - as above

    parts = urlsplit(endpoint)
    ends = int((context.clock() + SIGNED_FOR).timestamp())
    claims = {"aud": f"{parts.scheme}://{parts.netloc}", "exp": ends, "sub": subject}
    signed: dict[str, str] = Vapid02.from_raw(key.encode()).sign(claims)
    return signed


def _private_key(session: Session, vault: Vault) -> str:
    return vault.unlock(bytes.fromhex(session.get_one(Setting, KEYS).value["sealed"]))["private"]


def _who_we_are(context: Context, session: Session) -> str:
    """Return whom a push service can write to: our site, or an address of ours where that has no certificate."""
    url = context.settings.public_url
    ours = next((row.address for row in accounts.all_accounts(session) if row.kind == "mail"), "nobody@example.com")
    return url if url.startswith("https:") else f"mailto:{ours}"


def _settle(work: Work, parcel: Parcel, answer: outward.Answer | RefusedError) -> None:
    """Write down what became of it: taken, gone for good, to be tried again, or given up."""
    if isinstance(answer, outward.ForbiddenAddressError) or (
        isinstance(answer, outward.Answer) and answer.status in GONE
    ):
        notices.forget_browser(work, parcel.browser.id or 0)
    elif isinstance(answer, outward.Answer) and answer.status in TAKEN:
        notices.end(work, parcel.send_ids, "sent")
        notices.browser_used(work, parcel.browser.id or 0)
    else:
        _again(work, parcel, answer)


def _again(work: Work, parcel: Parcel, answer: outward.Answer | RefusedError) -> None:
    status = answer.status if isinstance(answer, outward.Answer) else 0
    why = f"The push service answered {status}." if status else str(answer)
    log.warning("A push message was not taken: %s", status or type(answer).__name__)
    old = any(work.now - one.queued_at > GIVE_UP for one in parcel.due)
    if old or (400 <= status < 500 and status not in LATER):
        notices.end(work, parcel.send_ids, "failed", why)
        return
    pause = min(LONGEST_PAUSE, timedelta(minutes=2 ** min(parcel.due[0].tries, 8)))
    notices.put_off(work, parcel.send_ids, work.now + pause, why)
