"""A strict receiver of webhooks on loopback: it checks what Standard Webhooks asks of a receiver, and remembers all.

with HookServer() as receiver:
    receiver.answers.append((503, {"retry-after": "7"}, b"later"))
    ...
    assert receiver.calls[0].read([secret], now)["type"] == "wait.breach"
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import ssl
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from loopback import HOST, Certificates

Reply = tuple[int, Mapping[str, str], bytes]
TOLERANCE = timedelta(minutes=5)


@dataclass(frozen=True)
class Call:
    """One request as it came."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    server_name: str | None = None

    def signed_by(self, secret: str) -> bool:
        """Whether one of its signatures was made with this secret, worked out from the specification alone."""
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signed = b".".join((self.headers["webhook-id"].encode(), self.headers["webhook-timestamp"].encode(), self.body))
        expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        return expected in self.headers["webhook-signature"].split(" ")

    def read(self, secrets: Sequence[str], now: datetime) -> dict[str, Any]:
        """Check it as a careful receiver does, and return what it says."""
        assert self.headers["content-type"] == "application/json"
        assert int(self.headers["content-length"]) == len(self.body)
        assert "." not in self.headers["webhook-id"]
        sent_at = datetime.fromtimestamp(int(self.headers["webhook-timestamp"]), UTC)
        assert abs(now - sent_at) <= TOLERANCE, "too old, or from the future"
        assert any(self.signed_by(secret) for secret in secrets), "signed by nobody we know"
        said = json.loads(self.body)
        assert {"type", "timestamp", "data"} <= said.keys()
        return dict(said)


@dataclass
class HookServer:
    """Answers 204; `answers` are given first, one each. `drip`: sends a byte now and then, and never ends."""

    answers: list[Reply] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    certificates: Certificates | None = None
    drip: bool = False
    url: str = ""
    names: list[str | None] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._over = threading.Event()
        self._server = ThreadingHTTPServer((HOST, 0), self._handler())
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        if self.certificates is not None:
            context = self.certificates.server_context()
            context.sni_callback = lambda _socket, name, _context: self.names.append(name)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"{'https' if self.certificates else 'http'}://{HOST}:{self.port}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.calls.append(Call(self.path, headers, body))
                status, more, said = receiver.answers.pop(0) if receiver.answers else (204, {}, b"")
                if receiver.drip:
                    self._drip()
                    return
                self.send_response(status)
                for name, value in more.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            do_GET = do_POST  # noqa: N815 - the name that the library looks for

            def _drip(self) -> None:
                try:
                    self.wfile.write(b"HTTP/1.1 200 OK\r\n")
                    while not receiver._over.wait(0.05):
                        self.wfile.write(b"x")
                        self.wfile.flush()
                except (OSError, ssl.SSLError):
                    return

            def log_message(self, *_: object) -> None:
                return

        return Handler
