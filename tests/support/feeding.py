"""A mail server that hands mails over by LMTP: one after the other, each again and again until it was taken."""

from __future__ import annotations

import re
import smtplib
import threading
import time
from collections.abc import Sequence
from contextlib import suppress

from loopback import HOST

RETRY = 0.05


def on_the_wire(raw: bytes) -> bytes:
    """Return a mail as it travels, with CRLF line ends."""
    return re.sub(rb"\r?\n", b"\r\n", raw)


class Feeder(threading.Thread):
    """Delivers these mails, spread evenly over `seconds`; what a dead or busy server did not take is brought again.

    taken: how many it took. retries: how often a mail had to be brought again; busy: how often for a 4xx answer.
    refused: answers that refuse for good, with which a mail server would give up.
    """

    def __init__(self, port: int, to: str, mails: Sequence[bytes], seconds: float = 0) -> None:
        super().__init__(name=f"feed-{to}", daemon=True)
        self._port, self._to, self._mails, self._seconds = port, to, mails, seconds
        self._stopping = threading.Event()
        self._client: smtplib.LMTP | None = None
        self.taken = 0
        self.retries = 0
        self.busy = 0
        self.refused: list[str] = []

    def run(self) -> None:
        began = time.monotonic()
        for number, raw in enumerate(self._mails):
            due = began + self._seconds * number / len(self._mails)
            if self._stopping.wait(max(0.0, due - time.monotonic())):
                break
            self._bring(on_the_wire(raw))
        self._leave()

    def stop(self) -> None:
        self._stopping.set()
        self.join(timeout=10)

    def _bring(self, raw: bytes) -> None:
        while not self._stopping.is_set():
            try:
                if self._client is None:
                    self._client = smtplib.LMTP(HOST, self._port, timeout=10)
                self._client.sendmail("customer@example.org", [self._to], raw)
            except smtplib.SMTPResponseException as error:
                self._note(error.smtp_code, error.smtp_error)
            except smtplib.SMTPRecipientsRefused as error:
                self._note(*error.recipients[self._to])
            except (OSError, smtplib.SMTPException):
                self._leave()
            else:
                self.taken += 1
                return
            self.retries += 1
            self._stopping.wait(RETRY)

    def _note(self, code: int, words: bytes | str) -> None:
        """A refusal for good would be a loss; one for now is tried again on a new connection."""
        if 500 <= code < 600:
            self.refused.append(f"{code} {words!r}")
        self.busy += 400 <= code < 500
        self._leave()

    def _leave(self) -> None:
        if self._client is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._client.quit()
            self._client.close()
        self._client = None
