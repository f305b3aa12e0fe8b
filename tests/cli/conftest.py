"""The commands as an operator runs them: real processes on data folders of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import Run
from ready import Ready


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("INBOX_")}
    return {**kept, "INBOX_DATA_DIR": str(tmp_path / "data"), "HOME": str(tmp_path)}


@pytest.fixture(scope="session")
def ready() -> Iterator[Ready]:
    with Ready() as made:
        yield made


@pytest.fixture
def run(ready: Ready, tmp_path: Path, environment: dict[str, str]) -> Run:
    """Run `inbox …` in an empty folder."""

    def command(*words: str, code: int = 0, given: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
        env = {**environment, **settings}
        if any(name.startswith("PYTHON") for name in settings):  # that is read where Python itself starts
            called = [sys.executable, "-m", "inbox.cli", *words]
            done = subprocess.run(
                called, cwd=tmp_path, env=env, input=given, capture_output=True, text=True, check=False
            )
        else:
            done = ready.run(words, tmp_path, env, given)
        assert done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stdout + done.stderr
        return done

    return command
