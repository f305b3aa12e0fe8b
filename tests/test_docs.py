"""What the documents say of the house is so: the list of verbs has every verb that screens and commands call."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

HOUSE = Path(__file__).parent.parent
LIST = (HOUSE / "docs" / "flow-verbs.md").read_text(encoding="utf-8")
NAME = re.compile(r"(?:(?P<module>(?:flow|store)\.\w+)\.)?(?P<name>[a-zA-Z]\w*)")


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def listed() -> set[tuple[str, str]]:
    """Return (module, verb) of every row's first column; a name without a module is one of the module before it."""
    found = set()
    for row in LIST.splitlines():
        if row.startswith("| `"):
            module = ""
            for code in re.findall(r"`([^`]+)`", row.split(" | ")[0]):
                for part in re.split(r"[,/]", without_arguments(code).partition("->")[0]):
                    named = NAME.fullmatch(part.strip())
                    assert named, f"{code!r} is no verb"
                    module = named["module"] or module
                    found.add((module, named["name"]))
    return found


def without_arguments(code: str) -> str:
    inner = re.sub(r"\([^()]*\)", "", code)
    return inner if inner == code else without_arguments(inner)


def said_of(module: str) -> set[str]:
    """Return the verbs of a module that the whole of its rows mention, also beside others."""
    rows = "\n".join(row for row in LIST.splitlines() if f"`{module}." in row)
    return set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]+)`", rows))))


def verbs_of(module: str) -> set[str]:
    path = HOUSE / "inbox" / f"{module.replace('.', '/')}.py"
    return {one.name for one in tree_of(path).body if isinstance(one, ast.FunctionDef)} if path.exists() else set()


def called() -> set[tuple[str, str]]:
    """Return (module, verb) of every function of the flow that takes `work` and that a screen or a command calls."""
    found = set()
    for path in (*(HOUSE / "inbox" / "web").rglob("*.py"), *(HOUSE / "inbox" / "cli").rglob("*.py")):
        modules: dict[str, str] = {}
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.ImportFrom) and node.module == "inbox.flow":
                modules |= {one.asname or one.name: one.name for one in node.names}
            elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("inbox.flow."):
                found |= {((node.module or "").removeprefix("inbox."), one.name) for one in node.names}
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in modules:
                found.add((f"flow.{modules[node.value.id]}", node.attr))
    return {(module, name) for module, name in found if name in takers_of_work(module)}


def takers_of_work(module: str) -> set[str]:
    path = HOUSE / "inbox" / f"{module.replace('.', '/')}.py"
    functions = [one for one in tree_of(path).body if isinstance(one, ast.FunctionDef)] if path.exists() else []
    return {one.name for one in functions if one.args.args and one.args.args[0].arg == "work"}


def test_every_verb_on_the_list_is_there() -> None:
    ghosts = {f"{module}.{name}" for module, name in listed() if name not in verbs_of(module)}
    assert not ghosts, f"docs/flow-verbs.md names what is not there: {sorted(ghosts)}"


def test_every_verb_that_screens_and_commands_call_is_on_the_list() -> None:
    missing = {f"{module}.{name}" for module, name in called() if name not in said_of(module)}
    assert not missing, f"docs/flow-verbs.md lacks {sorted(missing)}"


def test_every_document_that_another_names_is_there() -> None:
    for path in (*HOUSE.glob("*.md"), *(HOUSE / "docs").rglob("*.md")):
        for target in re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), f"{path.name} leads to {target}, which is not there"


def test_every_module_that_a_document_names_is_there() -> None:
    for path in (*HOUSE.glob("*.md"), *(HOUSE / "docs").rglob("*.md")):
        for named in re.findall(r"`((?:\w+/)+\w+\.py)`", path.read_text(encoding="utf-8")):
            assert any((root / named).exists() for root in (HOUSE, HOUSE / "inbox")), f"{path.name} names {named}"
