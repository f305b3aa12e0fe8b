"""Keeps one signed-in connection at hand: makes it, lends it, renews it when it broke, and can be cut at any time."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeVar

from connectors.errors import Temporary

if TYPE_CHECKING:
    from collections.abc import Callable

    from connectors.mail.imap import Session
    from connectors.mail.imap_client import Client

_T = TypeVar("_T")


class Line:
    """One connection for one thread at a time.

    connect: makes a signed-in session; it hands a half-made connection to its argument as soon as it could be cut.
    """

    def __init__(self, address: str, connect: Callable[[Callable[[Client], None]], Session]) -> None:
        self._address = address
        self._connect = connect
        self._session: Session | None = None
        self._unborn: Client | None = None
        self._lock = threading.Lock()
        self.closed = threading.Event()

    def use(self, work: Callable[[Session], _T]) -> _T:
        """Do the work on a connection; once more on a new one if a kept one turns out to be dead."""
        with self._lock:
            try:
                if self._session:
                    try:
                        return work(self._session)
                    except Temporary:
                        if self._session.alive:
                            raise
                return work(self._renew())
            finally:
                self._drop_if_dead()

    def _renew(self) -> Session:
        self._refuse_if_closed()
        self._drop_if_dead()
        try:
            self._session = self._connect(self._note_unborn)
        finally:
            self._unborn = None
        self._refuse_if_closed()
        return self._session

    def _note_unborn(self, client: Client) -> None:
        self._unborn = client
        self._refuse_if_closed()

    def _refuse_if_closed(self) -> None:
        if self.closed.is_set():
            if self._session:
                self._session.kill()
            raise Temporary(f"{self._address}: the account is being closed.")

    def _drop_if_dead(self) -> None:
        session = self._session
        if session and not session.alive:
            self._session = None
            session.close()

    def close(self) -> None:
        """Cut the connection at once, from any thread; whoever uses it gets Temporary and tidies up."""
        self.closed.set()
        for end in (self._unborn, self._session):
            if end:
                end.kill()
        if self._lock.acquire(timeout=5):
            try:
                self._drop_if_dead()
            finally:
                self._lock.release()
