"""The house rules that no linter knows. Each failure says which file breaks which rule."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("inbox", "connectors", "rules")
LONGEST = 400

# Files that may be longer, each with its reason.
LONG_FILES: dict[str, str] = {}

# Who may ask the machine what time it is. Everybody else is given a clock. (How long a socket has been silent is no
# question about the time of day: time.monotonic is for anyone who waits on a wire.)
CLOCKS = {"inbox/clock.py"}
ASKS_THE_TIME = {
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "date.today",
    "time.time",
    "time.time_ns",
}

# Written in pieces, so that this file keeps its own rule.
HOSTS = ["pypi" + ".org", "python" + "hosted.org", "npm" + "js.org", "npm" + "js.com", "deb.debian" + ".org"]
MACHINE_PATHS = ["/wo" + "rk/", "/ro" + "ot/", "/opt/" + "pypi", "/opt/" + "wheels"]

# Vendor SDKs, and the only folder that may know each.
VENDORS = {"imaplib2": "connectors/mail", "tweepy": "connectors/x", "twilio": "connectors/phone"} | {
    "telegram": "connectors/telegram",
    "sqlalchemy": "inbox/store",
    "sqlmodel": "inbox/store",
    "alembic": "inbox/store",
    "sqlite3": "inbox/store",
    "psycopg": "inbox/store",
}

# What the corridor may see of the connectors; the rest of them only wiring opens.
SHARED_WORDS = {"connectors.contract", "connectors.errors", "connectors.text"}
OPENS_CHANNELS = "inbox/wiring.py"


@cache
def tracked() -> tuple[Path, ...]:
    """List what is, or is about to be, committed."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    paths = (ROOT / name for name in listed.split("\0") if name)
    return tuple(path for path in paths if path.is_file())


def sources() -> list[Path]:
    return [path for path in tracked() if path.suffix == ".py" and name(path).split("/")[0] in PACKAGES]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(text(path), filename=name(path))


def imports(path: Path) -> Iterator[str]:
    """Name every module that a file imports, also inside functions."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_files_are_short() -> None:
    # A migration is written once and never read again; it may be as long as the change is.
    read = [path for path in sources() if "migrations/versions" not in name(path)]
    lengths = {name(path): len(text(path).splitlines()) for path in read}
    assert {file: lines for file, lines in lengths.items() if lines > LONGEST and file not in LONG_FILES} == {}


def test_exceptions_to_the_length_are_needed() -> None:
    assert [file for file in LONG_FILES if len(text(ROOT / file).splitlines()) <= LONGEST] == []


def test_no_package_hides_another() -> None:
    # tests/inbox/__init__.py would be imported as `inbox`, and hide the package under test.
    assert [name(path) for path in tracked() if path.name == "__init__.py" and name(path).startswith("tests/")] == []


def test_no_folder_shadows_the_standard_library() -> None:
    folders = {part for path in sources() for part in path.relative_to(ROOT).parts[:-1]}
    assert folders & set(sys.stdlib_module_names) == set()


@pytest.mark.parametrize("word", [*HOSTS, *MACHINE_PATHS])
def test_nothing_names_this_machine_or_a_registry(word: str) -> None:
    # A path is meant, not the end of a longer one: docs may say /home/inbox/work/.
    found = re.compile(rf"(?<![\w.-]){re.escape(word)}")
    assert [name(path) for path in tracked() if found.search(text(path))] == []


def test_locks_hold_hashes_and_no_addresses() -> None:
    for path in sorted((ROOT / "requirements").glob("*.txt")):
        lock = text(path)
        pins = re.findall(r"^[a-z0-9][\w.-]*==[^\n]*\\\n(?=    --hash=sha256:)", lock, re.MULTILINE)
        assert len(pins) == len(re.findall(r"^[a-z0-9]", lock, re.MULTILINE)) > 0, f"{name(path)}: a line has no hash"
        assert not re.search(r"://|--(extra-)?index-url|--find-links", lock), f"{name(path)} names an address"


def test_the_front_end_lock_holds_hashes_and_no_addresses() -> None:
    packages = json.loads(text(ROOT / "package-lock.json"))["packages"]
    for place, package in packages.items():
        assert "resolved" not in package, place
        assert not place or package["integrity"].startswith("sha512-"), place


def test_every_requirement_is_locked() -> None:
    for listed in sorted((ROOT / "requirements").glob("*.in")):
        lock = text(listed.with_suffix(".txt"))
        for line in text(listed).splitlines():
            wanted = re.match(r"[A-Za-z0-9][\w.-]*", line)
            if wanted:
                pin = re.sub(r"[._-]+", "-", wanted[0]).lower()
                assert re.search(rf"^{re.escape(pin)}(\[\w+\])?==", lock, re.MULTILINE), f"{pin}: run `make lock`"


def test_every_make_target_has_help() -> None:
    makefile = text(ROOT / "Makefile")
    declared = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert declared
    inner = {"front_end"}  # a step of others
    helped = set(re.findall(r"^([a-z_]+):.*## \S", makefile, re.MULTILINE))
    assert set(declared[1].split()) - inner == helped


def settings() -> set[str]:
    """Read the settings' names from the class, so that this test needs nothing to be importable."""
    path = ROOT / "inbox" / "settings.py"
    if not path.exists():
        return set()
    classes = [node for node in tree(path).body if isinstance(node, ast.ClassDef) and "Settings" in node.name]
    fields = (field.target for found in classes for field in found.body if isinstance(field, ast.AnnAssign))
    names = {field.id for field in fields if isinstance(field, ast.Name)}
    return {f"INBOX_{field.upper()}" for field in names if field != "model_config" and not field.startswith("_")}


@pytest.mark.parametrize("document", [".env.example", "docs/operations.md"])
def test_every_setting_is_explained(document: str) -> None:
    path = ROOT / document
    explained = set(re.findall(r"\bINBOX_[A-Z0-9_]+", text(path))) if path.exists() else settings()
    assert settings() - explained == set(), f"not in {document}"


def test_the_example_explains_nothing_that_is_gone() -> None:
    explained = set(re.findall(r"^#? ?(INBOX_[A-Z0-9_]+)=", text(ROOT / ".env.example"), re.MULTILINE))
    assert not settings() or explained - settings() == set()


def test_only_the_clock_knows_the_time() -> None:
    found = [
        f"{name(path)}:{node.lineno} asks {ast.unparse(node)}"
        for path in sources()
        if name(path) not in CLOCKS
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and ".".join(ast.unparse(node).split(".")[-2:]) in ASKS_THE_TIME
    ]
    assert found == []


@pytest.mark.parametrize(("vendor", "folder"), VENDORS.items())
def test_a_vendor_is_known_in_one_folder(vendor: str, folder: str) -> None:
    others = [path for path in sources() if not name(path).startswith(f"{folder}/")]
    assert [name(path) for path in others if vendor in {module.split(".")[0] for module in imports(path)}] == []


def test_rules_need_only_the_standard_library() -> None:
    allowed = {*sys.stdlib_module_names, "rules"}
    for path in sources():
        if name(path).startswith("rules/"):
            assert {module.split(".")[0] for module in imports(path)} <= allowed, name(path)


def test_only_wiring_opens_a_channel() -> None:
    for path in sources():
        if name(path).startswith("inbox/") and name(path) != OPENS_CHANNELS:
            seen = {".".join(module.split(".")[:2]) for module in imports(path) if module.startswith("connectors.")}
            assert seen <= SHARED_WORDS, name(path)


def test_channels_do_not_know_one_another() -> None:
    channels = {path.parent.name for path in sources() if path.parent.parent == ROOT / "connectors"}
    for path in sources():
        parts = path.relative_to(ROOT).parts
        if parts[0] == "connectors" and parts[1] in channels:
            known = {module.split(".")[1] for module in imports(path) if module.startswith("connectors.")}
            assert known & channels <= {parts[1]}, name(path)


def test_only_one_place_commits() -> None:
    # "Acknowledged means committed" can be checked by reading one function only if there is one.
    found = [
        name(path)
        for path in sources()
        if name(path).startswith("inbox/") and name(path) != "inbox/store/db.py"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
    ]
    assert found == []
