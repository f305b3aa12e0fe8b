"""A team at work over HTTP: a served app with Alice (founder) and Bob (member) signed in, and Mallory outside."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx
import uvicorn
from argon2 import PasswordHasher
from fastapi import FastAPI
from house import House
from loopback import HOST, PLAIN, free_port
from playwright.sync_api import Page
from program import Prompt
from stores import MovedClock, sqlite_store

from inbox.store.db import Store
from inbox.store.tables import Teammate
from inbox.web import create_app

Opener = Callable[..., Page]
"""Opens a page, signed in: who, width, height, and what else a browser context takes."""

PASSWORD = "correct horse battery"
_QUICK = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
_CSRF = re.compile(r'"X-CSRF-Token": "([^"]+)"')
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


class Served(Prompt):
    """An app on a port of its own, in a thread."""

    def __init__(self, app: FastAPI) -> None:
        self.port = free_port()
        super().__init__(
            uvicorn.Config(
                app,
                host=HOST,
                port=self.port,
                log_level="error",
                ws="none",
                lifespan="off",
                timeout_graceful_shutdown=1,
            )
        )
        self._thread = threading.Thread(target=self.run, daemon=True)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        for _ in range(500):
            if self.started:
                return self
            time.sleep(0.01)
        raise RuntimeError("The app did not start.")

    def __exit__(self, *_: object) -> None:
        self.end()
        self._thread.join(timeout=10)


@dataclass
class Visitor:
    """Somebody with a browser that has no scripts."""

    url: str
    id: int = 0
    csrf: str = ""
    client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        headers = {"Origin": self.url, "User-Agent": "Test"}
        self.client = httpx.Client(base_url=self.url, headers=headers, timeout=20, verify=PLAIN)

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.client.get(path, **more)

    def post(self, path: str, headers: Any = None, files: Any = None, **form: Any) -> httpx.Response:
        return self.client.post(path, data={"csrf": self.csrf, **form}, headers=headers, files=files)

    def sign_in(self, mail: str, password: str = PASSWORD) -> httpx.Response:
        answer = self.post("/login", mail=mail, password=password)
        self.learn()
        return answer

    def learn(self) -> None:
        """Read the token that our forms carry."""
        found = _CSRF.search(self.get("/search").text)
        self.csrf = found[1] if found else ""


@dataclass
class Team:
    """The house, the served app, and who uses it."""

    house: House
    app: FastAPI
    url: str
    account: int
    alice: Visitor
    bob: Visitor
    mallory: Visitor
    guests: list[Visitor] = field(default_factory=list)

    @property
    def clock(self) -> MovedClock:
        return self.house.clock

    def visitor(self) -> Visitor:
        self.guests.append(Visitor(self.url))
        return self.guests[-1]

    def changes(self) -> int:
        """Return the number of the newest change."""
        answered: int = self.mallory.get("/healthz").json()["changes"]
        return answered


def give_password(house: House, teammate_id: int, password: str = PASSWORD) -> None:
    """Let a teammate have a password; it is checked in no time, where a chosen one takes 20 ms by design."""
    with house.store.unit_of_work() as work:
        work.session.get_one(Teammate, teammate_id).password_hash = _QUICK.hash(password)


@contextmanager
def team_at_work(folder: Path, clock: MovedClock | None = None) -> Iterator[Team]:
    """Open the house, serve it, and sign Alice and Bob in."""
    with sqlite_store(folder, clock or MovedClock()) as store, team_on(store) as made:
        yield made


@contextmanager
def team_on(store: Store) -> Iterator[Team]:
    """Do the same on a store that is there."""
    house = House(store, store.clock)  # type: ignore[arg-type]
    alice_id, bob_id = house.add_teammate("Alice", "founder"), house.add_teammate("Bob")
    for teammate_id in (alice_id, bob_id):
        give_password(house, teammate_id)
    app = create_app(house.context)
    with Served(app) as served:
        alice, bob = Visitor(served.url, alice_id), Visitor(served.url, bob_id)
        alice.sign_in("alice@example.com")
        bob.sign_in("bob@example.com")
        people = (alice, bob, Visitor(served.url))
        made = Team(house, app, served.url, house.add_account(), *people)
        try:
            yield made
        finally:
            for one in (*people, *made.guests):
                one.client.close()
