"""A sign-in service on loopback that renews access tokens, and can be told to refuse, to be busy or to talk nonsense.

with TokenServer() as service:
    service.answers.append((429, {"retry-after": "7"}, b""))
    ...
    assert service.forms[0]["grant_type"] == "refresh_token"
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl

from loopback import HOST

Answer = tuple[int, Mapping[str, str], bytes]


@dataclass
class TokenServer:
    """Hands out token-1, token-2 …; `answers` are given first, one each."""

    answers: list[Answer] = field(default_factory=list)
    forms: list[dict[str, str]] = field(default_factory=list)
    lifetime: object = 3600
    new_refresh_token: str = ""
    url: str = ""

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer((HOST, 0), self._handler())
        self.url = f"http://{HOST}:{self._server.server_address[1]}/token"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self) -> Answer:
        """Say what comes next."""
        if self.answers:
            return self.answers.pop(0)
        said: dict[str, Any] = {"access_token": f"token-{len(self.forms)}", "expires_in": self.lifetime}
        if self.new_refresh_token:
            said["refresh_token"] = self.new_refresh_token
        return 200, {"content-type": "application/json"}, json.dumps(said).encode()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                form = self.rfile.read(int(self.headers["content-length"])).decode()
                service.forms.append(dict(parse_qsl(form)))
                status, headers, body = service.answer()
                self.send_response(status)
                for name, value in {**headers, "content-length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler
