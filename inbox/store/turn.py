"""A door that lets one thread in at a time, in the order they came."""

from __future__ import annotations

import threading
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy.exc import TimeoutError as TooLongError

if TYPE_CHECKING:
    from collections.abc import Iterator


class Turn:
    """Whose turn it is.

    A pool of one connection does not keep turns: whoever gives it back and asks again at once has it before those who
    wait, and a busy loop keeps the others out for as long as it is busy.
    """

    def __init__(self) -> None:
        """Begin with nobody inside."""
        self._mutex, self._taken = threading.Lock(), False
        self._waiting: deque[threading.Lock] = deque()

    @contextmanager
    def taken(self, seconds: float) -> Iterator[None]:
        """Wait for one's turn so long at most, and keep it. SQLAlchemy's TimeoutError, as its pools raise it."""
        if not self._come(seconds):
            raise TooLongError("Others have been writing all the time.")
        try:
            yield
        finally:
            self._leave()

    def _come(self, seconds: float) -> bool:
        gate = threading.Lock()
        with self._mutex:
            if not self._taken:
                self._taken = True
                return True
            gate.acquire()
            self._waiting.append(gate)
        return gate.acquire(timeout=seconds) or self._give_up(gate)

    def _give_up(self, gate: threading.Lock) -> bool:
        """Leave the queue; True when the turn came at that very moment."""
        with self._mutex:
            if gate not in self._waiting:
                return True
            self._waiting.remove(gate)
            return False

    def _leave(self) -> None:
        with self._mutex:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False
