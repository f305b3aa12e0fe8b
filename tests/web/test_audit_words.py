"""Every act that the flow writes into the audit log is told in a sentence whose blanks can be filled."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import inbox
from inbox.web.audit_words import SENTENCES, said

ROOT = Path(inbox.__file__).parent


def calls() -> Iterator[tuple[str, set[str]]]:
    """Find each act that is recorded, and the details it brings."""
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {"audit.record", "acts.record"}:
                kinds = {one.value for one in ast.walk(node.args[2]) if isinstance(one, ast.Constant)}
                for kind in kinds:
                    yield str(kind), {one.arg for one in node.keywords if one.arg}


def test_every_act_has_a_sentence_and_every_sentence_its_facts() -> None:
    found = list(calls())
    assert len(found) > 40
    for kind, details in found:
        assert kind in SENTENCES, kind
        blanks = set(re.findall(r"\{(\w+)\}", SENTENCES[kind]))
        known = details | ({"whom"} if "teammate" in details else set())
        assert blanks <= known, (kind, blanks - known)


def test_no_sentence_is_left_over() -> None:
    by_variable = {"account.paused", "account.resumed", "policy.added", "policy.changed"}
    assert set(SENTENCES) - {kind for kind, _ in calls()} <= by_variable


def test_what_has_no_sentence_is_shown_all_the_same() -> None:
    assert said("moon.landed", {"crew": ["Alice", "Bob"], "on": True}, {}) == "moon: landed crew=Alice, Bob on=True"
    assert said("reset.link_made", {"teammate": 7}, {7: "Bob"}) == "made a link for a new password of Bob"
    assert said("invite.sent", {"mail": "{role}"}, {}) == "invite.sent"


def test_what_the_store_keeps_as_codes_is_said_in_words() -> None:
    told = said("review.explained", {"wait": 7, "week": "2026-W45", "cause": "nobody_on_duty"}, {})
    assert "Nobody was on duty" in told
    assert "2 to 8 Nov 2026" in told
    away = {"teammate": 7, "start": "2026-12-02 00:00:00+01:00", "end": "2026-12-04 00:00:00+01:00"}
    assert "2 Dec 2026 00:00" in said("absence.added", away, {7: "Bob"})
    assert said("sign_in.done", {"means": "password"}, {}) == "signed in (by password)"
