"""What the pages of the promise cost: figures, the rows behind them, review, what if, rota, and what every head tells.

Each is asked through the app, with rendering, as a founder sees it; the statements it asks of the store are counted.
What a page remembers for a while is forgotten before each time, where that is what shall be measured.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from fastapi import FastAPI

from bench import weeks
from bench.latency import Times, client_of, take
from bench.watch import listening
from bench.world import END
from inbox import wiring
from inbox.flow.context import Context
from inbox.settings import Settings
from rules import promise

ROUNDS = 15
LAST = promise.week_of(END, weeks.PARIS).later(-1).name
_TEAM = "/promise/team"
_OFFICE = "&start=09:00&end=18:00"


@dataclass(frozen=True, slots=True)
class Page:
    """A page. most: ms of processor that it may cost. forget: what of the app's memory is measured, too."""

    path: str
    most: float = 30
    forget: str = ""


PAGES: Mapping[str, Page] = {
    "a week": Page(f"{_TEAM}?week={LAST}", 55),
    "this week": Page(_TEAM, 45),
    "the review of a week": Page(f"{_TEAM}/review?week={LAST}", 60),
    "rows: all of a week": Page(f"{_TEAM}/waits?week={LAST}"),
    "rows: who waited longer": Page(f"{_TEAM}/waits?week={LAST}&of=broken"),
    "rows: an hour of the day": Page(f"{_TEAM}/waits?week={LAST}&of=settled&hour=9"),
    "rows: one person's": Page(f"{_TEAM}/waits?week={LAST}&of=kept&person=3"),
    "rows: one channel's": Page(f"{_TEAM}/waits?week={LAST}&channel=voice"),
    "what if: 8 hours": Page("/promise/what-if?kind=policy&hours=8&clock=always", 85),
    "what if: 4 office hours": Page(f"/promise/what-if?kind=policy&hours=4&clock=hours{_OFFICE}", 90),
    "what if: weekends too": Page(f"/promise/what-if?kind=cover&how=add&days=5&days=6{_OFFICE}", 80),
    "the rota": Page("/rota", 65),
    "for everybody, measured": Page("/promise", 200, forget="public_promise"),
    "for everybody, remembered": Page("/promise"),
    "who waits, head measured": Page("/inbox/waiting", forget="kept"),
    "who waits": Page("/inbox/waiting"),
    "a conversation": Page("/inbox/waiting/{talk}", 40),
    "notices": Page("/notices"),
}


@contextmanager
def filled(url: str, waits: int) -> Iterator[Context]:
    """Open a house over a store that was filled."""
    with TemporaryDirectory(prefix="u24-bench-") as folder:
        settings = Settings.model_validate({"data_dir": Path(folder), "database_url": url})
        context = wiring.build(settings, lambda: END)
        try:
            weeks.build(context.store, waits)
            yield context
        finally:
            context.store.close()


def measure(context: Context, waits: int, rounds: int = ROUNDS) -> dict[str, Times]:
    """Return what each page takes."""
    return asyncio.run(_ask_all(context, waits, rounds))


async def _ask_all(context: Context, waits: int, rounds: int) -> dict[str, Times]:
    async with client_of(context) as (client, app):
        return {name: await _ask(context, client, app, page, waits, rounds) for name, page in PAGES.items()}


async def _ask(context: Context, client: httpx.AsyncClient, app: FastAPI, page: Page, waits: int, rounds: int) -> Times:
    path = page.path.format(talk=waits - 5)

    def forget() -> None:
        if page.forget:
            setattr(app.state, page.forget, {} if page.forget == "kept" else None)

    times = await take(client, [path] * rounds, before=forget)
    forget()
    with listening(context.store) as asked:
        await client.get(path)
    return Times(times.p50, times.p95, times.cpu, statements=len(asked))
