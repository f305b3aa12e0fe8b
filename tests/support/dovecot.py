"""A private Dovecot on loopback: a real IMAP and LMTP server, made for one test and gone after it.

with Dovecot() as server:
    server.deliver(raw)
    assert [kept.raw for kept in server.messages()] == ...
"""

from __future__ import annotations

import grp
import imaplib
import os
import pwd
import re
import shutil
import signal
import smtplib
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Self

import psutil
from loopback import HOST, Certificates, certificates, eventually, free_port, greets
from needs import missing

USER = "support@example.com"
PASSWORD = "correct horse"
_NOBODY = 65534  # as root, Dovecot refuses to keep mail for root

_CONFIG = """
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/dovecot.log
info_log_path = {home}/dovecot.log
debug_log_path = {home}/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
instance_name = {name}
{ssl}
disable_plaintext_auth = no
auth_mechanisms = plain login
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {home}/passwd
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}/mail/%u allow_all_users=yes
}}
mail_location = maildir:~/Maildir
mail_max_userip_connections = 200
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Sent {{
    auto = subscribe
    special_use = \\Sent
  }}
  mailbox Junk {{
    auto = create
    special_use = \\Junk
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp_port}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""

# Without root, every part of Dovecot runs as the one who started it.
_UNPRIVILEGED = """
default_login_user = {user}
default_internal_user = {user}
default_internal_group = {group}
first_valid_uid = {uid}
"""


def program() -> str | None:
    """Find Dovecot; Debian keeps it where only root's PATH looks."""
    return shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin")


@dataclass(frozen=True)
class Kept:
    """One message as the server keeps it."""

    uid: int
    flags: frozenset[str]
    raw: bytes


class Dovecot:
    """One server with its own mail. `tls` adds IMAPS on `tls_port` and STARTTLS on `port`, both by `authority`."""

    host = HOST
    user = USER
    password = PASSWORD

    def __init__(self, *, tls: bool = False, users: Mapping[str, str] | None = None) -> None:
        self.users = dict(users or {USER: PASSWORD})
        self.tls: Certificates | None = certificates() if tls else None
        self.port = self.tls_port = self.lmtp_port = 0
        self.home = Path(mkdtemp(prefix="u24-imap-"))
        self._process: subprocess.Popen[bytes] | None = None
        self._lay_out()

    # Life -----------------------------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def authority(self) -> Path | None:
        """The file of the certificate authority that clients must trust."""
        return self.tls.authority if self.tls else None

    def start(self) -> None:
        """Start the server, after a stop on the same ports as before."""
        found = program()
        if found is None:
            missing("Dovecot", "Install it as root: scripts/system_packages.sh")
        for _ in range(3):  # another program may take a free port first
            if not self.port:
                self._choose_ports()
            command = [found, "-F", "-c", str(self.home / "dovecot.conf")]
            self._process = subprocess.Popen(command, start_new_session=True, stderr=subprocess.DEVNULL)
            if eventually(lambda: self._stopped() or self._answers()) and not self._stopped():
                return
            self.kill()
            self.port = 0
        raise RuntimeError(f"Dovecot did not start:\n{self.log()}")

    def stop(self) -> None:
        """Stop as an administrator would: clients that idle get a BYE, after some ten seconds."""
        if self._process and not self._stopped():
            self._process.terminate()
            self._process.wait(timeout=20)

    def kill(self) -> None:
        """Cut the power: every connection drops at once, and nobody says BYE."""
        if self._process:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(timeout=5)

    def restart(self) -> None:
        """Cut the power and come back on the same ports with the same mail."""
        self.kill()
        self.start()

    def kill_children(self) -> int:
        """Drop every open IMAP session at once while the server goes on, and say how many there were."""
        if self._process is None:
            return 0
        killed = 0
        for child in psutil.Process(self._process.pid).children():
            with suppress(psutil.NoSuchProcess):  # a session may end by itself while we look
                if child.name() == "imap":
                    child.kill()
                    killed += 1
        return killed

    def close(self) -> None:
        """Stop, and forget the mail."""
        self.kill()
        shutil.rmtree(self.home, ignore_errors=True)

    def log(self) -> str:
        """Read what the server wrote down."""
        path = self.home / "dovecot.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    # Mail -----------------------------------------------------------------------------------------------------------

    def deliver(self, raw: bytes, to: str = USER, sender: str = "customer@example.org") -> None:
        """Hand a message over as a mail server does: by LMTP, which adds Return-Path, Delivered-To and Received."""
        with smtplib.LMTP(self.host, self.lmtp_port) as client:
            client.sendmail(sender, [to], raw)

    def append(
        self,
        raw: bytes,
        folder: str = "INBOX",
        flags: str = "",
        internaldate: datetime | None = None,
        user: str = USER,
    ) -> int:
        """Put a message into a folder, byte for byte, and return its UID."""
        when = imaplib.Time2Internaldate(internaldate) if internaldate else ""
        with self.client(user) as client:
            answer = _must(client.append(folder, f"({flags})", when, raw))
        found = re.search(rb"APPENDUID \d+ (\d+)", answer[0])
        if found is None:
            raise RuntimeError(f"no UID in {answer!r}")
        return int(found[1])

    def messages(self, user: str = USER, folder: str = "INBOX") -> list[Kept]:
        """List what a folder holds, in the order of UIDs, without touching a flag."""
        with self.client(user) as client:
            _must(client.select(_quoted(folder), readonly=True))
            answer = _must(client.uid("FETCH", "1:*", "(UID FLAGS BODY.PEEK[])"))
        return [_kept(part[0], part[1]) for part in answer if isinstance(part, tuple)]

    def set_flags(self, uid: int, flags: str, user: str = USER, folder: str = "INBOX") -> None:
        """Set the flags of one message, as another mail program of the team would."""
        with self.client(user) as client:
            _must(client.select(_quoted(folder)))
            _must(client.uid("STORE", str(uid), "FLAGS", f"({flags})"))

    def expunge(self, *uids: int, user: str = USER, folder: str = "INBOX") -> None:
        """Remove messages for good."""
        with self.client(user) as client:
            _must(client.select(_quoted(folder)))
            _must(client.uid("STORE", ",".join(map(str, uids)), "+FLAGS", r"(\Deleted)"))
            _must(client.expunge())

    def move(self, uid: int, to: str, user: str = USER, folder: str = "INBOX") -> None:
        """Move a message to another folder."""
        with self.client(user) as client:
            _must(client.select(_quoted(folder)))
            _must(client.uid("MOVE", str(uid), _quoted(to)))

    def uidvalidity(self, user: str = USER, folder: str = "INBOX") -> int:
        """Ask for the folder's UIDVALIDITY."""
        with self.client(user) as client:
            answer = _must(client.status(_quoted(folder), "(UIDVALIDITY)"))
        return int(re.findall(rb"UIDVALIDITY (\d+)", answer[0])[0])

    def renew_uidvalidity(self, user: str = USER, folder: str = "INBOX") -> int:
        """Lose the index, as a server moved to another machine does: all UIDs are new. Returns the new UIDVALIDITY."""
        before = self.uidvalidity(user, folder)
        self.kill_children()
        maildir = self.home / "mail" / user / "Maildir"
        place = maildir if folder == "INBOX" else maildir / f".{folder.replace('/', '.')}"
        for path in [*place.glob("dovecot.index*"), *place.glob("dovecot-uidlist*"), *maildir.glob("dovecot.list*")]:
            path.unlink()
        after = self.uidvalidity(user, folder)
        if after == before:
            raise RuntimeError("UIDVALIDITY stayed the same")
        return after

    @contextmanager
    def client(self, user: str = USER) -> Iterator[imaplib.IMAP4]:
        """Sign in with the standard library's client, which shares no code with ours."""
        client = imaplib.IMAP4(self.host, self.port, timeout=20)
        try:
            client.login(user, self.users[user])
            yield client
        finally:
            try:
                client.logout()
            except (OSError, imaplib.IMAP4.error):  # the test dropped the line
                with suppress(OSError):
                    client.shutdown()

    # Rooms and papers -----------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.home.chmod(0o755)
        (self.home / "mail").mkdir()
        passwords = "".join(f"{user}:{{PLAIN}}{password}\n" for user, password in self.users.items())
        (self.home / "passwd").write_text(passwords, encoding="utf-8")
        (self.home / "passwd").chmod(0o644)
        if os.geteuid() == 0:
            os.chown(self.home / "mail", _NOBODY, _NOBODY)

    def _choose_ports(self) -> None:
        self.port, self.lmtp_port = free_port(), free_port()
        self.tls_port = free_port() if self.tls else 0  # port 0 switches a listener off
        (self.home / "dovecot.conf").write_text(self._config(), encoding="utf-8")

    def _config(self) -> str:
        root = os.geteuid() == 0
        uid, gid = (_NOBODY, _NOBODY) if root else (os.geteuid(), os.getegid())
        ssl = f"ssl = yes\nssl_cert = <{self.tls.certificate}\nssl_key = <{self.tls.key}" if self.tls else "ssl = no"
        text = _CONFIG.format(
            home=self.home,
            name=self.home.name,
            ssl=ssl,
            uid=uid,
            gid=gid,
            port=self.port,
            tls_port=self.tls_port,
            lmtp_port=self.lmtp_port,
        )
        if not root:
            text += _UNPRIVILEGED.format(user=pwd.getpwuid(uid).pw_name, group=grp.getgrgid(gid).gr_name, uid=uid)
        return text

    def _answers(self) -> bool:
        return greets(self.port, b"* OK") and greets(self.lmtp_port, b"220 ")

    def _stopped(self) -> bool:
        return self._process is None or self._process.poll() is not None


def _must(answer: tuple[str, list[Any]]) -> list[Any]:
    """Return what the server said, or fail on anything but OK."""
    status, said = answer
    if status != "OK":
        raise RuntimeError(f"{status}: {said!r}")
    return said


def _quoted(folder: str) -> str:
    return f'"{folder}"'


def _kept(head: bytes, raw: bytes) -> Kept:
    uid = re.search(rb"UID (\d+)", head)
    flags = re.search(rb"FLAGS \(([^)]*)\)", head)
    if uid is None or flags is None:
        raise RuntimeError(f"no UID or flags in {head!r}")
    return Kept(int(uid[1]), frozenset(flags[1].decode().split()), raw)
