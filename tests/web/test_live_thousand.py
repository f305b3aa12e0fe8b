"""A thousand open screens at one process: quiet while nothing happens, and all hear of what does."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import time
from urllib.parse import urlsplit

from house import mail
from team import Team

from inbox.web.hub import WAITING_EVENTS, Listener, event

LISTENERS = 1000


class Screen:
    """One open connection to /live, as bare as a socket."""

    def __init__(self, team: Team, cookie: str) -> None:
        at = urlsplit(team.url)
        self.host, self.port = at.hostname or "", at.port or 0
        self.cookie = cookie
        self.heard = 0.0

    async def open(self) -> None:
        self.reader, self.writer = await asyncio.open_connection(self.host, self.port)
        self.writer.write(
            f"GET /live HTTP/1.1\r\nHost: {self.host}:{self.port}\r\nCookie: under24={self.cookie}\r\n\r\n".encode()
        )
        assert b" 200 " in await self.reader.readline()
        await self.reader.readuntil(b"event: presence\n")

    async def hear(self, what: bytes) -> None:
        await self.reader.readuntil(what)
        self.heard = time.monotonic()

    async def close(self) -> None:
        self.writer.close()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()


async def opened(team: Team) -> list[Screen]:
    screens = [Screen(team, team.alice.client.cookies["under24"]) for _ in range(LISTENERS)]
    for first in range(0, LISTENERS, 50):
        await asyncio.gather(*(screen.open() for screen in screens[first : first + 50]))
    return screens


def test_a_thousand_screens_in_one_process(team: Team) -> None:
    async def story() -> tuple[float, float, float]:
        screens = await opened(team)
        await asyncio.sleep(1)
        idle_since, cpu = time.monotonic(), time.process_time()
        await asyncio.sleep(4)
        idle = (time.process_time() - cpu) / (time.monotonic() - idle_since)
        began = time.monotonic()
        hearing = [asyncio.create_task(screen.hear(b"event: changes\n")) for screen in screens]
        await asyncio.to_thread(team.house.receive, team.account, mail())
        await asyncio.wait_for(asyncio.gather(*hearing), 10)
        last = max(screen.heard for screen in screens) - began
        leaving = [asyncio.create_task(screen.hear(b"event: bye\n")) for screen in screens]
        began = time.monotonic()
        await asyncio.to_thread(team.alice.post, "/logout")
        await asyncio.wait_for(asyncio.gather(*leaving), 10)
        gone = time.monotonic() - began
        await asyncio.gather(*(screen.close() for screen in screens))
        return idle, last, gone

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    idle, last, gone = asyncio.run(story())
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    told = f"idle {idle:.1%} of a core, last heard after {last:.2f} s, gone after {gone:.2f} s, {grown:.0f} MB more"
    print(told)
    # The screens' own ends run in this process too: the limits are for both together.
    assert idle < 0.10, told
    assert last < 3, told
    assert gone < 6, told
    assert grown < 150, told


def test_a_screen_that_does_not_take_its_events_is_told_to_begin_anew() -> None:
    async def story() -> list[str | None]:
        listener = Listener("", 0.0)
        for seq in range(1, 1001):
            listener.tell(event("changes", {"seq": seq}, seq), seq)
        assert listener.queue.qsize() <= WAITING_EVENTS + 1
        listener.end(event("bye", {}))
        return [listener.queue.get_nowait() for _ in range(listener.queue.qsize())]

    assert asyncio.run(story()) == ["event: bye\ndata: {}\n\n", None]


def test_nothing_is_lost_between_a_reset_and_what_follows() -> None:
    async def story() -> list[str | None]:
        listener = Listener("", 0.0)
        for seq in range(1, WAITING_EVENTS + 4):
            listener.tell(event("changes", {"seq": seq}, seq), seq)
        return [listener.queue.get_nowait() for _ in range(listener.queue.qsize())]

    first, *later = asyncio.run(story())
    assert first == event("reset", {"seq": WAITING_EVENTS + 1}, WAITING_EVENTS + 1)
    assert later == [event("changes", {"seq": WAITING_EVENTS + n}, WAITING_EVENTS + n) for n in (2, 3)]
