"""The outermost layer: a request id, the language, security headers, and one sentence when something breaks."""

from __future__ import annotations

import logging
import secrets
from typing import TYPE_CHECKING

from fastapi import HTTPException, Request
from starlette.datastructures import MutableHeaders

from inbox.web.errors import BROKEN, SENTENCES, answer
from inbox.web.language import _, listen

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger(__name__)

CSP = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self';"
    " connect-src 'self'; frame-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self';"
    " frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "X-Frame-Options": "DENY",
}
# What is only ever a part of a page needs no more than this: on forty files the rest would outweigh some of them.
PARTS = (".css", ".js", ".woff2")
ENOUGH = ("X-Content-Type-Options", "Cross-Origin-Resource-Policy")
HSTS = "max-age=31536000"
LARGEST_BODY = 40 * 1024 * 1024
LARGEST_FILE = 8 * 1024 * 1024 * 1024
"""What an import may weigh. It is written to disk as it comes, and only after the founder was let in."""
FILES = "/settings/imports/file"


class Headers:
    """ASGI middleware. What a route set itself stays: the frame of a mail brings its own, stricter policy."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self.app = app
        self.headers = {**HEADERS, **({"Strict-Transport-Security": HSTS} if https else {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        listen(scope)
        request_id = secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id
        started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                self._complete(message, scope["path"], request_id)
            await send(message)

        try:
            if _too_large(scope):
                await answer(Request(scope), 413, _(SENTENCES[413]))(scope, receive, send_with_headers)
                return
            await self.app(scope, _bounded(receive, _limit(scope)), send_with_headers)
        except Exception:
            log.exception("Request %s broke", request_id)
            if started:
                raise
            broken = answer(Request(scope), 500, f"{_(BROKEN)} ({request_id})")
            await broken(scope, receive, send_with_headers)

    def _complete(self, message: Message, path: str, request_id: str) -> None:
        headers = MutableHeaders(scope=message)
        if message["status"] in {200, 304} and path.startswith("/static/") and path.endswith(PARTS):
            for name in ENOUGH:
                headers.setdefault(name, HEADERS[name])
            return
        for name, value in self.headers.items():
            headers.setdefault(name, value)
        headers["X-Request-Id"] = request_id
        if not path.startswith("/static/"):
            headers.setdefault("Cache-Control", "no-store")


def _limit(scope: Scope) -> int:
    return LARGEST_FILE if scope["path"] == FILES else LARGEST_BODY


def _bounded(receive: Receive, limit: int) -> Receive:
    """Stop reading a body that is larger than any form of ours, whatever was announced."""
    taken = 0

    async def receive_some() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > limit:
            raise HTTPException(413)
        return message

    return receive_some


def _too_large(scope: Scope) -> bool:
    given = dict(scope["headers"]).get(b"content-length", b"0")
    return given.isdigit() and int(given) > _limit(scope)
