"""Every text is there in French, none is left over, and no English shows where French is spoken."""

from __future__ import annotations

import ast
import html.parser
import importlib.util
import re
import string
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.catalog import Catalog, Message
from jinja2 import nodes

import inbox.web

HERE = Path(inbox.web.__file__).parent
ROOT = HERE.parents[1]
NOT_TEXTS = re.compile(
    r"Under24|UTC|ann@example\.com|https?://\S+|[\w.+-]+@[\w.-]+|Ctrl|Enter|Esc|Shift|Cc|is:\w+|[a-z]+:[\w@.-]*|&\w+;"
)
"""Names, keys and examples, which are the same in every language."""
SHOWN = ("aria-label", "title", "placeholder", "alt", "aria-description", "data-confirm", "hx-confirm")
"""Attributes whose words a person reads or hears."""


def _script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("texts", ROOT / "scripts/texts.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["texts"] = module
    spec.loader.exec_module(module)
    return module


texts = _script()


@pytest.fixture(scope="module")
def french() -> Catalog:
    return texts.load()  # type: ignore[no-any-return]


def _messages(french: Catalog) -> Iterator[tuple[list[str], list[str], Message]]:
    for message in french:
        if message.id:
            ids = [message.id] if isinstance(message.id, str) else list(message.id)
            strings = [message.string] if isinstance(message.string, str) else list(message.string or ())
            yield ids, strings, message


def test_no_text_is_missing_and_none_is_left_over(french: Catalog) -> None:
    used = set(texts.collect().texts)
    known = {ids[0] if len(ids) == 1 else (ids[0], ids[1]) for ids, _, _ in _messages(french)}
    assert used - known == set(), "make texts, then write them in French"
    assert known - used == set(), "make texts drops them"


def test_every_text_is_written_and_none_is_a_guess(french: Catalog) -> None:
    assert [ids for ids, strings, message in _messages(french) if not all(strings) or message.fuzzy] == []


def test_every_text_can_be_collected() -> None:
    assert texts.collect().problems == []


def test_the_values_of_a_text_are_the_same_in_both_languages(french: Catalog) -> None:
    for ids, strings, _ in _messages(french):
        wanted = {name for text in ids for name in _values(text)}
        for said in strings:
            assert _values(said) <= wanted, said
        assert {name for text in strings for name in _values(text)} == wanted, ids


def _values(text: str) -> set[str]:
    try:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}
    except ValueError:
        return {"not a pattern"}


def test_french_is_set_as_french_is(french: Catalog) -> None:
    for ids, strings, _ in _messages(french):
        for said in strings:
            assert said == texts.typeset(said), ids
            assert "!" not in said, ids
            bare = re.sub(r"\{\w+\}", "", said)
            assert not re.search(r"\b(tu|ton|tes|toi|email|e-mail|mail|checker|booster|feedback|OK)\b", bare), ids


DEVELOPERS = "styleguide"
"""A page that is there in development only, and is in English."""


def templates() -> list[Path]:
    return [file for file in (HERE / "templates").rglob("*.html") if file.parent.name != DEVELOPERS]


class _Shown(html.parser.HTMLParser):
    """Collects what of a page is read."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.quiet = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.quiet += tag in {"script", "style", "svg", "kbd", "code", "pre", "textarea"}
        self.words += [value for name, value in attrs if name in SHOWN and value]

    def handle_endtag(self, tag: str) -> None:
        self.quiet -= tag in {"script", "style", "svg", "kbd", "code", "pre", "textarea"}

    def handle_data(self, data: str) -> None:
        if not self.quiet and data.strip():
            self.words.append(" ".join(data.split()))


def test_templates_show_no_word_that_is_not_a_text() -> None:
    for file in templates():
        source = re.sub(r"\{% block body_attributes %\}.*?\{% endblock %\}", "", file.read_text(encoding="utf-8"))
        parts = texts.environment().lex(source)
        source = "".join(said if kind == "data" else " " for _line, kind, said in parts)
        page = _Shown()
        page.feed(source)
        left = [word for word in page.words if re.search(r"[^\W\d_]{2}", NOT_TEXTS.sub(" ", word))]
        assert left == [], file.relative_to(HERE)


def test_templates_hand_on_no_sentence_that_is_not_a_text() -> None:
    known = texts.collect().texts
    for file in templates():
        tree = texts.environment().parse(file.read_text(encoding="utf-8"))
        calls = [one for one in tree.find_all(nodes.Call) if isinstance(one.node, nodes.Name)]
        marked = {id(part) for one in calls if one.node.name in {"_", "_n"} for part in one.find_all(nodes.Const)}
        strings = [
            one.value for one in tree.find_all(nodes.Const) if isinstance(one.value, str) and id(one) not in marked
        ]
        bare = [text for text in strings if _reads_like_a_sentence(text) and text not in known]
        assert bare == [], file.relative_to(HERE)


def _reads_like_a_sentence(text: str) -> bool:
    return bool(re.match(r"[A-Z“{][^<>=]*[a-z] [a-z][^<>=]*", text) and re.search(r"[a-z]{2}", text))


def test_pages_say_no_sentence_that_is_not_a_text() -> None:
    for file in [*HERE.glob("*.py"), *(HERE / "pages").glob("*.py")]:
        if file.stem == DEVELOPERS:
            continue
        assert list(_bare(ast.parse(file.read_text(encoding="utf-8")))) == [], file.relative_to(HERE)


def _bare(tree: ast.Module) -> Iterator[str]:
    """Return strings that read like sentences and go through no mark: docstrings and errors' reasons aside."""
    quiet: set[int] = set()
    for node in ast.walk(tree):
        name = texts._name(node.func) if isinstance(node, ast.Call) else ""
        if name in {"_", "_n", "N_", "say"} or name.endswith("Error") or name in {"exception", "warning", "info"}:
            quiet |= {id(part) for part in ast.walk(node)}
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            quiet.add(id(node.value))
        if isinstance(node, ast.JoinedStr) and id(node) not in quiet and _reads_like_a_sentence(texts.pattern_of(node)):
            yield texts.pattern_of(node)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in quiet:
            text = node.value
            if _reads_like_a_sentence(text) and re.search(r"[.?…]$", text):
                yield text


def test_no_text_is_put_into_a_language_before_anybody_asks() -> None:
    for file in (ROOT / "inbox").rglob("*.py"):
        assert list(_too_early(ast.parse(file.read_text(encoding="utf-8")))) == [], file.relative_to(ROOT)


def _too_early(node: ast.AST) -> Iterator[int]:
    """Return the lines where `_` or `_n` is called while a module is loaded."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(child, ast.Call) and texts._name(child.func) in {"_", "_n"}:
            yield child.lineno
        yield from _too_early(child)
