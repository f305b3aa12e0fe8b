"""How long the screens take in the server, rendering included: lists, conversations, search; first and last pages."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

import httpx
from fastapi import FastAPI

from bench import fill
from bench.watch import percentiles
from bench.world import END
from inbox import wiring
from inbox.flow import sign_in
from inbox.flow.context import Context
from inbox.settings import Settings
from inbox.web import create_app

ROUNDS = 30
SEARCHES = {
    "search, common word": "hello",
    "search, rare word": "zebra7",
    "search, no hit": "nosuchword",
    "search, common word and rare tag": "hello tag:seldom",
    "search, common word among who waits": "hello is:waiting",
}


@dataclass(frozen=True)
class Times:
    """Milliseconds of one screen: by the wall, and the middle of what our processor spent; what the store was asked."""

    p50: float
    p95: float
    cpu: float
    statements: int = 0


@contextmanager
def filled(url: str, conversations: int) -> Iterator[tuple[Context, dict[str, float]]]:
    """Open a house over a store that was filled; and what filling it took."""
    with TemporaryDirectory(prefix="u24-bench-") as folder:
        settings = Settings.model_validate({"data_dir": Path(folder), "database_url": url})
        context = wiring.build(settings, lambda: END)
        try:
            yield context, fill.build(context.store, conversations)
        finally:
            context.store.close()


def measure(context: Context, conversations: int, rounds: int = ROUNDS) -> dict[str, Times]:
    """Return what each screen takes."""
    return asyncio.run(_ask_all(context, conversations, rounds))


@asynccontextmanager
async def client_of(context: Context) -> AsyncIterator[tuple[httpx.AsyncClient, FastAPI]]:
    """Open a browser in which the first teammate is signed in, and the app it asks."""
    with context.store.unit_of_work() as work:
        token = sign_in.open_session(work, 1, "bench").token
    app = create_app(context)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://127.0.0.1", cookies={"under24": token}, timeout=120
    ) as client:
        yield client, app


async def _ask_all(context: Context, conversations: int, rounds: int) -> dict[str, Times]:
    async with client_of(context) as (client, _app):
        older = await _second_page(client)
        return {name: await take(client, paths) for name, paths in _paths(conversations, rounds, older).items()}


def _paths(conversations: int, rounds: int, older: str) -> dict[str, list[str]]:
    numbers = [1 + number * 7919 % conversations for number in range(rounds)]
    paths = {
        "list, who waits": ["/inbox/waiting"] * rounds,
        "list, who waits, second page": [older] * rounds,
        "list, unassigned": ["/inbox/unassigned"] * rounds,
        "list, mine": ["/inbox/mine"] * rounds,
        "list, closed": ["/inbox/closed"] * rounds,
        "list, all": ["/inbox/all"] * rounds,
        "conversation beside its list": [f"/inbox/all/{number}" for number in numbers],
    }
    return paths | {name: [f"/search?q={quote(query)}"] * rounds for name, query in SEARCHES.items()}


async def _second_page(client: httpx.AsyncClient) -> str:
    """Return the address behind "Older"."""
    page = (await client.get("/inbox/waiting")).text
    found = re.search(r'href="(/inbox/waiting\?before=[^"]+)"', page)
    return found[1].replace("&amp;", "&") if found else "/inbox/waiting"


async def take(client: httpx.AsyncClient, paths: Sequence[str], before: Callable[[], None] = lambda: None) -> Times:
    """Ask for each in turn and return what they took. before: what is done before each."""
    walls, cpus = [], []
    for path in [paths[0], *paths]:  # the first is for the caches
        before()
        wall, cpu = time.perf_counter(), time.process_time()
        answer = await client.get(path)
        walls.append((time.perf_counter() - wall) * 1000)
        cpus.append((time.process_time() - cpu) * 1000)
        if answer.status_code != 200:
            raise ValueError(f"{path} answered {answer.status_code}.")
    return Times(*percentiles(walls[1:]), cpu=percentiles(cpus[1:])[0])
