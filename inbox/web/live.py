"""Live screens: the feed of changes as server-sent events, with the gap filled after a broken line.

One event `changes` carries what happened since the last one: {"seq", "conversations": [ids], "kinds": [...]}. Its id is
the feed's sequence number, so a browser that comes back says where it stopped. A gap too long to tell is one event
`reset`: the page loads anew. Whether the listener may still listen is asked before every event, and every few seconds.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from inbox.flow import sign_in
from inbox.flow.context import Context
from inbox.store import changes
from inbox.web.cookies import session_token
from inbox.web.deps import Me

PATIENCE = 3.0
GAP = 500
OPEN_AT_MOST = 3600.0
SILENCE = 15.0

router = APIRouter()


@dataclass(frozen=True, slots=True)
class News:
    """What to tell a listener; `allowed` is False once they are signed out."""

    allowed: bool
    seq: int
    text: str = ""


@router.get("/live")
async def live(request: Request, me: Me) -> StreamingResponse:  # noqa: ARG001 - `me` is the policy
    """Stream what changes until the listener leaves or is signed out."""
    context: Context = request.app.state.context
    stream = _stream(request, context, session_token(request))
    return StreamingResponse(stream, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


async def _stream(request: Request, context: Context, token: str) -> AsyncIterator[str]:
    rung, loop = asyncio.Event(), asyncio.get_running_loop()

    def ring() -> None:
        loop.call_soon_threadsafe(rung.set)

    stop = context.store.on_change(ring)
    try:
        seq = await run_in_threadpool(_start, context, request.headers.get("last-event-id", ""))
        yield f"retry: 1000\nid: {seq}\n\n"
        opened = told = loop.time()
        while loop.time() - opened < OPEN_AT_MOST and not await _over(request, context):
            news = await run_in_threadpool(_news, context, token, seq)
            if not news.allowed:
                return
            seq = news.seq
            if news.text or loop.time() - told > SILENCE:
                told = loop.time()
                yield news.text or ": still here\n\n"
            await _wait(rung)
    finally:
        stop()


async def _over(request: Request, context: Context) -> bool:
    """Whether nobody listens any more, or we are about to stop."""
    return context.stopping.is_set() or await request.is_disconnected()


async def _wait(rung: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(rung.wait(), PATIENCE)
    except TimeoutError:
        return
    rung.clear()


def _start(context: Context, last_event_id: str) -> int:
    with context.store.reading() as session:
        newest = changes.last_seq(session)
    return min(int(last_event_id), newest) if last_event_id.isascii() and last_event_id.isdigit() else newest


def _news(context: Context, token: str, seq: int) -> News:
    with context.store.reading() as session:
        if sign_in.who(session, token, context.clock()) is None:
            return News(allowed=False, seq=seq)
        found = changes.after(session, seq, GAP + 1)
        if len(found) > GAP:
            newest = changes.last_seq(session)
            return News(allowed=True, seq=newest, text=event("reset", newest, {"seq": newest}))
    if not found:
        return News(allowed=True, seq=seq)
    newest = found[-1].seq or seq
    told = {
        "seq": newest,
        "conversations": sorted({row.conversation_id for row in found if row.conversation_id}),
        "kinds": sorted({row.kind for row in found}),
    }
    return News(allowed=True, seq=newest, text=event("changes", newest, told))


def event(name: str, seq: int, data: dict[str, object]) -> str:
    """Write one server-sent event."""
    return f"id: {seq}\nevent: {name}\ndata: {json.dumps(data)}\n\n"
