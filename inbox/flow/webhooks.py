"""Endpoints that are told what happens here: adding, changing, and what founders do with their log.

What is told is thin on purpose: the kind, the time, and ids. Whoever wants the words asks the API for them, with a
token that can be revoked; so nothing that customers wrote lies in a log of somebody else's.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Sequence
from typing import Any

from inbox.flow import audit, outward
from inbox.flow.errors import NotFoundError, RefusedError
from inbox.say import say
from inbox.store import changes, webhooks
from inbox.store.db import Work
from inbox.store.tables import Webhook
from inbox.store.tools import clean
from inbox.vault import Vault
from rules.hooking import OLD_SECRET_FOR

KINDS = (
    "message.in",
    "message.out",
    "message.note",
    "conversation.assigned",
    "conversation.closed",
    "conversation.reopened",
    "conversation.*",
    "wait.warning",
    "wait.breach",
    "delivery.*",
    "contact.*",
    "account.*",
)
"""What an endpoint may ask for."""
TEST = "webhook.test"
MOST = 20
PREFIX = "whsec_"
"""How Standard Webhooks marks a secret."""


def add(work: Work, vault: Vault, url: str, name: str, kinds: Sequence[str], by: int, *, loopback: bool) -> Webhook:
    """Add an endpoint; its secret is returned by `secret_of`, once. It is told what happens from now on."""
    if len(webhooks.everything(work.session)) >= MOST:
        raise RefusedError(say("There are {n} webhooks already, which is the most.", n=MOST))
    target = _where(url, loopback=loopback)
    [row_id] = work.ids(Webhook, 1)
    made = Webhook(
        id=row_id,
        url=url.strip(),
        name=clean(name.strip())[:100],
        kinds=_known(kinds),
        secrets=vault.lock({"secret": new_secret()}),
        seen_seq=changes.last_seq(work.session),
        created_by=by,
        created_at=work.now,
    )
    work.session.add(made)
    work.session.flush()
    audit.record(work, by, "webhook.added", webhook=row_id, host=target.host, kinds=made.kinds)
    return made


def update(work: Work, webhook_id: int, url: str, name: str, kinds: Sequence[str], by: int, *, loopback: bool) -> None:
    """Change where an endpoint is and what it is told."""
    found = find(work, webhook_id)
    target = _where(url, loopback=loopback)
    found.url, found.name, found.kinds = url.strip(), clean(name.strip())[:100], _known(kinds)
    audit.record(work, by, "webhook.changed", webhook=webhook_id, host=target.host, kinds=found.kinds)


def set_enabled(work: Work, webhook_id: int, by: int, *, on: bool) -> None:
    """Switch an endpoint on or off. What happened while it was off it is not told; what waited for it goes out."""
    found = find(work, webhook_id)
    if on and not found.enabled:
        found.seen_seq, found.failing_since, found.why_off = changes.last_seq(work.session), None, ""
    found.enabled = on
    audit.record(work, by, "webhook.resumed" if on else "webhook.paused", webhook=webhook_id)


def rotate(work: Work, vault: Vault, webhook_id: int, by: int) -> str:
    """Make a new secret and return it; for a day the old one signs too."""
    found = find(work, webhook_id)
    fresh = new_secret()
    found.secrets = vault.lock({"secret": fresh, "old": vault.unlock(found.secrets)["secret"]})
    found.old_until = work.now + OLD_SECRET_FOR
    audit.record(work, by, "webhook.rotated", webhook=webhook_id)
    return fresh


def remove(work: Work, webhook_id: int, by: int) -> None:
    """Remove an endpoint with its log."""
    found = find(work, webhook_id)
    host = outward.shaped(found.url, loopback=True).host
    webhooks.remove(work, webhook_id)
    audit.record(work, by, "webhook.removed", webhook=webhook_id, host=host)


def send_test(work: Work, webhook_id: int) -> None:
    """Queue an event that says nothing but that it is a test."""
    found = find(work, webhook_id)
    if not found.enabled:
        raise RefusedError(say("Switch this webhook on first."))
    row = call(found, None, TEST, work.now.isoformat(timespec="seconds"), {})
    webhooks.add_calls(work, [{**row, "not_before": work.now, "created_at": work.now}])


def send_again(work: Work, call_id: int) -> None:
    """Queue a call once more; it bears the same webhook-id, so that a receiver that had it knows."""
    found = webhooks.call(work.session, call_id)
    if found is None:
        raise NotFoundError(say("This call is not in the log any more."))
    if not find(work, found.webhook_id).enabled:
        raise RefusedError(say("Switch this webhook on first."))
    if not webhooks.again(work, call_id):
        raise RefusedError(say("This call is being made right now."))


def find(work: Work, webhook_id: int) -> Webhook:
    """Return an endpoint, held. NotFoundError."""
    found = webhooks.held(work, webhook_id)
    if found is None:
        raise NotFoundError(say("This webhook is not there any more."))
    return found


def secret_of(vault: Vault, hook: Webhook) -> str:
    """Return the secret that signs now."""
    return vault.unlock(hook.secrets)["secret"]


def new_secret() -> str:
    """Make a secret as Standard Webhooks writes them."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode("ascii")


def call(hook: Webhook, seq: int | None, kind: str, at: str, data: dict[str, Any]) -> dict[str, Any]:
    """Make the row of a call: what is said, and the id it is known by."""
    body = json.dumps({"type": kind, "timestamp": at, "data": data}, separators=(",", ":"), ensure_ascii=False)
    return {
        "webhook_id": hook.id,
        "seq": seq,
        "key": f"msg_{secrets.token_hex(16)}",
        "kind": kind,
        "body": body,
    }


def _where(url: str, *, loopback: bool) -> outward.Target:
    """Refuse an address that leads inside at once; a name that cannot be looked up now is checked at each call."""
    try:
        return outward.checked(url.strip(), loopback=loopback)
    except outward.UnreachableError:
        return outward.shaped(url.strip(), loopback=loopback)


def _known(kinds: Sequence[str]) -> list[str]:
    chosen = [kind for kind in KINDS if kind in kinds]
    if not chosen:
        raise RefusedError(say("Choose at least one kind of event."))
    return chosen
