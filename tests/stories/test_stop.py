"""Told to stop, everything is finished or put back first."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

from loopback import HOST, free_port
from served import ROOT, Served


def test_serve_stops_by_itself_when_told_and_lets_go_of_the_store(tmp_path: Path) -> None:
    with Served(tmp_path, INBOX_LMTP=f"{HOST}:{free_port()}") as inbox:
        pass

    assert inbox.ended_with == 0
    with Served(tmp_path) as again:
        assert again.setup_link
    assert not [line for line in inbox.lines + again.lines if "Traceback" in line]


def test_a_port_that_is_taken_is_told_in_one_sentence(tmp_path: Path) -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = str(taken.getsockname()[1])
        env = {**os.environ, "INBOX_DATA_DIR": str(tmp_path), "INBOX_DATABASE_URL": "", "INBOX_PORT": port}
        done = subprocess.run(
            [sys.executable, "-m", "inbox.cli", "serve"],
            env=env,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    assert done.returncode == 1
    assert f"is port {port} taken?" in done.stderr
    assert "Traceback" not in done.stderr
