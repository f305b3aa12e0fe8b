"""What all figures depend on: the machine, its disk, and the versions of what is measured."""

from __future__ import annotations

import os
import platform
import sqlite3
import subprocess
import time
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory

import dovecot

PACKAGES = ("sqlalchemy", "sqlmodel", "psycopg", "fastapi", "imaplib2")


def facts() -> dict[str, str]:
    """Return what to print above the table."""
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in PACKAGES)
    return {
        "machine": f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {platform.platform(terse=True)}",
        "disk": f"{fsyncs():.0f} fsync/s",
        "Python": platform.python_version(),
        "SQLite": sqlite3.sqlite_version,
        "Dovecot": _dovecot(),
        "packages": versions,
    }


def fsyncs(seconds: float = 0.5) -> float:
    """Return how often a second the disk promises to have kept a page."""
    with TemporaryDirectory(prefix="u24-bench-") as folder, (Path(folder) / "page").open("wb", buffering=0) as file:
        count, started = 0, time.perf_counter()
        while time.perf_counter() - started < seconds:
            file.write(b"x" * 4096)
            os.fsync(file.fileno())
            count += 1
        return count / (time.perf_counter() - started)


def _dovecot() -> str:
    found = dovecot.program()
    if found is None:
        return "missing"
    told = subprocess.run([found, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 - found on PATH
    return told.stdout.strip()
