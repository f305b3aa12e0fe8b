"""Live screens: the feed of changes as server-sent events, with the gap filled after a broken line.

What is told is described in inbox.web.hub. A browser that comes back says where it stopped, by Last-Event-ID or
?after=; a gap too long to tell is one event `reset`: the page asks for all it shows anew.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response, StreamingResponse

from inbox.flow import presence
from inbox.web.cookies import session_token
from inbox.web.deps import House, Me
from inbox.web.hub import Hub, Listener

router = APIRouter()


@router.get("/live")
async def live(request: Request, me: Me, after: str = "") -> Response:  # noqa: ARG001 - `me` is the policy
    """Stream what changes until the listener leaves or is signed out."""
    hub = hub_of(request)
    known = request.headers.get("last-event-id", "") or after
    joined = await hub.join(session_token(request), _number(known))
    if joined is None:
        return Response(status_code=503, headers={"Retry-After": "30"})
    stream = _stream(hub, *joined)
    return StreamingResponse(stream, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


@router.post("/presence")
def i_am_here(
    house: House,
    me: Me,
    tab: Annotated[str, Form(max_length=40)],
    conversation: Annotated[int, Form()] = 0,
    typing: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Take what an open page says about itself: which conversation it shows, and whether somebody writes there."""
    with house.store.unit_of_work() as work:
        presence.here(work, me.id, tab, conversation, typing)
    return Response(status_code=204)


def hub_of(request: Request) -> Hub:
    """Return this process's hub, made when somebody first listens: it belongs to the loop that serves."""
    state = request.app.state
    if not hasattr(state, "hub"):
        state.hub = Hub(state.context)
    hub: Hub = state.hub
    return hub


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


async def _stream(hub: Hub, listener: Listener, first: list[str]) -> AsyncIterator[str]:
    try:
        yield "".join(first)
        while (text := await listener.queue.get()) is not None:
            yield text
    finally:
        hub.leave(listener)
