"""Tell endpoints what happened: first a row for each event and endpoint, then the calls, outside any transaction.

1. Every change after the one an endpoint considered last becomes a row, or is none of its business; the rows and the
   place reached are written together, so that each event is told once, whoever dies in between.
2. A due row is claimed, called, and what was answered is written down: sent, tried again, or given up after three days.
3. An endpoint that said 410, or failed for days on end, is switched off, and the founders hear of it.
"""

from __future__ import annotations

import json
import logging
import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

from standardwebhooks import Webhook as Signer

from inbox.flow import audit, letters, outward, webhooks
from inbox.flow.errors import FlowError, RefusedError
from inbox.say import Said, say
from inbox.store import changes, teammates
from inbox.store import webhooks as rows
from inbox.store.tools import clean
from inbox.vault import VaultError
from rules import hooking

if TYPE_CHECKING:
    from datetime import datetime

    from inbox.flow.context import Context
    from inbox.store.db import Work
    from inbox.store.tables import Change, Webhook
    from inbox.store.webhooks import Claimed

BATCH = 500
"""Changes that are looked at in one round."""
AT_ONCE = 4
"""Calls under way at the same time: one endpoint that hangs must not keep the others waiting."""
KEPT_ANSWER = 1000
"""Letters of an answer that the log of calls keeps, for as long as that (KEEP_LOG)."""
KEEP_LOG = timedelta(days=30)
_TOLD = {"tag", "error"}
"""Details that are words of ours; all other words stay here."""

log = logging.getLogger(__name__)


def tell(context: Context) -> int:
    """Do one round: queue what is new, then make the calls that are due. Returns how much was done."""
    return fan_out(context) + call_due(context)


def fan_out(context: Context) -> int:
    """Queue a call for every change that an endpoint asked for; returns how many changes were considered."""
    with context.store.reading() as session:
        behind = rows.behind(session)
    return sum(_queue(context, webhook_id) for webhook_id in behind)


def _queue(context: Context, webhook_id: int) -> int:
    with context.store.unit_of_work() as work:
        hook = rows.held(work, webhook_id)
        if hook is None or not hook.enabled:
            return 0
        news = changes.after(work.session, hook.seen_seq, BATCH)
        asked = [one for one in news if hooking.wanted(one.kind, hook.kinds)]
        calls = [_call(context, hook, one) for one in asked]
        rows.add_calls(work, [{**call, "not_before": work.now, "created_at": work.now} for call in calls])
        if news:
            hook.seen_seq = news[-1].seq or hook.seen_seq
        return len(news)


def _call(context: Context, hook: Webhook, change: Change) -> dict[str, Any]:
    told = {key: value for key, value in change.data.items() if isinstance(value, bool | int) or key in _TOLD}
    data: dict[str, Any] = {"seq": change.seq, **told}
    if change.teammate_id is not None:
        data["teammate_id"] = change.teammate_id
    if change.conversation_id is not None:
        data["conversation_id"] = change.conversation_id
        data["url"] = f"{context.settings.public_url}/inbox/all/{change.conversation_id}"
    return webhooks.call(hook, change.seq, change.kind, change.at.astimezone(UTC).isoformat(), data)


def call_due(context: Context) -> int:
    """Make the calls that are due, a few at once; returns how many."""
    with context.store.reading() as session:
        due = rows.next_due(session)
    if due is None or due > context.clock():
        return 0
    with context.store.unit_of_work() as work:
        rows.expire(work)
        claimed = rows.claim(work, AT_ONCE, secrets.token_hex(8))
    if len(claimed) == 1:
        _make(context, claimed[0])
    elif claimed:
        with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="webhook") as pool:
            list(pool.map(lambda one: _make(context, one), claimed))
    return len(claimed)


def _make(context: Context, call: Claimed) -> None:
    """Make one call and write down what came of it."""
    with context.store.reading() as session:
        hook = rows.get(session, call.webhook_id)
    if hook is None:
        return
    now = context.clock()
    try:
        headers = _headers(context, hook, call, now)
        loopback = context.settings.webhooks_loopback
        answer = outward.post(hook.url, call.body.encode(), headers, loopback=loopback)
    except (FlowError, VaultError) as error:
        _ended(context, call, None, {"error": clean(str(error)), "status": None, "answer": "", "seconds": 0.0})
        return
    told = clean(answer.body.decode("utf-8", "replace"))[:KEPT_ANSWER]
    wrong = "" if 200 <= answer.status < 300 else say("It answered {status}.", status=answer.status)
    values = {"error": wrong, "status": answer.status, "answer": told, "seconds": answer.seconds}
    sent = {"headers": {name: value for name, value in headers.items() if name != "webhook-signature"}}
    _ended(context, call, answer, {**values, "sent": sent})


def _headers(context: Context, hook: Webhook, call: Claimed, now: datetime) -> dict[str, str]:
    """Sign the call as Standard Webhooks says, for a day after a change of secrets with both."""
    kept = context.vault.unlock(hook.secrets)
    names = ["secret"]
    if "old" in kept and hook.old_until is not None and now < hook.old_until:
        names.append("old")
    signatures = [Signer(kept[name]).sign(call.key, now, call.body) for name in names]
    return {
        "content-type": "application/json",
        "user-agent": "Under24-Webhooks",
        "webhook-id": call.key,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _ended(context: Context, call: Claimed, answer: outward.Answer | None, values: dict[str, Any]) -> None:
    with context.store.unit_of_work() as work:
        status, pause = (answer.status, _retry_after(answer)) if answer else (None, None)
        verdict = hooking.judge(
            status, call.tries, call.created_at, work.now, jitter=context.random(), retry_after=pause
        )
        if call.kind == webhooks.TEST and not verdict.sent:
            verdict = hooking.Verdict(sent=False, gone=verdict.gone)  # who tests looks at the answer now
        state = "sent" if verdict.sent else "queued" if verdict.again else "failed"
        more = {"not_before": verdict.again} if verdict.again else {}
        if not rows.finish(work, call, state=state, **values, **more):
            return
        hook = rows.held(work, call.webhook_id)
        if hook is not None:
            _note_health(context, work, hook, verdict, testing=call.kind == webhooks.TEST)


def _retry_after(answer: outward.Answer) -> float | None:
    said = answer.headers.get("retry-after", "")
    return float(said) if said.isdecimal() and len(said) < 8 else None


def _note_health(context: Context, work: Work, hook: Webhook, verdict: hooking.Verdict, *, testing: bool) -> None:
    if verdict.sent:
        hook.failing_since = None
        return
    if not hook.enabled or (testing and not verdict.gone):
        return
    hook.failing_since = hook.failing_since or work.now
    if verdict.gone:
        _switch_off(context, work, hook, say("It answered 410: it wants to hear no more."))
    elif hooking.give_up(hook.failing_since, work.now):
        _switch_off(context, work, hook, say("It has failed for five days, without one success."))


def _switch_off(context: Context, work: Work, hook: Webhook, why: str) -> None:
    """Switch an endpoint off, and write to the founders."""
    hook.enabled, hook.why_off = False, why
    work.announce("webhook.off", webhook_id=hook.id)
    audit.record(work, None, "webhook.switched_off", webhook=hook.id, why=why)
    told = say(
        "The webhook {name} was switched off. {why}\n\nWhat it was not told waits in its log: {link}",
        name=hook.name or hook.url,
        why=Said(why, {}),
        link=f"{context.settings.public_url}/settings/webhooks/{hook.id}",
    )
    subject = say("A webhook was switched off")
    for one in teammates.everyone(work.session):
        if one.role == "founder" and one.disabled_at is None:
            try:
                key = f"webhook-off:{hook.id}:{work.now.isoformat()}:{one.id}"
                about, text = context.voice(one.language, subject), context.voice(one.language, told)
                letters.queue_letter(work, one.mail, about, text, key)
            except RefusedError as error:
                log.warning("A founder could not be told that webhook %s is off: %s", hook.id, error)


def tidy(context: Context) -> int:
    """Forget the log of a month ago; returns how many lines went."""
    with context.store.reading() as session:
        if not rows.anything_before(session, context.clock() - KEEP_LOG):
            return 0
    with context.store.unit_of_work() as work:
        return rows.forget(work, work.now - KEEP_LOG, BATCH)


def shown(body: str) -> str:
    """Lay out what was said, for people."""
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except ValueError:
        return body
