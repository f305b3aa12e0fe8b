"""Ring when the inbox has something new: IMAP IDLE (RFC 2177) on a connection of its own.

The bell is never a second way in: it only says that a fetch is worth its while.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from connectors.mail.imap import Session
    from connectors.mail.line import Line

# RFC 2177 wants IDLE renewed within 29 minutes; routers forget quiet connections sooner.
_LONGEST = 9 * 60.0
_WITHOUT_IDLE = 30.0


class Bell:
    """Waits for new mail in one folder; next_uid tells what a fetch has last seen there, 0 when nothing yet."""

    def __init__(self, line: Line, folder: str, next_uid: Callable[[], int]) -> None:
        self._line = line
        self._folder = folder
        self._next_uid = next_uid

    def wait(self, timeout: float) -> bool:
        """Block up to `timeout` seconds, and at most nine minutes; True when it rang."""
        ends_at = time.monotonic() + min(timeout, _LONGEST)
        rang = self._line.use(lambda session: self._listen(session, ends_at))
        if rang is None:
            self._line.closed.wait(min(max(0.0, ends_at - time.monotonic()), _WITHOUT_IDLE))
        return bool(rang)

    def _listen(self, session: Session, ends_at: float) -> bool | None:
        """Listen on the connection; None when the server cannot ring."""
        if not session.can_idle():
            return None
        if session.opened is None and self._came_meanwhile(session):
            return True
        while (left := ends_at - time.monotonic()) > 0:
            if session.idle(left):
                return True
        return False

    def _came_meanwhile(self, session: Session) -> bool:
        """A new connection is told only of what comes from now on: look once at what came before."""
        seen, now = self._next_uid(), session.examine(self._folder).next_uid or 0
        return 0 < seen < now
