"""Access tokens for Gmail, Microsoft 365 and their like, renewed with a refresh token (RFC 6749 section 6)."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import httpx

from connectors.errors import BadCredentials, ChannelError, Temporary

if TYPE_CHECKING:
    from collections.abc import Callable

    from connectors.mail.account import OAuth

_TIMEOUT = httpx.Timeout(20.0, connect=10.0)
# A token is renewed this many seconds before it ends, so that it does not end on its way.
_MARGIN = 120.0
_LIFETIME = 3600.0


class Tokens:
    """The access token of one account, kept until shortly before it ends. Times are in seconds.

    on_new_secret: is told the name of a setting and its new value when the provider replaced the refresh token.
    """

    def __init__(self, address: str, oauth: OAuth, on_new_secret: Callable[[str, str], None]) -> None:
        self._address = address
        self._oauth = oauth
        self._on_new_secret = on_new_secret
        self._refresh_token = oauth.refresh_token
        self._access_token = ""
        self._ends_at = 0.0
        self._lock = threading.Lock()

    def access(self, refused: str = "") -> str:
        """Return a token that is still good, and not the one that was `refused`. BadCredentials | Temporary."""
        with self._lock:
            if not self._access_token or self._access_token == refused or time.monotonic() >= self._ends_at:
                self._renew()
            return self._access_token

    def _renew(self) -> None:
        answer = self._ask()
        token = answer.get("access_token")
        if not isinstance(token, str) or not token or not token.isascii() or not token.isprintable():
            raise Temporary(f"{self._address}: the sign-in service answered without a token.")
        self._access_token = token
        self._ends_at = time.monotonic() + max(0.0, _lifetime(answer.get("expires_in")) - _MARGIN)
        self._keep_refresh_token(answer.get("refresh_token"))

    def _keep_refresh_token(self, new: object) -> None:
        """Some providers give a new refresh token each time, and the old one dies."""
        if isinstance(new, str) and new and new != self._refresh_token:
            self._refresh_token = new
            self._on_new_secret("oauth_refresh_token", new)

    def _ask(self) -> dict[str, Any]:
        form = {
            "grant_type": "refresh_token",
            "refresh_token": self._refresh_token,
            "client_id": self._oauth.client_id,
        }
        if self._oauth.client_secret:
            form["client_secret"] = self._oauth.client_secret
        try:
            answer = httpx.post(self._oauth.token_url, data=form, timeout=_TIMEOUT, trust_env=False)
        except httpx.HTTPError as problem:
            raise Temporary(f"{self._address}: the sign-in service cannot be reached.") from problem
        said = _read(answer)
        if answer.status_code != httpx.codes.OK:
            raise self._refused(answer, said)
        return said

    def _refused(self, answer: httpx.Response, said: dict[str, Any]) -> ChannelError:
        code = answer.status_code
        if code == httpx.codes.TOO_MANY_REQUESTS or code >= httpx.codes.INTERNAL_SERVER_ERROR:
            wait = answer.headers.get("retry-after", "")
            return Temporary(
                f"{self._address}: the sign-in service is busy (HTTP {code}).", float(wait) if wait.isdigit() else None
            )
        why = " ".join(str(said.get("error") or f"HTTP {code}").split())[:100]
        return BadCredentials(f"{self._address}: the sign-in was withdrawn ({why}). Please connect the account again.")


def _read(answer: httpx.Response) -> dict[str, Any]:
    try:
        said = answer.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _lifetime(seconds: object) -> float:
    """Read expires_in, which some providers send as text."""
    try:
        return float(str(seconds))
    except ValueError:
        return _LIFETIME
