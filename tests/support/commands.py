"""What tests of the commands share: how a command is run, and what it is given."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from house import mail

Run = Callable[..., "subprocess.CompletedProcess[str]"]
CAROL = mail(text="I can't export my board.")
DANA = mail("Dana <dana@customer.example>", "From the beginning.\n\nFrom now on: no answer.\n", subject="Invoice")


def told(run: Run, *words: str, **more: Any) -> Any:
    """Run a command and read the JSON it prints."""
    return json.loads(run(*words, **more).stdout)


def write(path: Path, content: bytes) -> Path:
    """Write a file and its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def balanced(counts: dict[str, int]) -> bool:
    """Whether law 2 holds."""
    ended = ("threaded", "duplicates", "quarantined", "ignored", "pending")
    return counts["arrivals"] == sum(counts[name] for name in ended)
