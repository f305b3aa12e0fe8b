"""Pages in gzip, for our own pages only.

A page holds secrets (a token, people's words). Compressed beside text of a stranger's choice, its length would tell of
them (BREACH): who can make a browser ask again and again and watch the lengths guesses letter by letter. So nothing is
compressed that another site made the browser ask for (Sec-Fetch-Site; a browser that does not say gets it plain), and
a name of random length in the gzip header blurs what is left. Streams and files are never touched.
"""

from __future__ import annotations

import secrets
import struct
import zlib
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

SMALLEST = 1000
LEVEL = 5
BLUR = 100
KINDS = ("text/html", "application/json")
OURS = frozenset({"same-origin", "none"})


def pack(body: bytes) -> bytes:
    """Return a gzip stream whose header holds a name of random length."""
    name = b"a" * (1 + secrets.randbelow(BLUR))
    squeeze = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    header = b"\x1f\x8b\x08\x08\0\0\0\0\0\xff" + name + b"\0"
    tail = struct.pack("<II", zlib.crc32(body), len(body) & 0xFFFFFFFF)
    return header + squeeze.compress(body) + squeeze.flush() + tail


class Compress:
    """ASGI middleware: whole pages leave in gzip when one of our own pages, or the person, asks for them."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or not _may(Headers(scope=scope)):
            await self.app(scope, receive, send)
            return
        start: Message | None = None

        async def send_packed(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            if start is not None:
                message = _packed(start, message)
                await send(start)
                start = None
            await send(message)

        await self.app(scope, receive, send_packed)


def _may(asked: Headers) -> bool:
    return "gzip" in asked.get("accept-encoding", "") and asked.get("sec-fetch-site", "") in OURS


def _packed(start: Message, message: Message) -> Message:
    """Compress a body that is whole; the head learns of it."""
    headers = MutableHeaders(scope=start)
    body: bytes = message.get("body", b"")
    whole = message["type"] == "http.response.body" and not message.get("more_body", False)
    if not headers.get("content-type", "").startswith(KINDS) or "content-encoding" in headers:
        return message
    headers.add_vary_header("Accept-Encoding")
    if not whole or len(body) < SMALLEST:
        return message
    packed = pack(body)
    headers["Content-Encoding"] = "gzip"
    headers["Content-Length"] = str(len(packed))
    return {**message, "body": packed}
