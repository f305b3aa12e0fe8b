"""Collect every text that people read, and bring the catalogs up to date: `make texts`.

Texts stand in `_()`, `_n()`, `N_()` and `say()`, in Python and in templates; in the sentences of errors; and in what
the connectors say (whole sentences, and what their settings are called), which is stored as it was said and told anew
in the reader's language. Translations are kept, texts that are gone are dropped, new ones stand there empty: a test
fails until somebody has written them.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from jinja2 import Environment, nodes

ROOT = Path(__file__).resolve().parents[1]
PO = ROOT / "inbox/locale/fr/LC_MESSAGES/under24.po"
TEMPLATES = ROOT / "inbox/web/templates"
ENGLISH = (
    "inbox/cli/",
    "inbox/web/api/",
    "connectors/fake.py",
    "inbox/settings.py",
    "inbox/wiring.py",
    "inbox/jobs.py",
)
"""What only operators and programs read."""
SPOKEN = ("connectors/", "rules/")
"""Where sentences are written by whoever knows nothing of languages: a string that reads like one is a text."""
MARKS = frozenset({"_", "N_", "say"})
FAULTS = re.compile(
    r"(Value|Runtime|Type|Key|Assertion|Settings|UndeclaredRoute|Timeout|EOF|Connection|OS|TooLong)Error$"
)
SENTENCE = re.compile(r"(?=.*[a-z] )[A-Z{“].*[.…}]$", re.DOTALL)
OWN = 12
"""So many letters of a pattern are its own, else it cannot be found again (inbox.web.language)."""
THIN = "\u202f"

Key = str | tuple[str, str]


@dataclass
class Found:
    """The texts, each with the files it stands in, and what cannot be collected."""

    texts: dict[Key, set[str]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def add(self, key: Key, where: str) -> None:
        """Note a text."""
        if key and key != ("", ""):
            self.texts.setdefault(key, set()).add(where)


def collect() -> Found:
    """Return every text of the product."""
    found = Found()
    for file in sorted(TEMPLATES.rglob("*.html")):
        _template(found, file)
    for folder in ("inbox", "connectors", "rules"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            where = file.relative_to(ROOT).as_posix()
            if not where.startswith(ENGLISH) and "/migrations/" not in where:
                _Module(found, where).visit(ast.parse(file.read_text(encoding="utf-8")))
    return found


def environment() -> Environment:
    """Return a reader of templates; it runs none."""
    return Environment(trim_blocks=True, lstrip_blocks=True, autoescape=True)


def _template(found: Found, file: Path) -> None:
    where = file.relative_to(ROOT).as_posix()
    for call in environment().parse(file.read_text(encoding="utf-8")).find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in {"_", "_n"} and call.args:
            texts = [one.value for one in call.args[:2] if isinstance(one, nodes.Const) and isinstance(one.value, str)]
            if call.node.name == "_n" and len(texts) == 2:
                found.add((texts[0], texts[1]), where)
            elif texts and call.node.name == "_":
                found.add(texts[0], where)


class _Module(ast.NodeVisitor):
    """Walks one Python file."""

    def __init__(self, found: Found, where: str) -> None:
        self.found = found
        self.where = where
        self.spoken = where.startswith(SPOKEN)

    def visit_Call(self, node: ast.Call) -> None:
        """Look for a mark, a plural, or a channel's setting."""
        name = _name(node.func)
        texts = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        if name in MARKS and node.args:
            if isinstance(node.args[0], ast.JoinedStr):
                self.found.problems.append(f"{self.where}:{node.lineno} a pattern must be a literal, not an f-string")
            elif texts and isinstance(node.args[0], ast.Constant):
                self.found.add(texts[0], self.where)
        elif name == "_n" and len(texts) >= 2:
            self.found.add((texts[0], texts[1]), self.where)
        elif name == "Setting" and self.spoken:
            for text in texts[1:3]:
                if text[:1].isupper() or text[:1].isdigit():
                    self.found.add(text, self.where)
        elif name == "Card" and self.spoken:
            named = [one.value for one in node.keywords if one.arg == "name"]
            self.found.add(next((str(one.value) for one in named if isinstance(one, ast.Constant)), ""), self.where)
        self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> None:
        """Collect the sentence of an error."""
        call = node.exc
        if isinstance(call, ast.Call) and call.args and _name(call.func).endswith("Error") and not self.spoken:
            text = call.args[0]
            if FAULTS.search(_name(call.func)):
                pass
            elif isinstance(text, ast.Constant) and isinstance(text.value, str):
                self.found.add(text.value, self.where)
            elif isinstance(text, ast.JoinedStr) and self.where.startswith(("inbox/flow/", "inbox/web/")):
                self.found.problems.append(f"{self.where}:{node.lineno} an f-string is not told in French: use say()")
            elif isinstance(text, ast.JoinedStr):
                self.found.add(pattern_of(text), self.where)
        self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """Collect what an error says by its docstring."""
        says = self.where.endswith("errors.py") or node.name.endswith("Error")
        told = (ast.get_docstring(node) or "").split("\n", 1)[0]
        bare = any(_name(base) == "Exception" for base in node.bases) and self.where != "inbox/web/errors.py"
        if says and node.bases and not bare and not FAULTS.search(node.name) and self.where != "inbox/vault.py":
            self.found.add(told, self.where)
        self._without_docstring(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        """Leave the docstring out."""
        self._without_docstring(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        """Leave the docstring out."""
        self._without_docstring(node)

    def visit_Module(self, node: ast.Module) -> None:
        """Leave the docstring out."""
        self._without_docstring(node)

    def _without_docstring(self, node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef | ast.Module) -> None:
        for child in node.body:
            bare = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
            if not bare:
                self.visit(child)

    def visit_Constant(self, node: ast.Constant) -> None:
        """Collect a sentence of a connector or a rule."""
        if self.spoken and isinstance(node.value, str) and SENTENCE.match(node.value):
            self.found.add(node.value, self.where)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """Collect a sentence with values of a connector or a rule."""
        pattern = pattern_of(node)
        if self.spoken and SENTENCE.match(pattern) and len(re.sub(r"\{\w+\}", "", pattern)) >= OWN:
            self.found.add(pattern, self.where)


def _name(node: ast.expr | None) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def pattern_of(node: ast.JoinedStr) -> str:
    """Return the pattern of an f-string: its values named after what they are."""
    made, seen = "", set[str]()
    for part in node.values:
        if isinstance(part, ast.Constant):
            made += str(part.value).replace("{", "{{").replace("}", "}}")
        elif isinstance(part, ast.FormattedValue):
            name = _value_name(part.value)
            while name in seen:
                name += "_"
            seen.add(name)
            made += "{" + name + "}"
    return made


def _value_name(node: ast.expr) -> str:
    if isinstance(node, ast.Name | ast.Attribute):
        return _name(node).strip("_") or "value"
    if isinstance(node, ast.Call) and _name(node.func) not in {"join", "str", "len"}:
        return _name(node.func).strip("_") or "value"
    return "value"


def typeset(text: str) -> str:
    """Set French as the Imprimerie nationale does: thin spaces that do not break before high marks and units."""
    text = re.sub(r"(?<=[\w}»)…%]) (?=[:;?!%»](?:\s|$|\)))", THIN, text)
    text = re.sub(r"«[ \u00a0\u202f]*", f"«{THIN}", text)
    text = re.sub(r"[ \u00a0\u202f]*»", f"{THIN}»", text)
    return re.sub(r"(?<=[\d}]) (?=(?:h|min|s|j|o|ko|Mo|Go|%|ms)\b)", THIN, text).replace("'", "’")  # noqa: RUF001


def load(file: Path = PO) -> Catalog:
    """Read a catalog; an empty one where there is none yet."""
    if not file.exists():
        return Catalog(locale="fr")
    with file.open("rb") as source:
        return read_po(source, locale="fr")


def update(found: Found, before: Catalog, written: dict[str, str | tuple[str, str]] | None = None) -> Catalog:
    """Return the catalog of these texts, with the translations that are known."""
    day = datetime(2026, 11, 1, tzinfo=UTC)
    made = Catalog("fr", project="Under24", version="1", creation_date=day, revision_date=day, fuzzy=False)
    made.header_comment = "# The French of Under24. Brought up to date by `make texts`."
    made.last_translator, made.language_team = "Under24", "Under24"
    for key, where in sorted(found.texts.items(), key=lambda one: (min(one[1]), str(one[0]))):
        known = before.get(key if isinstance(key, str) else key[0])
        one = key if isinstance(key, str) else key[0]
        string = (written or {}).get(one) or (known.string if known is not None and known.id == key else "")
        set_text = typeset(string) if isinstance(string, str) else tuple(typeset(part) for part in string or ())
        made.add(key, set_text or ("" if isinstance(key, str) else ("", "")), [(place, 0) for place in sorted(where)])
    return made


def write(made: Catalog, file: Path = PO) -> None:
    """Write a catalog; the same texts always give the same bytes."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as target:
        write_po(target, made, width=110, include_lineno=False)


def missing(made: Catalog) -> Iterator[Key]:
    """Return the texts that nobody has written in French yet."""
    for message in made:
        strings = message.string if isinstance(message.string, list | tuple) else [message.string]
        if message.id and not all(strings):
            yield message.id if isinstance(message.id, str) else (message.id[0], message.id[1])


def main() -> int:
    """Bring the catalog up to date and say what is missing."""
    found = collect()
    made = update(found, load())
    write(made)
    left = list(missing(made))
    for key in left:
        print(f"Not in French yet: {key}")
    for problem in found.problems:
        print(problem)
    print(f"{len(found.texts)} texts, {len(left)} missing, {len(found.problems)} cannot be collected.")
    return 1 if left or found.problems else 0


if __name__ == "__main__":
    sys.exit(main())
