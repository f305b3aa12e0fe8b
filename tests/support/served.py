"""`inbox serve` as a person starts it: a process of its own with a data directory of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Self
from urllib.request import urlopen

from loopback import eventually, free_port

ROOT = Path(__file__).parents[2]


class Served:
    """A running inbox; `setup_link` is what it printed for the first founder."""

    def __init__(self, home: Path, **settings: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.lines: list[str] = []
        self.ended_with: int | None = None
        given = {"INBOX_DATA_DIR": str(home), "INBOX_PORT": str(self.port), "INBOX_DATABASE_URL": "", **settings}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("INBOX_")}
        self._env = {**kept, **given, "PYTHONWARNINGS": "default"}

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "inbox.cli", "serve"],
            env=self._env,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if not eventually(self._answers, 90, 0.05):
            raise RuntimeError("inbox serve did not answer:\n" + "".join(self.lines))
        return self

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGTERM)
        self.ended_with = self._process.wait(timeout=30)
        self._reader.join(timeout=5)
        if self._process.stdout:
            self._process.stdout.close()

    @property
    def setup_link(self) -> str:
        """The one-time link on its terminal."""
        found = re.search(r"http://\S+/setup/\S+", "".join(self.lines))
        if not found:
            raise RuntimeError("No set-up link was printed.")
        return found[0]

    def _read(self) -> None:
        if self._process.stdout:
            self.lines.extend(self._process.stdout)

    def _answers(self) -> bool:
        if self._process.poll() is not None:
            return True
        try:
            with urlopen(f"{self.url}/healthz", timeout=1) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False
