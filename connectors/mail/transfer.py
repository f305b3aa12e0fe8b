"""Bring the bodies of mails, whatever the server does meanwhile.

What came before a break is kept. A mail that breaks the connection time and again is asked for alone, then only for
its head, and at last given up where people see it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from connectors.errors import Temporary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connectors.contract import Direction
    from connectors.errors import ChannelError
    from connectors.mail.answers import Meta
    from connectors.mail.imap import Examined, Session

_WHOLE = "BODY.PEEK[]"
_HEAD = "BODY.PEEK[HEADER]"
_NOTHING = ""
_HEAD_SIZE = 64 * 1024
# After so many broken connections in a row at one mail we ask for less of it.
_HEAD_AFTER = 3
_NOTHING_AFTER = 5


class Pick(NamedTuple):
    """One mail that is to be brought."""

    folder: Examined
    direction: Direction
    meta: Meta

    @property
    def key(self) -> tuple[str, int, int]:
        """What names it for good."""
        return self.folder.name, self.folder.validity, self.meta.uid


class Got(NamedTuple):
    """What came of it; `complete` is False for a head alone, and for nothing at all."""

    raw: bytes
    complete: bool


class Transfer:
    """Brings bodies, and remembers at which mails the connection broke."""

    def __init__(self, max_size: int) -> None:
        self.max_size = max_size
        self._strikes: dict[tuple[str, int, int], int] = {}

    def is_suspect(self, pick: Pick) -> bool:
        """Whether it should be brought alone."""
        return pick.key in self._strikes

    def weight(self, pick: Pick) -> int:
        """How many bytes are to be expected."""
        return pick.meta.size if self._part(pick) == _WHOLE else _HEAD_SIZE

    def bring(
        self, session: Session, picks: Sequence[Pick]
    ) -> tuple[dict[tuple[str, int, int], Got], ChannelError | None]:
        """Bring them folder by folder: what came, by key, and what broke it off. Those that are gone are left out."""
        got: dict[tuple[str, int, int], Got] = {}
        broken: ChannelError | None = None
        for name in dict.fromkeys(pick.folder.name for pick in picks):
            broken = broken or self._bring_folder(session, [pick for pick in picks if pick.folder.name == name], got)
        for key in got:
            self._strikes.pop(key, None)
        return got, broken

    def _bring_folder(
        self, session: Session, picks: list[Pick], got: dict[tuple[str, int, int], Got]
    ) -> ChannelError | None:
        try:
            enter(session, picks[0].folder)
            for part in (_WHOLE, _HEAD, _NOTHING):
                self._ask(session, [pick for pick in picks if self._part(pick) == part], part, got)
            for pick in picks:
                if pick.key not in got:
                    self._insist(session, pick, got)
        except Temporary as problem:
            return problem
        return None

    def _part(self, pick: Pick) -> str:
        strikes = self._strikes.get(pick.key, 0)
        if strikes >= _NOTHING_AFTER:
            return _NOTHING
        return _WHOLE if pick.meta.size <= self.max_size and strikes < _HEAD_AFTER else _HEAD

    def _ask(self, session: Session, picks: Sequence[Pick], part: str, got: dict[tuple[str, int, int], Got]) -> None:
        """Ask for one part of several mails. Temporary when the connection broke; what came until then is in `got`."""
        if part == _NOTHING or not picks:
            got.update((pick.key, Got(b"", complete=False)) for pick in picks)
            return
        by_uid = {pick.meta.uid: pick for pick in picks}
        size = sum(pick.meta.size if part == _WHOLE else _HEAD_SIZE for pick in picks)
        # A mail that comes alone may be larger than the server said it is.
        allowance = max(self.max_size, size) if len(picks) == 1 else 2 * size
        bodies = session.bodies(sorted(by_uid), part, size, allowance)
        for uid, raw in bodies.by_uid.items():
            if raw is not None:
                got[by_uid[uid].key] = Got(raw, complete=part == _WHOLE)
        if bodies.broken:
            missing = next((by_uid[uid].key for uid in sorted(by_uid) if by_uid[uid].key not in got), picks[-1].key)
            self._strikes[missing] = self._strikes.get(missing, 0) + 1
            raise bodies.broken

    def _insist(self, session: Session, pick: Pick, got: dict[tuple[str, int, int], Got]) -> None:
        """Ask again for a mail that was named but not given (NIL); leave it out if it is gone."""
        for part in (_WHOLE, _HEAD) if self._part(pick) == _WHOLE else (_HEAD,):
            self._ask(session, [pick], part, got)
            if pick.key in got:
                return
        if session.search(pick.meta.uid, pick.meta.uid):
            got[pick.key] = Got(b"", complete=False)


def enter(session: Session, folder: Examined) -> None:
    """Open the folder if another one is open. Temporary when it is no longer what it was."""
    opened = session.opened
    if opened is None or opened.name != folder.name:
        opened = session.examine(folder.name)
    if opened.validity != folder.validity:
        raise Temporary(f"The folder “{folder.name}” was made anew while it was being read.")
