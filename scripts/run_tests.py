"""Run all tests in three passes: what computes, side by side; what waits, by threes; what watches a clock, alone.

Arguments go to pytest, and then it is one pass. The last line sums the passes up.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of a random name is made in it
ROOM = 6 * 1024**3
"""Bytes; a run has needed a tenth of that."""

_COUNT = re.compile(r"(\d+) (passed|failed|errors?|skipped|xfailed|xpassed|deselected)")
_TOOK = re.compile(r"in ([\d.]+)s")


def run(*arguments: str, temporary: str = "") -> tuple[int, str]:
    """Run pytest, showing what it says; returns its exit code and its last line. temporary: where its files go."""
    last = ""
    command = [sys.executable, "-m", "pytest", *arguments]
    env = os.environ | ({"TMPDIR": temporary} if temporary else {})
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, errors="replace", env=env) as running:
        for line in running.stdout or ():
            sys.stdout.write(line)
            sys.stdout.flush()
            last = line if _TOOK.search(line) else last
    return running.returncode, last


@contextmanager
def in_memory() -> Iterator[str]:
    """Make a folder in memory for thousands of small databases, where there is room for it; "" where there is not."""
    if not MEMORY.is_dir() or not os.access(MEMORY, os.W_OK) or shutil.disk_usage(MEMORY).free < ROOM:
        yield ""
        return
    with TemporaryDirectory(prefix="u24-tests-", dir=MEMORY, ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # PostgreSQL runs as somebody else
        yield folder


def main() -> int:
    """Return the exit code."""
    if sys.argv[1:]:
        return abs(run(*sys.argv[1:])[0])
    workers = str(min((os.cpu_count() or 1) + 2, 6))  # more than cores: many tests wait for a server
    # Neighbours stay together, for what a file opens once; who is done takes from the others' ends.
    with in_memory() as folder:
        passes = [run("-n", workers, "--dist", "worksteal", "-m", "not alone and not patient", temporary=folder)]
        passes += [run("-n", "3", "--maxschedchunk", "1", "-m", "patient", temporary=folder)]
    passes += [run("-m", "alone")]
    counts: Counter[str] = Counter()
    for _, line in passes:
        counts.update({what: int(number) for number, what in _COUNT.findall(line) if what != "deselected"})
    took = sum(float(found[1]) for _, line in passes if (found := _TOOK.search(line)))
    said = ", ".join(f"{number} {what}" for what, number in counts.items())
    print(f"== {said} in {took:.1f}s, in three passes ==")
    return max(abs(code) for code, _ in passes)  # below nought: killed by that signal


if __name__ == "__main__":
    sys.exit(main())
