"""Run all tests in two passes: what only computes, side by side; what watches a clock, a browser or a death, alone.

Arguments go to pytest, and then it is one pass. The last line sums both passes up.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter

_COUNT = re.compile(r"(\d+) (passed|failed|errors?|skipped|xfailed|xpassed|deselected)")
_TOOK = re.compile(r"in ([\d.]+)s")


def run(*arguments: str) -> tuple[int, str]:
    """Run pytest, showing what it says; returns its exit code and its last line."""
    last = ""
    command = [sys.executable, "-m", "pytest", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, errors="replace") as running:
        for line in running.stdout or ():
            sys.stdout.write(line)
            sys.stdout.flush()
            last = line if _TOOK.search(line) else last
    return running.returncode, last


def main() -> int:
    """Return the exit code."""
    if sys.argv[1:]:
        return run(*sys.argv[1:])[0]
    workers = str(min((os.cpu_count() or 1) + 1, 5))  # one more than cores: many tests wait for a server to end
    passes = [run("-n", workers, "-m", "not alone"), run("-m", "alone")]
    counts: Counter[str] = Counter()
    for _, line in passes:
        counts.update({what: int(number) for number, what in _COUNT.findall(line) if what != "deselected"})
    took = sum(float(found[1]) for _, line in passes if (found := _TOOK.search(line)))
    said = ", ".join(f"{number} {what}" for what, number in counts.items())
    print(f"== {said} in {took:.1f}s, in two passes ==")
    return max(code for code, _ in passes)


if __name__ == "__main__":
    sys.exit(main())
