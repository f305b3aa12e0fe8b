"""Every door of the app and what it takes, learned from the app itself: a new route is tried without being named.

What a signature declares is read from the route; what a form sends without declaring it (rows that come and go) is read
from the forms of our own pages; bodies of the API come from its own description.
"""

from __future__ import annotations

import html.parser
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from fastapi import params
from pydantic import BaseModel
from team import Team

from inbox.web.deps import _routes

NAMES = {"view": "waiting", "token": "none", "what": "again", "kind": "mail", "state": "quarantined", "to": "up"}
NAMES |= {"week": "2026-W44", "code": "en", "answer": "accept", "digest": "00ff", "number": "1"}
"""What stands in an address where the route has a name; a number is 1."""
NAMES |= {"arrival_id": "3", "policy_id": "2", "day": "2026-12-25"}
SAMPLES: dict[str, str] = {
    "zone": "Europe/Paris",
    "country": "FR",
    "region": "",
    "subdivision": "",
    "start": "2026-11-20T09:00:00Z",
    "end": "2026-11-21T09:00:00Z",
    "first": "2026-11-20",
    "last": "2026-11-21",
    "day": "2026-12-25",
    "mail": "frida@example.com",
    "address": "frida@example.com",
    "what": "spam.example",
    "url": "https://hook.example/x",
    "site": "https://example.com",
    "data": "eA==",
    "phone": "+33612345678",
    "trigger": "arrived",
    "query": "tag:billing",
    "months": "12",
    "into": "2",
    "found": "[]",
    "opens": "09:00",
    "closes": "17:00",
    "same_as": "dora@customer.example",
}
"""What a person would give, by the name of the field."""
PARTS: dict[str, Any] = {
    **SAMPLES,
    "into_id": 2,
    "hours_id": None,
    "since": None,
    "until": None,
    "week": [[["09:00", "17:00"]]] * 7,
    "exceptions": {"2026-12-24": [["09:00", "12:00"]]},
}
"""What a program would give, where the description says no more than that it is a text or a list."""
ENDLESS = "/live"


@dataclass(frozen=True)
class Door:
    """One method of one route, and ordinary values for what it takes. read: taken from one of our own pages."""

    method: str
    path: str
    policy: str
    where: dict[str, str]
    query: dict[str, Any] = field(default_factory=dict)
    form: dict[str, Any] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    body: dict[str, Any] | None = None
    read: bool = False

    @property
    def api(self) -> bool:
        return self.path.startswith("/api/")

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    def address(self, **more: str) -> str:
        """Return the address with its parts filled in."""
        there = {**self.where, **more}
        return re.sub(r"\{(\w+)(:\w+)?\}", lambda found: there[found[1]], self.path)


def doors(team: Team) -> list[Door]:
    """Return every door, those of pages with the forms that lead to them."""
    described = team.mallory.get("/api/v1/openapi.json").json()
    found = [
        _learned(route, method, team.app.state.policies[method, route.path], described)
        for route in _routes(team.app)
        for method in sorted(route.methods or ())
    ]
    return list(_with_forms(found, [form for door in found for form in _forms(team, door)]))


# What a signature says ------------------------------------------------------------------------------------------------


def _learned(route: Any, method: str, policy: str, described: dict[str, Any]) -> Door:
    taken = list(_taken(route.dependant))
    query = {one.alias: _guess(one) for kind, one in taken if kind == "query"}
    form: dict[str, Any] = {}
    for one in (one for kind, one in taken if kind == "body" and isinstance(one.field_info, params.Form)):
        form.update(_fields(one))
    files = tuple(one.alias for kind, one in taken if kind == "body" and isinstance(one.field_info, params.File))
    where = {name: NAMES.get(name, "1") for name in re.findall(r"\{(\w+)", route.path)}
    body = _example_of(described, method, route.path)
    form = {name: value for name, value in form.items() if name not in files}
    return Door(method, route.path, policy, where, query, form, files, body)


def _taken(dependant: Any) -> Iterator[tuple[str, Any]]:
    yield from (("query", one) for one in dependant.query_params)
    yield from (("body", one) for one in dependant.body_params)
    for below in dependant.dependencies:
        yield from _taken(below)


def _fields(one: Any) -> dict[str, Any]:
    kind = one.field_info.annotation
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        fields = kind.model_fields.items()
        return {name: "1" if "int" in str(info.annotation) else SAMPLES.get(name, "x") for name, info in fields}
    return {one.alias: _guess(one)}


def _guess(one: Any) -> str:
    """Return a value that may do: a number where one is wanted, else what a person could type."""
    kind = str(one.field_info.annotation)
    return "1" if "int" in kind or "float" in kind else SAMPLES.get(one.alias, "x")


# What the description of the API says ---------------------------------------------------------------------------------


def _example_of(described: dict[str, Any], method: str, path: str) -> dict[str, Any] | None:
    act = described["paths"].get(path, {}).get(method.lower(), {})
    shape = act.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    return _example(shape, described) if shape else None


def _example(shape: dict[str, Any], described: dict[str, Any]) -> Any:  # noqa: PLR0911 - one line a kind
    if "$ref" in shape:
        return _example(described["components"]["schemas"][shape["$ref"].rpartition("/")[2]], described)
    if "anyOf" in shape:
        return _example(shape["anyOf"][0], described)
    if "enum" in shape or "const" in shape:
        return shape.get("enum", [shape.get("const")])[0]
    kind = shape.get("type")
    if kind == "object":
        named = shape.get("properties", {}).items()
        return {name: PARTS[name] if _is_vague(name, one) else _example(one, described) for name, one in named}
    if kind == "array":
        one = shape.get("items") or (shape.get("prefixItems") or [{}])[0]
        return [_example(one, described)] * max(shape.get("minItems", 1), 1)
    if kind in {"integer", "number"}:
        return max(shape.get("minimum", 1), 1)
    if kind == "boolean":
        return True
    return _text(shape)


def _is_vague(name: str, shape: dict[str, Any]) -> bool:
    return name in PARTS and not {"format", "enum", "const", "$ref"} & shape.keys()


def _text(shape: dict[str, Any]) -> str:
    known: dict[str, str] = {"date-time": "2026-11-20T09:00:00Z", "date": "2026-11-20", "time": "09:00"}
    if shape.get("pattern"):
        return "09:00"
    return known.get(str(shape.get("format")), "x" * max(int(shape.get("minLength", 1)), 1))


# What our own pages send ----------------------------------------------------------------------------------------------


@dataclass
class Form:
    """A form of a page, as a browser would send it."""

    action: str
    method: str
    fields: dict[str, Any] = field(default_factory=dict)


class _Forms(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []
        self.choice = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            action = given.get("action") or given.get("hx-post", "")
            self.found.append(Form(action, given.get("method", "post").upper()))
        elif "formaction" in given:
            self.found.append(Form(given["formaction"], "POST", dict(self.found[-1].fields) if self.found else {}))
        name, fields = given.get("name", ""), self.found[-1].fields if self.found else {}
        if tag == "select":
            self.choice = name
        elif tag == "option" and self.choice and (self.choice not in fields or "selected" in given):
            fields[self.choice] = given.get("value", SAMPLES.get(self.choice, "x"))
        elif tag in {"input", "textarea", "button"} and name and name != "csrf":
            usual = "" if given.get("type") == "hidden" else SAMPLES.get(name, "x")
            fields.setdefault(name, given.get("value", "") or usual)

    def handle_endtag(self, tag: str) -> None:
        self.choice = "" if tag == "select" else self.choice


def _forms(team: Team, door: Door) -> list[Form]:
    if door.method != "GET" or door.api or door.path == ENDLESS:
        return []
    answer = team.alice.get(door.address(), follow_redirects=True)
    if "text/html" not in answer.headers.get("content-type", ""):
        return []
    read = _Forms()
    read.feed(answer.text)
    return read.found


def _with_forms(found: list[Door], forms: list[Form]) -> Iterator[Door]:
    for door in found:
        led = [one for one in forms if one.method == door.method and _matches(door, one.action) is not None]
        if not led or door.method == "GET":
            yield door
            continue
        fullest = max(led, key=lambda one: len(one.fields))
        parts = urlsplit(fullest.action)
        sent = {name: value for name, value in fullest.fields.items() if name not in door.files}
        query = {**door.query, **dict(parse_qsl(parts.query))}
        where = _matches(door, fullest.action) or door.where
        yield replace(door, where=where, query=query, form={**door.form, **sent}, read=True)


def _matches(door: Door, action: str) -> dict[str, str] | None:
    pattern = re.sub(r"\\\{(\w+)(:\w+)?\\\}", r"(?P<\1>[^/]+)", re.escape(door.path))
    found = re.fullmatch(pattern, urlsplit(action).path)
    return found.groupdict() if found else None
