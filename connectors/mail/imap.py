"""One signed-in IMAP connection (RFC 3501), in our words and with our errors.

Nothing here changes the mailbox, except `append`, which files a copy of what we sent.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import imaplib2

from connectors.errors import ChannelError, Permanent, Temporary
from connectors.mail import answers, folders
from connectors.mail.imap_client import Client
from connectors.mail.stream import MAX_LINE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime


PATIENCE = 30.0
_MAX_UID = 0xFFFFFFFF
_WINDOW = 1000
# A server that sends slower than this does not work; a deadline is the time it takes at this pace, and a while.
_SLOWEST = 20_000
_CODE = re.compile(rb"\s*\[([A-Z-]+)")
# RFC 5530: the server says that it is neither the password nor the folder.
_PASSING = (b"UNAVAILABLE", b"INUSE", b"LIMIT", b"SERVERBUG")
FAILURES = (imaplib2.IMAP4.error, OSError, EOFError, ValueError, RuntimeError)


class Examined(NamedTuple):
    """A folder as EXAMINE shows it; next_uid is None where the server does not say."""

    name: str
    validity: int
    next_uid: int | None
    exists: int


class Bodies(NamedTuple):
    """What arrived, by UID (None for NIL), and what cut the transfer short, if anything did."""

    by_uid: dict[int, bytes | None]
    broken: ChannelError | None


class Session:
    """One connection; `close` may be called from any thread and ends whatever waits here at once."""

    def __init__(self, client: Client, address: str) -> None:
        """Use `connect` to make one."""
        self._client = client
        self._address = address
        self.alive = True
        self.opened: Examined | None = None

    # Looking ---------------------------------------------------------------------------------------------------------

    def examine(self, name: str) -> Examined:
        """Open a folder read-only. Permanent when the server does not let us."""
        self.opened = None
        with self.talk(PATIENCE):
            status, data = self._client.select(folders.wire(name), readonly=True)
            if status != "OK":
                kind = Temporary if is_passing(data) else Permanent
                raise kind(f"{self._address}: the folder “{name}” cannot be opened. The server says: {words(data)}")
            validity, next_uid = self._number("UIDVALIDITY"), self._number("UIDNEXT")
            self._client.bell.clear()
        if not validity:
            raise Permanent(f"{self._address}: the server gives the folder “{name}” no UIDVALIDITY.")
        self.opened = Examined(name, validity, next_uid, _count(data))
        return self.opened

    def _number(self, name: str) -> int | None:
        found = self._client.take(name)
        word = found[-1].strip() if found and isinstance(found[-1], bytes) else b""
        return int(word) if word.isdigit() and int(word) <= _MAX_UID else None

    def sent_folder(self) -> str:
        """Name the folder that the server marks as Sent (RFC 6154), "" when there is none."""
        with self.talk(PATIENCE):
            _, data = self._client.list('""', '"*"')
        return folders.find_sent(folders.read_list(data))

    def search(self, least: int, most: int | None) -> list[int]:
        """Name the UIDs from `least` to `most`, or to the end."""
        with self.talk(PATIENCE, MAX_LINE):
            status, data = self._client.uid("SEARCH", "UID", f"{least}:{most or '*'}")
            self._expect(status, data)
        return answers.uids(data, least, most or _MAX_UID)

    def next_uids(self, folder: Examined, least: int, limit: int) -> tuple[list[int], bool]:
        """Name the next UIDs from `least` on, at most `limit`, and whether there may be more behind them.

        Wide gaps are crossed in growing steps, so that no answer is long. The last step asks for all there is, since
        some servers' UIDNEXT lags behind.
        """
        width = max(limit, _WINDOW)
        while True:
            last = folder.next_uid is None or least + width >= folder.next_uid
            found = self.search(least, None if last else least + width - 1)
            if found or last:
                return found[:limit], not last or len(found) > limit
            least += width
            width *= 8

    def metas(self, uids: Sequence[int]) -> list[answers.Meta]:
        """Say how large they are and when they came; those that are gone are left out."""
        if not uids:
            return []
        with self.talk(PATIENCE):
            status, data = self._client.uid("FETCH", _ranges(uids), "(UID RFC822.SIZE INTERNALDATE)")
            self._expect(status, data)
        return answers.metas(data, uids)

    def bodies(self, uids: Sequence[int], part: str, size: int, allowance: int) -> Bodies:
        """Fetch one part of several mails; what came before a break is kept.

        size: how many bytes they should have together, which says how long it may take.
        allowance: how many they may have at most.
        """
        self._client.take("FETCH")
        try:
            with self.talk(PATIENCE + size / _SLOWEST, allowance):
                status, data = self._client.uid("FETCH", _ranges(uids), f"(UID {part})")
                self._expect(status, data)
        except Temporary as problem:
            return Bodies(answers.bodies(self._client.take("FETCH"), uids), problem)
        return Bodies(answers.bodies(data, uids), None)

    def noop(self) -> None:
        """Ask whether the connection still stands; Temporary when it does not."""
        with self.talk(PATIENCE):
            self._client.noop()

    # Waiting ---------------------------------------------------------------------------------------------------------

    def can_idle(self) -> bool:
        """Whether the server rings (RFC 2177)."""
        return "IDLE" in self._client.capabilities

    def idle(self, seconds: float) -> bool:
        """Wait for new mail in the folder that is open; True when the server told of some."""
        limit = seconds + PATIENCE
        with self.talk(limit, silence=limit):
            broken: list[object] = []
            self._client.idle(timeout=seconds + 1, callback=lambda end: _note_end(self._client, broken, end))
            self._client.bell.wait(seconds)
            if broken and broken[0]:
                raise imaplib2.IMAP4.abort("the connection broke while waiting")
            self._client.noop()
            rang = bool(self._client.take("EXISTS"))
            self._client.bell.clear()
        return rang

    # Filing ----------------------------------------------------------------------------------------------------------

    def holds(self, message_id: str) -> bool:
        """Whether the open folder holds a mail with this Message-ID (without brackets)."""
        with self.talk(PATIENCE):
            status, data = self._client.uid("SEARCH", "HEADER", "Message-ID", folders.quote(f"<{message_id}>"))
            self._expect(status, data)
        return bool(answers.uids(data, 1, _MAX_UID))

    def append(self, name: str, raw: bytes, sent_at: datetime) -> None:
        r"""File a mail, marked as \Seen."""
        when = f'"{sent_at.day:2d}-{_MONTHS[sent_at.month - 1]}{sent_at:-%Y %H:%M:%S %z}"'
        with self.talk(PATIENCE + len(raw) / _SLOWEST, silence=PATIENCE + len(raw) / _SLOWEST):
            self._client.literal = raw
            try:
                status, data = self._client._simple_command(  # noqa: SLF001  (`append` would change bare CRs)
                    "APPEND", folders.wire(name), "(\\Seen)", when
                )
            finally:
                self._client._release_state_change()  # noqa: SLF001
            if status != "OK":
                raise Permanent(f"{self._address}: the copy was not filed in “{name}”. The server says: {words(data)}")

    # Ending ----------------------------------------------------------------------------------------------------------

    def kill(self) -> None:
        """Cut the connection, from any thread; whoever waits gets Temporary."""
        self.alive = False
        self._client.kill()
        self._client.bell.set()

    def close(self) -> None:
        """End the connection in good manners; never raises."""
        self.alive = False
        self._client.leave()

    def _expect(self, status: str, data: Sequence[object]) -> None:
        if status != "OK":
            raise Temporary(f"{self._address}: the mail server refused a command. It says: {words(data)}")

    @contextmanager
    def talk(self, seconds: float, size: int = 0, silence: float | None = None) -> Iterator[None]:
        """Limit what the server may do meanwhile; whatever breaks becomes Temporary, and this session is over."""
        try:
            with self._client.within(seconds, size, silence):
                yield
        except FAILURES as problem:
            self.alive = False
            raise Temporary(
                f"{self._address}: the connection to the mail server broke: {reason(problem)}."
            ) from problem


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def is_passing(data: Sequence[object]) -> bool:
    """Whether the server says that it cannot just now; Gmail has no code for that."""
    line = data[-1] if data and isinstance(data[-1], bytes) else b""
    code = _CODE.match(line)
    return (code is not None and code[1] in _PASSING) or b"too many simultaneous" in line.lower()


def _note_end(client: Client, broken: list[object], end: tuple[object, object, object]) -> None:
    """Run in imaplib2's own thread, where an exception would be the end of it: only note and ring."""
    broken.append(end[2])
    client.bell.set()


def _ranges(uids: Sequence[int]) -> str:
    """Write a sorted set of UIDs as short as it goes: 1:3,7."""
    runs: list[list[int]] = []
    for uid in uids:
        if runs and uid == runs[-1][1] + 1:
            runs[-1][1] = uid
        else:
            runs.append([uid, uid])
    return ",".join(str(first) if first == last else f"{first}:{last}" for first, last in runs)


def _count(data: Sequence[object]) -> int:
    word = data[-1] if data else None
    return int(word) if isinstance(word, bytes) and word.isdigit() else 0


def words(data: Sequence[object]) -> str:
    """Quote the server, in one short line."""
    word = data[-1] if data else b""
    text = word.decode("utf-8", "replace") if isinstance(word, bytes) else str(word or "")
    return " ".join(text.split())[:200].rstrip(".") + "."


def reason(problem: BaseException) -> str:
    """Say in one line what broke."""
    said = problem.args[-1] if problem.args else ""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    text = text.removeprefix("command: ").rsplit("=> ", 1)[-1]
    return " ".join(text.split())[:200].rstrip(".") or type(problem).__name__
