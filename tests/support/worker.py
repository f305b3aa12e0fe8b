"""`inbox work` as its own process, which may be killed at any moment and started again.

worker = Worker(tmp_path, INBOX_LMTP="127.0.0.1:8025")
worker.start(); worker.kill(); worker.start(); worker.stop()
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import sqlalchemy as sa
from dovecot import Dovecot
from loopback import HOST
from smtp_sink import SmtpSink
from sqlalchemy.pool import NullPool

from inbox import settings, wiring
from inbox.flow.context import Context

STOP_WITHIN = 20.0


def mailbox(server: Dovecot, **more: str) -> dict[str, str]:
    """The environment of a worker that reads this server's mailbox."""
    return {
        "INBOX_MAIL_ADDRESS": server.user,
        "INBOX_MAIL_PASSWORD": server.password,
        "INBOX_MAIL_IMAP_HOST": server.host,
        "INBOX_MAIL_IMAP_PORT": str(server.port),
        "INBOX_MAIL_IMAP_SECURITY": "none",
        **more,
    }


def outgoing(sink: SmtpSink, address: str = "support@example.com") -> dict[str, str]:
    """The environment of a worker that only sends, by this sink."""
    return {
        "INBOX_MAIL_ADDRESS": address,
        "INBOX_MAIL_SMTP_HOST": sink.host,
        "INBOX_MAIL_SMTP_PORT": str(sink.port),
        "INBOX_MAIL_SMTP_SECURITY": "none",
        "INBOX_MAIL_COPY_TO_SENT": "no",
    }


class Worker:
    """One installation, and the one process that works in it. The data stay when the process dies."""

    def __init__(self, home: Path, env: Mapping[str, str], database_url: str = "", lmtp_port: int = 0) -> None:
        self.home, self.data = home, home / "data"
        own = {"INBOX_DATA_DIR": str(self.data), "INBOX_DATABASE_URL": database_url, **env}
        self.env = {name: value for name, value in os.environ.items() if not name.startswith("INBOX_")} | own
        self._lmtp = [f"--lmtp={HOST}:{lmtp_port}"] if lmtp_port else []
        self._process: subprocess.Popen[bytes] | None = None
        self.url = database_url or f"sqlite:///{self.data / 'under24.db'}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self, **options: Any) -> None:
        """Start working; the process is given `options` of subprocess.Popen, such as limits."""
        command = [sys.executable, "-m", "inbox.cli", "work", *self._lmtp]
        with (self.home / "worker.log").open("ab") as log:
            self._process = subprocess.Popen(command, cwd=self.home, env=self.env, stdout=log, stderr=log, **options)

    def kill(self) -> None:
        """Cut the power. Nothing happens when it does not run."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(timeout=10)
            self._process = None

    def stop(self) -> int:
        """Ask it to stop, and return how it ended."""
        assert self._process is not None
        self._process.terminate()
        code = self._process.wait(timeout=STOP_WITHIN)
        self._process = None
        return code

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def log(self) -> str:
        path = self.home / "worker.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def command(self, *arguments: str) -> Any:
        """Run another command of the same installation and return the JSON that it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "inbox.cli", *arguments, "--json"],
            cwd=self.home,
            env=self.env,
            capture_output=True,
            timeout=100,
            check=False,
        )
        assert done.stdout, done.stderr.decode()
        return json.loads(done.stdout)

    @contextmanager
    def opened(self) -> Iterator[Context]:
        """Open the installation in this process, while no worker runs."""
        assert not self.runs, "two owners of one store"
        names = {name.removeprefix("INBOX_").lower(): value for name, value in self.env.items() if "INBOX_" in name}
        context = wiring.build(settings.load(**names))
        try:
            yield context
        finally:
            context.store.close()

    def look(self) -> Look:
        """Look at the store beside the running worker, as a reader that never writes nor checkpoints."""
        return Look(self.url)


class Look:
    """A reader of a store that belongs to another process."""

    def __init__(self, url: str) -> None:
        if url.startswith("sqlite"):
            url = url.replace("sqlite:///", "sqlite:///file:", 1) + "?mode=ro&uri=true"
        url = url.replace("postgresql://", "postgresql+psycopg://", 1)
        self._engine = sa.create_engine(url, poolclass=NullPool)

    def number(self, query: str, **values: object) -> int:
        """Ask for one number."""
        with self._engine.connect() as connection:
            return int(connection.execute(sa.text(query), values).scalar_one() or 0)

    def arrivals(self) -> dict[str, int]:
        """Count arrivals by state."""
        with self._engine.connect() as connection:
            rows = connection.execute(sa.text("SELECT state, count(*) FROM arrivals GROUP BY state"))
            return {str(state): int(number) for state, number in rows}
