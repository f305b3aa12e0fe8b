"""An IMAP server on loopback that answers honestly until a test scripts it otherwise.

with OddImap({1: HELLO, 2: BYE}) as server:
    server.odd["BODIES"] = lambda talk, tag, args: talk.cut()
    ...
    assert server.commands.count("EXAMINE") == 1

A script is called with the talk, the tag and the arguments; it answers for itself. Where it returns `HONESTLY`, the
honest answer follows. Moments are GREETING, the names of commands, and for FETCH its two uses: SIZES and BODIES.
"""

from __future__ import annotations

import re
import socket
import threading
from base64 import b64decode
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self

from loopback import HOST, Certificates

HONESTLY = object()
USER, PASSWORD = "support@example.com", "correct horse"
Script = Callable[["Talk", str, str], Any]


class HangUpError(Exception):
    """The server ends the connection."""


@dataclass
class OddImap:
    """One mailbox: UIDs and raw mails; `folders` adds others beside the inbox."""

    mails: dict[int, bytes] = field(default_factory=dict)
    folders: dict[str, dict[int, bytes]] = field(default_factory=dict)
    validity: int = 7
    next_uid: int | None = None  # None: one more than the last
    show_next_uid: bool = True
    capabilities: str = "IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2 IDLE"
    certificates: Certificates | None = None
    implicit_tls: bool = False
    host: str = HOST
    odd: dict[str, Script] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)  # every line a client sent, in order
    said: list[bytes] = field(default_factory=list)  # what clients said to sign in
    connections: int = 0
    port: int = 0
    _talks: list[Talk] = field(default_factory=list)
    _closing: bool = False

    @property
    def commands(self) -> list[str]:
        """Name the commands that came."""
        return [line.partition(" ")[2].partition(" ")[0].upper() for line in self.lines]

    def __enter__(self) -> Self:
        self._listener = socket.create_server((self.host, 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing = True
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for talk in self._talks:
            talk.drop()
        for thread in [self._thread, *(talk.thread for talk in self._talks)]:
            thread.join(5)

    def _accept(self) -> None:
        while not self._closing:
            try:
                connected, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            talk = Talk(self, connected)
            self._talks.append(talk)
            talk.thread.start()

    def open_talks(self) -> int:
        """Count the clients that are still connected."""
        return sum(talk.thread.is_alive() for talk in self._talks)


class Talk:
    """One client."""

    def __init__(self, server: OddImap, connected: socket.socket) -> None:
        self.server = server
        self.socket = connected
        self.socket.settimeout(30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.ended = threading.Event()
        self.buffer = b""
        self.mails: dict[int, bytes] = {}
        self.thread = threading.Thread(target=self._run, daemon=True)

    # What scripts use ------------------------------------------------------------------------------------------------

    def send(self, *lines: str | bytes) -> None:
        for line in lines:
            self.raw((line.encode() if isinstance(line, str) else line) + b"\r\n")

    def raw(self, data: bytes) -> None:
        try:
            self.socket.sendall(data)
        except OSError as problem:
            raise HangUpError from problem

    def line(self) -> str:
        while b"\n" not in self.buffer:
            data = self.socket.recv(65536)
            if not data:
                raise HangUpError
            self.buffer += data
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line.rstrip(b"\r").decode("utf-8", "replace")

    def cut(self) -> None:
        raise HangUpError

    def silence(self) -> None:
        """Say nothing more until the client is gone."""
        with suppress(OSError):
            while self.socket.recv(65536):
                pass
        raise HangUpError

    def drip(self, data: bytes, every: float = 0.05) -> None:
        """Send a byte now and then."""
        for byte in data * 1000:
            self.raw(bytes([byte]))
            if self.ended.wait(every):
                break

    def drop(self) -> None:
        self.ended.set()
        with suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)

    # Honest answers --------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        with suppress(HangUpError, OSError):
            if self.server.implicit_tls:
                self._to_tls()
            self._do("GREETING", "*", "")
            while True:
                line = self.line()
                self.server.lines.append(line)
                tag, _, rest = line.partition(" ")
                name, _, args = rest.partition(" ")
                self._do(name.upper(), tag, args)
        self.drop()
        self.socket.close()

    def _to_tls(self) -> None:
        assert self.server.certificates
        self.socket = self.server.certificates.server_context().wrap_socket(self.socket, server_side=True)

    def _do(self, name: str, tag: str, args: str) -> None:
        if name == "UID":
            name, _, args = args.partition(" ")
        if name == "FETCH":
            name = "BODIES" if "BODY" in args else "SIZES"
        script = self.server.odd.get(name)
        if script is None or script(self, tag, args) is HONESTLY:
            getattr(self, f"do_{name.lower()}", self.do_unknown)(tag, args)

    def do_unknown(self, tag: str, _args: str) -> None:
        self.send(f"{tag} BAD What?")

    def do_greeting(self, _tag: str, _args: str) -> None:
        self.send("* OK ready")

    def do_capability(self, tag: str, _args: str) -> None:
        self.send(f"* CAPABILITY {self.server.capabilities}", f"{tag} OK done")

    def do_starttls(self, tag: str, _args: str) -> None:
        self.send(f"{tag} OK begin")
        self._to_tls()

    def do_authenticate(self, tag: str, args: str) -> None:
        self.send("+ ")
        self.server.said.append(b64decode(self.line()))
        self.send(f"{tag} OK in" if self._is_right(args, self.server.said[-1]) else f"{tag} NO wrong")

    def _is_right(self, mechanism: str, said: bytes) -> bool:
        return mechanism.upper() != "PLAIN" or said == f"\0{USER}\0{PASSWORD}".encode()

    def do_login(self, tag: str, args: str) -> None:
        self.server.said.append(args.encode())
        self.send(f"{tag} OK in")

    def do_list(self, tag: str, _args: str) -> None:
        self.send('* LIST (\\HasNoChildren) "/" "INBOX"')
        for name in self.server.folders:
            flags = "\\Sent" if name == "Sent" else ""
            self.send(f'* LIST ({flags}) "/" "{name}"')
        self.send(f"{tag} OK done")

    def do_examine(self, tag: str, args: str) -> None:
        name = args.strip('"')
        if name != "INBOX" and name not in self.server.folders:
            self.send(f"{tag} NO [NONEXISTENT] no such folder")
            return
        self.mails = self.server.mails if name == "INBOX" else self.server.folders[name]
        self.send(f"* {len(self.mails)} EXISTS", "* 0 RECENT", f"* OK [UIDVALIDITY {self.server.validity}] is")
        if self.server.show_next_uid:
            following = self.server.next_uid or max(self.mails, default=0) + 1
            self.send(f"* OK [UIDNEXT {following}] next")
        self.send(f"{tag} OK [READ-ONLY] done")

    def do_search(self, tag: str, args: str) -> None:
        found = self.named(args.removeprefix("UID "))
        self.send("* SEARCH " + " ".join(map(str, found)) if found else "* SEARCH", f"{tag} OK done")

    def named(self, uids: str) -> list[int]:
        """Name the UIDs of a set, with the rule that `n:*` always names the last mail."""
        last = max(self.mails, default=0)
        found: set[int] = set()
        for part in uids.split(","):
            first, _, end = part.partition(":")
            ends = [last if side == "*" else int(side) for side in (first, end or first)]
            found.update(uid for uid in self.mails if min(ends) <= uid <= max(ends))
        return sorted(found)

    def do_sizes(self, tag: str, args: str) -> None:
        for uid in self.named(args.partition(" ")[0]):
            self.send(self.size_line(uid))
        self.send(f"{tag} OK done")

    def size_line(self, uid: int, size: int | None = None) -> str:
        size = len(self.mails[uid]) if size is None else size
        came = f'INTERNALDATE "21-Nov-2026 12:{uid % 60:02}:00 +0000"'
        return f"* {uid} FETCH (UID {uid} RFC822.SIZE {size} {came})"

    def do_bodies(self, tag: str, args: str) -> None:
        for uid in self.named(args.partition(" ")[0]):
            self.body(uid, head="HEADER" in args)
        self.send(f"{tag} OK done")

    def body(self, uid: int, raw: bytes | None = None, *, head: bool = False, as_uid: int | None = None) -> None:
        raw = self.mails[uid] if raw is None else raw
        if head:
            raw = re.split(rb"(?<=\r\n\r\n)", raw, maxsplit=1)[0]
        part = "BODY[HEADER]" if head else "BODY[]"
        self.raw(f"* {uid} FETCH (UID {as_uid or uid} {part} {{{len(raw)}}}\r\n".encode() + raw + b")\r\n")

    def do_noop(self, tag: str, _args: str) -> None:
        self.send(f"{tag} OK done")

    def do_idle(self, tag: str, _args: str) -> None:
        self.send("+ idling")
        self.line()
        self.send(f"{tag} OK done")

    def do_logout(self, tag: str, _args: str) -> None:
        self.send("* BYE good-bye", f"{tag} OK done")
        self.cut()
