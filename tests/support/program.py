"""The web app served for real on a port of this machine, and clients that speak to it as programs and browsers do."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import uvicorn
from fastapi import FastAPI
from house import House
from loopback import PLAIN

from inbox.flow import sign_in, tokens
from inbox.web import create_app


class Prompt(uvicorn.Server):
    """A server that ends when it is told to; uvicorn's own looks whether it was told ten times a second."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop, self._told = asyncio.get_running_loop(), asyncio.Event()
        await super().startup(sockets)

    async def main_loop(self) -> None:
        await self.on_tick(0)
        await self._told.wait()

    def end(self) -> None:
        self._loop.call_soon_threadsafe(self._told.set)


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """Serve the app until the block ends; yields its address."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", access_log=False)
    server = Prompt(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise RuntimeError("The app did not start.")
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.end()
        thread.join(timeout=10)


@contextmanager
def served(house: House) -> Iterator[str]:
    """Serve a house."""
    with serving(create_app(house.context)) as address:
        yield address


def program(house: House, address: str, teammate_id: int) -> httpx.Client:
    """A program of a teammate's, with a token."""
    with house.store.unit_of_work() as work:
        token = tokens.new_api_token(work, teammate_id, "a program")
    return httpx.Client(base_url=address, headers={"Authorization": f"Bearer {token}"}, timeout=30, verify=PLAIN)


class Browser(httpx.Client):
    """A signed-in browser without scripts: it sends the cookie, where a form comes from, and the form's own token."""

    csrf: str = ""

    def submit(self, path: str, **fields: str) -> httpx.Response:
        """Post a form of ours and follow to the page that comes after it."""
        origin = str(self.base_url).rstrip("/")
        headers = {"Origin": origin, "Sec-Fetch-Site": "same-origin"}
        return self.post(path, data={"csrf": self.csrf, **fields}, headers=headers, follow_redirects=True)


def browser(house: House, address: str, teammate_id: int) -> Browser:
    """A browser in which a teammate is signed in."""
    with house.store.unit_of_work() as work:
        opened = sign_in.open_session(work, teammate_id, "a browser")
    with house.store.reading() as session:
        me = sign_in.who(session, opened.token, house.clock())
    assert me is not None
    made = Browser(base_url=address, timeout=30, verify=PLAIN)
    made.cookies.set("under24", opened.token)
    made.csrf = me.csrf
    return made
