"""What reaches a teammate, by which means, and when not; whether they are on duty; and their browsers."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import PlainTextResponse, Response

from inbox.flow import letters, means_test, push, reach, reachable, reading
from inbox.flow import notices as verbs
from inbox.flow.context import Context
from inbox.flow.errors import RefusedError
from inbox.flow.sign_in import Signed
from inbox.say import say
from inbox.store import notices
from inbox.web import means_words
from inbox.web.deps import Founder, House, Me
from inbox.web.render import done, page, zone_of
from inbox.web.words import N_, _, tell
from rules.notices import KINDS, MEANS, UNCLAIMED_AFTER, Person, person, quiet_hours

router = APIRouter(prefix="/settings/notices")
HERE = "/settings/notices"
Text = Annotated[str, Form(max_length=2000)]
NAMES = {
    "assigned": (N_("Given to me"), N_("A teammate or a rule gave you a conversation.")),
    "mentioned": (N_("I am mentioned"), N_("A note names you with an @.")),
    "reply": (N_("They wrote again"), N_("In a conversation that is yours, or that you follow.")),
    "woke": (N_("A snooze is over"), N_("What you put away is back.")),
    "unclaimed": (N_("Nobody took it"), N_("Somebody waits and has nobody, while you are on duty.")),
    "rule": (N_("A rule points to it"), N_("A rule that you or your team wrote names you.")),
}
MEANS_NAMES = {"browser": N_("Open page"), "mail": N_("E-mail"), "push": N_("Push")}


@router.get("")
def show(request: Request, house: House, me: Me) -> Response:
    """Show what is chosen."""
    return _show(request, house, me)


async def fields(request: Request) -> dict[str, str]:
    """Return what was sent; what is then done with it must hold up no other page."""
    async with request.form() as form:
        return {name: value for name, value in form.items() if isinstance(value, str)}


@router.post("")
def choose(request: Request, house: House, me: Me, given: Annotated[dict[str, str], Depends(fields)]) -> Response:
    """Remember what is chosen."""
    quiet = _quiet(given)
    if quiet is not None and quiet_hours(quiet) is None:
        return _show(request, house, me, status=422, problem=_("Give both times of the quiet hours, as in 20:00."))
    hours = given.get("unclaimed_hours", "")
    wanted: dict[str, Any] = {
        "notices": {kind: [means for means in MEANS if f"{kind}.{means}" in given] for kind in KINDS},
        "quiet": quiet,
        "unclaimed_hours": min(max(int(hours), 1), 23) if hours.isascii() and hours.isdigit() else None,
        "push_names": True if "push_names" in given else None,
    }
    try:
        phone, name = reach.phone(given.get("phone", "")), reach.telegram(given.get("telegram", ""))
    except RefusedError as error:
        return _show(request, house, me, status=422, problem=tell(error))
    with house.store.unit_of_work() as work:
        verbs.prefer(work, me.id, **wanted, phone=phone or None, telegram=name or None)
    return done(request, HERE, _("Saved."))


def _quiet(given: dict[str, str]) -> dict[str, Any] | None:
    start, end, weekends = given.get("quiet_from", ""), given.get("quiet_to", ""), "weekends" in given
    if not start and not end:
        return {"from": "00:00", "to": "00:00", "weekends": True} if weekends else None
    return {"from": start, "to": end, "weekends": weekends}


@router.post("/duty")
def duty(request: Request, house: House, me: Me, on: Text = "", back: Text = HERE) -> Response:
    """Go on duty, or off, and go back to where one was."""
    with house.store.unit_of_work() as work:
        reading.set_duty(work, me.id, on=on == "yes")
    said = _("You are on duty.") if on == "yes" else _("You are off duty.")
    return done(request, back, said)


@router.post("/test")
def send_test(request: Request, house: House, me: Me, means: Text = "") -> Response:
    """Send oneself a test by one's own means; the page says what came of it."""
    if means not in means_test.OWN:
        raise RefusedError(say("There is no such way to tell anybody."))
    means_test.send(house, me.id, means)
    return done(request, f"{HERE}#tests", _("A test was sent; this page says what came of it."))


@router.post("/webhook")
def set_webhook(request: Request, house: House, me: Founder, url: Text = "") -> Response:
    """Say where the team reads what the ladder tells, or nowhere."""
    loopback = house.settings.webhooks_loopback
    try:
        with house.store.unit_of_work() as work:
            reach.set_hook(work, house.vault, url, me.id, loopback=loopback)
    except RefusedError as error:
        return _show(request, house, me, status=422, problem=tell(error))
    return done(request, HERE, _("Saved.") if url.strip() else _("The ladder tells no channel of the team any more."))


@router.post("/key")
def push_key(house: House, me: Me) -> Response:  # noqa: ARG001 - `me` is the policy
    """Give a browser the key by which push services know us; the first to ask has it made."""
    with house.store.unit_of_work() as work:
        return PlainTextResponse(push.public_key(work, house.vault))


@router.post("/browsers")
def add_browser(
    request: Request, house: House, me: Me, endpoint: Text = "", p256dh: Text = "", auth: Text = ""
) -> Response:
    """Remember a browser that was allowed to be told."""
    with house.store.unit_of_work() as work:
        push.subscribe(work, me.id, endpoint, p256dh, auth, _browser_name(request.headers.get("user-agent", "")))
    return done(request, HERE, _("This browser will be told, also while no page is open."))


@router.post("/browsers/{number}/forget")
def forget_browser(request: Request, house: House, me: Me, number: int) -> Response:
    """Tell a browser nothing any more."""
    with house.store.unit_of_work() as work:
        push.unsubscribe(work, me.id, number)
    return done(request, HERE, _("This browser is told nothing any more."))


def _browser_name(agent: str) -> str:
    """Name a browser and its system as people do."""
    browser = next((name for sign, name in _BROWSERS if sign in agent), "")
    system = next((name for sign, name in _SYSTEMS if sign in agent), "")
    return ", ".join(part for part in (browser, system) if part) or "?"


_BROWSERS = (("Firefox/", "Firefox"), ("Edg/", "Edge"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def _show(request: Request, house: Context, me: Signed, *, status: int = 200, problem: str = "") -> Response:
    with house.store.reading() as session:
        browsers = notices.browsers_of(session, [me.id])
        hook, kinds = reach.hook_host(session), list(reach.accounts_by_means(session))
        can_mail = letters.can_send(session) and not letters.reads(session, me.mail)
        tests = [one for one in means_test.outcomes(session, me.id) if one.means in {"mail", "push", *kinds}]
        missing = [one for one in reachable.out_of_reach(session, house.clock()) if one.person == me.id]
    mine: Person = person(me.id, me.zone, me.preferences)
    shown = {
        "mine": mine,
        "kinds": [(kind, _(NAMES[kind][0]), _(NAMES[kind][1])) for kind in KINDS],
        "means": [(means, _(MEANS_NAMES[means])) for means in MEANS],
        "browsers": browsers,
        "hook": hook,
        "kinds_there": kinds,
        "phone": me.preferences.get("phone", ""),
        "telegram": me.preferences.get("telegram", ""),
        "can_mail": can_mail,
        "push_names": me.preferences.get("push_names") is True,
        "patience": UNCLAIMED_AFTER,
        "tests": means_words.tried(tests, house.clock(), zone_of(request)),
        "tests_at": HERE,
        "tests_title": _("Try it"),
        "tests_help": _("Send yourself a test by the way the ladder takes, before you trust it at night."),
        "missing": [means_words.missing(one) for one in missing],
    }
    return page(request, "notices/settings.html", me=me, status=status, problem=problem, **shown)
