"""One reader of the feed for all open screens of this process.

However many listen, each change is read once and its text made once; who may still listen is asked for all of them in
one question. A listener that takes its events too slowly loses them for one `reset`, so that memory stays bounded.

    changes    {"seq", "conversations": [ids], "kinds": [...]}   what happened since the last one; its id is seq
    reset      {"seq"}                                           more happened than is worth telling: look at everything
    presence   {"here": {conversation: [{"id", "name", "typing"}]}}   who looks at what, all of it, whenever it changes
    here       {"at"}                                            nothing happened, and the line holds
    bye        {}                                                signed out
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool

from inbox.flow import presence
from inbox.store import changes
from inbox.store.trouble import Trouble

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inbox.flow.context import Context
    from inbox.store.db import Session
    from inbox.store.presence import Seen
    from inbox.store.tables import Change

PATIENCE = 3.0
"""Seconds between looks while no bell rings; so long a sign-out may go unnoticed."""
GATHER = 0.04
"""Seconds to wait after a bell for what else comes: a burst is told as one event."""
GAP = 500
SILENCE = 15.0
OPEN_AT_MOST = 3600.0
WAITING_EVENTS = 64
MOST_LISTENERS = 5000

log = logging.getLogger(__name__)


def event(name: str, data: dict[str, object], seq: int | None = None) -> str:
    """Write one server-sent event."""
    number = "" if seq is None else f"id: {seq}\n"
    return f"{number}event: {name}\ndata: {json.dumps(data, separators=(',', ':'))}\n\n"


class Listener:
    """One open screen: its session, and what it has not been told yet. None in the queue ends it."""

    def __init__(self, token: str, opened: float) -> None:
        """Begin with nothing to tell."""
        self.token = token
        self.opened = opened
        self.queue: asyncio.Queue[str | None] = asyncio.Queue(WAITING_EVENTS + 2)

    def tell(self, text: str, seq: int) -> None:
        """Put an event in the queue; when it is full, one `reset` takes the place of all of them."""
        if self.queue.qsize() < WAITING_EVENTS:
            self.queue.put_nowait(text)
            return
        self._empty()
        self.queue.put_nowait(event("reset", {"seq": seq}, seq))

    def end(self, last: str = "") -> None:
        """Say a last thing, and no more."""
        self._empty()
        if last:
            self.queue.put_nowait(last)
        self.queue.put_nowait(None)

    def _empty(self) -> None:
        while not self.queue.empty():
            self.queue.get_nowait()


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at the store found. `allowed` is None when nobody asked who may still listen."""

    seq: int
    told: str
    here: str
    allowed: set[str] | None


class Hub:
    """The listeners of one process, and the task that reads for them; it runs while there are any."""

    def __init__(self, context: Context) -> None:
        """Begin without listeners and without a task."""
        self._context = context
        self._listeners: set[Listener] = set()
        self._task: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._rung = asyncio.Event()
        self._seq = 0
        self._here = ""
        self._checked = self._spoke = 0.0

    async def join(self, token: str, after: int | None) -> tuple[Listener, list[str]] | None:
        """Take in a listener who knows everything up to `after`; returns what to say first, None when full."""
        if len(self._listeners) >= MOST_LISTENERS:
            return None
        async with self._starting:
            if self._task is None:
                await self._start()
        listener = Listener(token, asyncio.get_running_loop().time())
        self._listeners.add(listener)
        seq = self._seq
        first = [f"retry: 1000\nid: {seq}\n\n"]
        try:
            if after is not None and after < seq:
                first.append(await run_in_threadpool(missed, self._context, after, seq))
        except BaseException:
            self.leave(listener)
            raise
        return listener, [*first, self._here]

    def leave(self, listener: Listener) -> None:
        """Forget a listener; the last one lets the task rest."""
        self._listeners.discard(listener)
        if not self._listeners:
            self._rung.set()

    async def _start(self) -> None:
        look = await run_in_threadpool(look_at, self._context, None, set())
        self._seq, self._here = look.seq, look.here
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()

        def ring() -> None:
            loop.call_soon_threadsafe(self._rung.set)

        stop = self._context.store.on_change(ring)
        self._checked = self._spoke = loop.time()
        try:
            while not self._context.stopping.is_set():
                await self._wait()
                if not self._listeners:
                    break
                await self._turn(loop.time())
        finally:
            stop()
            self._task = None
            for listener in self._listeners:
                listener.end()
            self._listeners.clear()

    async def _wait(self) -> None:
        try:
            await asyncio.wait_for(self._rung.wait(), PATIENCE)
        except TimeoutError:
            return
        await asyncio.sleep(GATHER)
        self._rung.clear()

    async def _turn(self, now: float) -> None:
        """Look once and tell everybody. Trouble with the store passes; who listens hears more afterwards."""
        tokens = {listener.token for listener in self._listeners}
        check = now - self._checked >= PATIENCE / 2
        try:
            look = await run_in_threadpool(look_at, self._context, self._seq, tokens if check else set())
        except Trouble:
            log.warning("The feed could not be read; open screens wait.")
            return
        if check and look.allowed is not None:
            self._checked = now
            self._dismiss(look.allowed, tokens)
        self._tell(look, now)

    def _dismiss(self, allowed: set[str], asked: set[str]) -> None:
        """Say good-bye to who was signed out. Who came while we asked was let in by the door itself."""
        gone = asked - allowed
        for listener in [one for one in self._listeners if one.token in gone]:
            self._listeners.discard(listener)
            listener.end(event("bye", {}))

    def _tell(self, look: Look, now: float) -> None:
        said = look.told + (look.here if look.here != self._here else "")
        self._seq, self._here = look.seq, look.here
        if not said and now - self._spoke >= SILENCE:
            said = event("here", {"at": self._context.clock().isoformat()})
        if not said:
            return
        self._spoke = now
        for listener in list(self._listeners):
            listener.tell(said, look.seq)
            if now - listener.opened > OPEN_AT_MOST:
                self._listeners.discard(listener)
                listener.end()


def look_at(context: Context, seq: int | None, tokens: set[str]) -> Look:
    """Look once: what changed since `seq` (None: only where the feed stands), who is where, who may listen."""
    now = context.clock()
    with context.store.reading() as session:
        allowed = presence.still_signed_in(session, tokens, now) if tokens else None
        here = _here(presence.now_here(session, now))
        if seq is None:
            return Look(changes.last_seq(session), "", here, allowed)
        newest, told = _news(session, seq)
    return Look(newest, told, here, allowed)


def missed(context: Context, after: int, seq: int) -> str:
    """Return what somebody missed who knows everything up to `after`, and is told what comes after `seq` anyway."""
    with context.store.reading() as session:
        found = changes.after(session, after, GAP + 1)
        kept = after + 1 >= changes.first_seq(session)
    if len(found) > GAP or not kept:
        return event("reset", {"seq": seq}, seq)
    return _told([row for row in found if (row.seq or 0) <= seq])


def _news(session: Session, seq: int) -> tuple[int, str]:
    found = changes.after(session, seq, GAP + 1)
    if len(found) > GAP:
        newest = changes.last_seq(session)
        return newest, event("reset", {"seq": newest}, newest)
    return (found[-1].seq or seq) if found else seq, _told(found)


def _told(found: Sequence[Change]) -> str:
    if not found:
        return ""
    newest = found[-1].seq or 0
    told: dict[str, object] = {
        "seq": newest,
        "conversations": sorted({row.conversation_id for row in found if row.conversation_id}),
        "kinds": sorted({row.kind for row in found}),
    }
    return event("changes", told, newest)


def _here(seen: Sequence[Seen]) -> str:
    by_conversation: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in seen:
        by_conversation[str(one.conversation_id)].append(
            {"id": one.teammate_id, "name": one.name, "typing": one.typing}
        )
    return event("presence", {"here": dict(by_conversation)})
