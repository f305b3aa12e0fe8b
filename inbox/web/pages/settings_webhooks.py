"""Webhooks: who is told what, with a secret shown once, and a log of every call."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response

from inbox.flow import hooking, webhooks
from inbox.flow.context import Context
from inbox.flow.errors import NotFoundError, RefusedError
from inbox.flow.sign_in import Signed
from inbox.say import say
from inbox.store import webhooks as rows
from inbox.web.deps import Founder, House
from inbox.web.render import done, page
from inbox.web.words import N_, _, tell

router = APIRouter(prefix="/settings/webhooks")
HERE = "/settings/webhooks"
SHOWN = 50
Text = Annotated[str, Form(max_length=2100)]
Kinds = Annotated[list[str] | None, Form(max_length=50)]

KINDS = {
    "message.in": N_("Somebody wrote to us"),
    "message.out": N_("We wrote a reply"),
    "message.note": N_("A teammate wrote a note"),
    "conversation.assigned": N_("A conversation was handed to somebody"),
    "conversation.closed": N_("A conversation was closed"),
    "conversation.reopened": N_("A conversation was opened again"),
    "conversation.*": N_("Everything else that is done to a conversation, too"),
    "wait.warning": N_("A reply is due soon"),
    "wait.breach": N_("A reply is late"),
    "delivery.*": N_("What became of a reply: sent, failed, come back"),
    "contact.*": N_("A person was changed, merged or erased"),
    "account.*": N_("An account has trouble, or is well again"),
}
STATES = {"queued": N_("To be tried"), "sending": N_("Under way"), "sent": N_("Received"), "failed": N_("Given up")}


@router.get("")
def list_webhooks(request: Request, house: House, me: Founder) -> Response:
    """Show every endpoint and how it fares."""
    with house.store.reading() as session:
        known, waiting = rows.everything(session), rows.open_calls(session)
    return page(request, "webhooks/page.html", me=me, known=known, waiting=waiting)


@router.get("/new")
def new_webhook(request: Request, me: Founder) -> Response:
    """Show the form for a new endpoint."""
    return _form(request, me)


@router.post("/new")
def add_webhook(
    request: Request, house: House, me: Founder, url: Text = "", name: Text = "", kind: Kinds = None
) -> Response:
    """Add an endpoint and show its secret, once."""
    try:
        with house.store.unit_of_work() as work:
            made = webhooks.add(
                work, house.vault, url, name, kind or [], me.id, loopback=house.settings.webhooks_loopback
            )
            secret = webhooks.secret_of(house.vault, made)
    except RefusedError as error:
        return _form(request, me, status=422, problem=tell(error), url=url, name=name, kinds=kind or [])
    return _show(request, house, me, made.id or 0, secret=secret)


@router.get("/{webhook_id}")
def one_webhook(
    request: Request, house: House, me: Founder, webhook_id: int, before: Annotated[int | None, Query(ge=1)] = None
) -> Response:
    """Show one endpoint and its log."""
    return _show(request, house, me, webhook_id, before=before)


@router.post("/{webhook_id}")
def change_webhook(
    request: Request,
    house: House,
    me: Founder,
    webhook_id: int,
    url: Text = "",
    name: Text = "",
    kind: Kinds = None,
) -> Response:
    """Change where it is and what it is told."""
    loopback = house.settings.webhooks_loopback
    try:
        with house.store.unit_of_work() as work:
            webhooks.update(work, webhook_id, url, name, kind or [], me.id, loopback=loopback)
    except NotFoundError:
        raise
    except RefusedError as error:
        return _show(request, house, me, webhook_id, status=422, problem=tell(error))
    return done(request, f"{HERE}/{webhook_id}", _("Saved."))


@router.post("/{webhook_id}/secret")
def new_secret(request: Request, house: House, me: Founder, webhook_id: int) -> Response:
    """Make a new secret and show it, once."""
    with house.store.unit_of_work() as work:
        secret = webhooks.rotate(work, house.vault, webhook_id, me.id)
    return _show(request, house, me, webhook_id, secret=secret)


@router.post("/{webhook_id}/on")
def switch_on(request: Request, house: House, me: Founder, webhook_id: int) -> Response:
    """Call it again from now on."""
    with house.store.unit_of_work() as work:
        webhooks.set_enabled(work, webhook_id, me.id, on=True)
    return done(
        request, f"{HERE}/{webhook_id}", _("It is told what happens from now on, and what still waited for it.")
    )


@router.post("/{webhook_id}/off")
def switch_off(request: Request, house: House, me: Founder, webhook_id: int) -> Response:
    """Call it no more."""
    with house.store.unit_of_work() as work:
        webhooks.set_enabled(work, webhook_id, me.id, on=False)
    return done(request, f"{HERE}/{webhook_id}", _("Nothing is sent there any more."))


@router.post("/{webhook_id}/test")
def test_webhook(request: Request, house: House, me: Founder, webhook_id: int) -> Response:  # noqa: ARG001 - `me` is the policy
    """Send an event that says it is a test."""
    with house.store.unit_of_work() as work:
        webhooks.send_test(work, webhook_id)
    hooking.call_due(house)
    return done(request, f"{HERE}/{webhook_id}", _("A test was sent; the log says what was answered."))


@router.post("/{webhook_id}/remove")
def remove_webhook(request: Request, house: House, me: Founder, webhook_id: int) -> Response:
    """Remove it with its log."""
    with house.store.unit_of_work() as work:
        webhooks.remove(work, webhook_id, me.id)
    return done(request, HERE, _("The webhook is gone, and its log with it."))


@router.post("/{webhook_id}/calls/{call_id}/again")
def send_again(request: Request, house: House, me: Founder, webhook_id: int, call_id: int) -> Response:  # noqa: ARG001 - `me` is the policy
    """Send one call once more."""
    with house.store.unit_of_work() as work:
        webhooks.send_again(work, call_id)
    return done(request, f"{HERE}/{webhook_id}", _("It is sent once more, with the same id."))


def _form(request: Request, me: Signed, *, status: int = 200, **given: object) -> Response:
    values = {"problem": "", "url": "", "name": "", "kinds": ["message.in", "wait.breach"], **given}
    return page(request, "webhooks/new.html", me=me, status=status, known_kinds=KINDS, **values)


def _show(
    request: Request,
    house: Context,
    me: Signed,
    webhook_id: int,
    *,
    status: int = 200,
    before: int | None = None,
    secret: str = "",
    problem: str = "",
) -> Response:
    with house.store.reading() as session:
        hook = rows.get(session, webhook_id)
        calls = rows.calls_of(session, webhook_id, SHOWN + 1, before)
    if hook is None:
        raise NotFoundError(say("This webhook is not there any more."))
    more = calls[SHOWN - 1].id if len(calls) > SHOWN else None
    values = {"calls": calls[:SHOWN], "more": more, "secret": secret, "problem": problem, "known_kinds": KINDS}
    made = page(
        request, "webhooks/one.html", me=me, status=status, hook=hook, states=STATES, laid_out=hooking.shown, **values
    )
    made.headers["Cache-Control"] = "no-store"
    return made
