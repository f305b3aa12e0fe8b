"""Runs commands, each in a process of its own that is forked from one in which everything is imported already.

To start Python and import the inbox takes a second, and most commands take a tenth of that. Asked on standard input,
one JSON object a line: argv, cwd, env, and the files stdin, stdout and stderr. Answers with the exit code.
"""

from __future__ import annotations

import gc
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

ROOT = Path(__file__).parents[2]
_STREAMS = ("stdin", "stdout", "stderr")


class Ready:
    """The process that has everything imported, seen from a test."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, __file__], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def run(
        self, argv: Sequence[str], cwd: Path, env: Mapping[str, str], given: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run `inbox …` to its end."""
        with TemporaryDirectory() as folder:
            files = {name: str(Path(folder) / name) for name in _STREAMS}
            Path(files["stdin"]).write_text(given, encoding="utf-8")
            asked = json.dumps({"argv": list(argv), "cwd": str(cwd), "env": dict(env), **files})
            assert self._process.stdin
            assert self._process.stdout
            self._process.stdin.write(f"{asked}\n")
            self._process.stdin.flush()
            code = int(self._process.stdout.readline())
            out, err = (Path(files[name]).read_text(encoding="utf-8") for name in ("stdout", "stderr"))
        return subprocess.CompletedProcess(list(argv), code, out, err)


def main() -> None:
    """Import everything, then fork for each command."""
    sys.path.insert(0, str(ROOT))
    cli = import_module("inbox.cli")
    for where, _ in cli.COMMANDS.values():
        import_module(f"inbox.cli.{where.partition(':')[0]}")
    import_module("alembic.command")
    gc.freeze()
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if not child:
            become(asked)
            cli.main(asked["argv"])
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def become(asked: Mapping[str, Any]) -> None:
    """Be a process that somebody started in this folder, with this environment and these streams."""
    os.environ.clear()
    os.environ.update(asked["env"])
    time.tzset()
    random.seed()
    os.chdir(asked["cwd"])
    with ExitStack() as opened:
        for number, name in enumerate(_STREAMS):
            file = opened.enter_context(Path(asked[name]).open("r" if name == "stdin" else "w", encoding="utf-8"))
            os.dup2(file.fileno(), number)
    for number, name in enumerate(_STREAMS):
        setattr(sys, name, open(number, "w" if number else "r", encoding="utf-8", closefd=False))  # noqa: SIM115


if __name__ == "__main__":
    main()
