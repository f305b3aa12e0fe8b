"""A real `inbox serve` with one mail account and one open screen: how soon it answers, and what it holds."""

from __future__ import annotations

import http.client
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import psutil
from dovecot import Dovecot
from loopback import HOST, eventually, free_port

from bench import servers
from inbox.flow import sign_in

MB = 1024 * 1024
IDLE = 4.0


class Served:
    """One running process."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, started_in: float) -> None:
        self.process, self.port, self.started_in = process, port, started_in

    def rss(self) -> float:
        """Return the MB held now."""
        return float(psutil.Process(self.process.pid).memory_info().rss) / MB

    def peak(self) -> float:
        """Return the most MB ever held."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024

    @contextmanager
    def screen(self, token: str) -> Iterator[None]:
        """Hold a live screen open."""
        with closing(http.client.HTTPConnection(HOST, self.port, timeout=20)) as connection:
            connection.request("GET", "/live", headers={"Cookie": f"under24={token}"})
            answer = connection.getresponse()
            if answer.status != 200:
                raise ConnectionError(f"/live answered {answer.status}.")
            yield


@contextmanager
def serving(folder: Path, server: Dovecot) -> Iterator[Served]:
    """Run `inbox serve` and wait until it answers."""
    port = free_port()
    environment = os.environ | servers.settings(folder, "", server) | {"INBOX_PORT": str(port)}
    command = [sys.executable, "-m", "inbox.cli", "serve"]
    started = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL)  # noqa: S603 - our own
    try:
        if (
            not eventually(lambda: process.poll() is not None or _answers(port), seconds=60)
            or process.poll() is not None
        ):
            raise RuntimeError("`inbox serve` did not start.")
        yield Served(process, port, time.perf_counter() - started)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _answers(port: int) -> bool:
    try:
        with closing(http.client.HTTPConnection(HOST, port, timeout=2)) as connection:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
    except OSError:
        return False


def measure(folder: Path, mails: Sequence[bytes]) -> dict[str, float]:
    """Return seconds to the first answer, MB idle, the peak while catching up, and mails a second meanwhile."""
    with servers.mailbox(mails) as server:
        token = _sign_in(folder, server)
        with serving(folder, server) as served, served.screen(token):
            started = time.perf_counter()
            if not eventually(lambda: _read(folder) >= len(mails), seconds=300):
                raise RuntimeError("Not all mail was read in five minutes.")
            rate, peak = len(mails) / (time.perf_counter() - started), served.peak()
        with serving(folder, server) as served, served.screen(token):
            time.sleep(IDLE)
            return {"start": served.started_in, "idle": served.rss(), "peak": peak, "rate": rate}


def _sign_in(folder: Path, server: Dovecot) -> str:
    with servers.house(folder, "", server) as context, context.store.unit_of_work() as work:
        founder = sign_in.add_teammate(work, "Grace", "grace@example.com", "founder", None)
        work.session.flush()
        return sign_in.open_session(work, founder.id or 0, "bench").token


def _read(folder: Path) -> int:
    with closing(sqlite3.connect(f"file:{folder}/under24.db?mode=ro", uri=True)) as database:
        return int(database.execute("SELECT count(*) FROM messages").fetchone()[0])
