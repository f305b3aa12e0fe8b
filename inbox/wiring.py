"""PLUG IN: the one place that knows every room. Only here is a channel opened."""

from __future__ import annotations

import hashlib
import logging
import random
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from connectors import registry
from inbox.clock import utc_now
from inbox.flow import accounts as account_verbs
from inbox.flow import bring, passwords, sign_in
from inbox.flow.context import Context
from inbox.flow.errors import FlowError
from inbox.jobs import Jobs
from inbox.settings import Settings, SettingsError
from inbox.store import accounts as account_rows
from inbox.store.db import Store
from inbox.store.listen import Listener
from inbox.store.migrate import upgrade
from inbox.vault import Vault, open_vault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from connectors.contract import Card, Connector
    from connectors.mail.lmtp import Door
    from inbox.clock import Clock
    from inbox.store.tables import Account

DEMO_MAIL = "ann@boards.example"
DEMO_PASSWORD = "one-week-of-boards"  # noqa: S105 - it opens invented conversations only
DEMO_PAUSE = 90.0
"""Seconds between people who write while the demo is open."""

log = logging.getLogger(__name__)


class Channels:
    """How the flow and the web come by channels."""

    def __init__(self, vault: Vault, clock: Clock, store: Store) -> None:
        self._vault, self._clock, self._store = vault, clock, store
        self._readers: dict[tuple[int, str], Connector] = {}
        self._lock = threading.Lock()

    def kinds(self) -> list[str]:
        """Name the kinds an account can have."""
        return registry.kinds()

    def card(self, kind: str) -> Card:
        """Describe a kind. LookupError when there is none."""
        return registry.channel(kind).card

    def open(self, account: Account) -> Connector:
        """Open an account's connector; the caller closes it."""
        connector = registry.channel(account.kind).open(self.settings(account), self._clock)
        if hasattr(connector, "on_new_secret"):
            connector.on_new_secret = self._keeper(account.id or 0)
        return connector

    def settings(self, account: Account) -> dict[str, str]:
        """Return everything the channel is told: the shown settings and the secrets, opened."""
        plain = {name: str(value) for name, value in account.settings.items()}
        return {**plain, **self._vault.unlock(account.secrets), "address": account.address, "name": account.name}

    def reader(self, account: Account) -> Connector:
        """Return a connector that is only read with; made once for each state of the account's settings."""
        made_of = hashlib.sha256(repr(sorted(account.settings.items())).encode() + account.secrets).hexdigest()
        key = (account.id or 0, made_of)
        with self._lock:
            if key not in self._readers:
                self._readers = {k: v for k, v in self._readers.items() if k[0] != key[0]}
                self._readers[key] = registry.channel(account.kind).open(self.settings(account), self._clock)
            return self._readers[key]

    def _keeper(self, account_id: int) -> Callable[[str, str], None]:
        """Store a secret that the provider replaced (a rotated refresh token)."""

        def keep(name: str, value: str) -> None:
            with self._store.unit_of_work() as work:
                account = account_rows.get(work.session, account_id)
                if account is not None:
                    account.secrets = self._vault.lock({**self._vault.unlock(account.secrets), name: value})

        return keep


def describe(raw: bytes) -> dict[str, Any]:
    """Say how a mail is understood, for `inbox read` and the API. Unreadable."""
    from connectors.mail.parse import describe as of_mail

    return of_mail(raw)


def in_language(wanted: str, sentence: str) -> str:
    """Say a sentence of the flow in somebody's language, outside any request."""
    from inbox.web import language

    return language.tell_in(wanted, sentence)


def build(settings: Settings, clock: Clock = utc_now) -> Context:
    """Open and migrate the store and gather what every loop and screen needs."""
    settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    vault = open_vault(settings.data_dir, settings.secret_key.get_secret_value())
    store = Store(settings.store_url, clock)
    upgrade(store)
    channels = Channels(vault, clock, store)
    context = Context(store, settings, vault, channels, clock, random=random.SystemRandom().random, voice=in_language)
    _account_of_the_environment(context)
    return context


def _account_of_the_environment(context: Context) -> None:
    """Add or update the mail account that INBOX_MAIL_* describes."""
    given = context.settings.mail_account()
    if "address" not in given:
        return
    try:
        with context.store.unit_of_work() as work:
            known = account_rows.by_address(work.session, "mail", given["address"])
            card = context.channels.card("mail")
            if known is None:
                account_verbs.add(work, context.vault, card, given)
            else:
                account_verbs.update(work, context.vault, card, known.id or 0, given)
    except FlowError as error:
        message = f"The mail account of INBOX_MAIL_* cannot be used: {error}"
        raise SettingsError(message) from error


@contextmanager
def working(context: Context, lmtp: str = "") -> Iterator[None]:
    """Run every loop, and the LMTP door where one is asked for, while the body runs."""
    jobs = Jobs(context)
    door = _door(context, lmtp or context.settings.lmtp)
    listener = Listener(context.store)
    jobs.start()
    listener.start()
    try:
        if door is not None:
            door.start()
        yield
    finally:
        if door is not None:
            door.stop()
        listener.stop()
        jobs.stop()


def _door(context: Context, where: str) -> Door | None:
    if not where:
        return None
    host, _, port = where.rpartition(":")
    if not host or not port.isdigit():
        raise SettingsError(f"INBOX_LMTP must look like 127.0.0.1:8025, not {where!r}.")
    from connectors.mail.lmtp import Door

    deliveries = bring.Deliveries(context)
    return Door(host, int(port), deliveries.store, deliveries.knows, clock=context.clock)


def demo(settings: Settings) -> None:
    """Serve an inbox full of invented conversations, where somebody writes now and then."""
    from connectors import fake
    from inbox.flow import demo as play

    clock = play.DemoClock(utc_now)
    context = build(settings, clock)

    def bring(address: str, text: str, **more: Any) -> str:  # noqa: ANN401 - the made-up channel's own words
        return fake.box(address).deliver(text, **more)

    with context.store.reading() as session:
        empty = not account_rows.all_accounts(session)
    if not empty:
        _start_over(context)
    else:
        play.play(context, clock, bring, passwords.hashed(DEMO_PASSWORD))
    print(f"Sign in as {DEMO_MAIL} with the password {DEMO_PASSWORD}", flush=True)  # noqa: T201 - for the person at the terminal
    talker = threading.Thread(target=_talk, args=(context, bring), name="demo", daemon=True)
    talker.start()
    serve(context)


def _start_over(context: Context) -> None:
    """The made-up boxes are empty at every start; what they held is in the store."""
    with context.store.unit_of_work() as work:
        for account in account_rows.all_accounts(work.session):
            account.cursor = None


def _talk(context: Context, bring: Callable[..., str]) -> None:
    from inbox.flow import demo as play

    number, pause = 0, threading.Event()
    while not pause.wait(DEMO_PAUSE):
        play.speak_later(bring, number, context.clock())
        number += 1


def _greet(context: Context) -> None:
    """Say where the inbox is; while there is no founder, with the one-time link that makes one."""
    with context.store.unit_of_work() as work:
        token = sign_in.setup_link(work)
    url = context.settings.public_url
    if token is None:
        print(f"Under24 is at {url}", flush=True)  # noqa: T201 - for the person at the terminal
    else:
        print(f"Open this link once to set up Under24: {url}/setup/{token}", flush=True)  # noqa: T201


def serve(context: Context, *, web: bool = True, work: bool = True, lmtp: str = "") -> None:
    """Run until told to stop: the web, the loops, or both."""
    if web:
        _greet(context)
    stopped = _signalled()
    with working(context, lmtp) if work else _listening(context):
        _serve_web(context, stopped) if web else stopped.wait()
        context.stopping.set()


@contextmanager
def _listening(context: Context) -> Iterator[None]:
    listener = Listener(context.store)
    listener.start()
    try:
        yield
    finally:
        listener.stop()


def _serve_web(context: Context, stopped: threading.Event) -> None:
    """Answer browsers in a thread: were uvicorn in the main one, a signal would end us before the loops are stopped."""
    import uvicorn

    from inbox.web import create_app

    settings = context.settings
    config = uvicorn.Config(
        create_app(context),
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=5,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies or None,
        server_header=False,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="web")
    thread.start()
    while thread.is_alive() and not stopped.wait(0.2):
        pass
    context.stopping.set()
    context.store.ring()
    server.should_exit = True
    thread.join()
    if not stopped.is_set():
        raise SettingsError(f"The web server ended: is port {settings.port} taken? Set INBOX_PORT to another one.")


def _signalled() -> threading.Event:
    """Return what is set when we are told to stop; from here on a signal no longer cuts what is being sent."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
