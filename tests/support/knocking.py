"""Mallory knocks at every door with what nobody would send, and says where the house does not answer as it should."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote_plus

import httpx
from doors import ENDLESS, Door
from odd_values import JSON, NUL, TEXTS, WHERE, bodies, forms
from team import Team, Visitor

from inbox.web.errors import BROKEN

FORM = "application/x-www-form-urlencoded"
TRACES = ("Traceback", "sqlalchemy", "sqlite3.", "psycopg", 'File "')
MARKUP = ("<script>alert(1)", "<img src=x onerror")
ENOUGH = 3
LONGEST_ADDRESS = 20_000
"""An address that is longer never reaches us: the server itself refuses it."""


@dataclass(frozen=True)
class Knock:
    """One request: a door, its address, and what is sent."""

    door: Door
    address: str
    sent: tuple[tuple[str, Any], ...] = ()
    body: Any = None
    raw: tuple[bytes, str] | None = None
    said: str = ""


@dataclass
class Knocking:
    """Who knocks: a founder where one is needed, and a stranger at the doors for strangers."""

    team: Team
    made: int = 0
    seen: dict[int, int] = field(default_factory=dict)
    broken: dict[str, int] = field(default_factory=dict)

    def wrong(self, knocks: Iterator[Knock]) -> list[str]:
        """Return a line for every answer that is none, or tells too much; a few for a door are enough."""
        found: list[str] = []
        for one in knocks:
            told = "" if self.broken.get(one.door.name, 0) >= ENOUGH else self._wrong(one)
            if told:
                self.broken[one.door.name] = self.broken.get(one.door.name, 0) + 1
                found.append(f"{one.door.method} {one.address[:120]} [{one.said[:80]}]: {told}")
        return found

    def _wrong(self, one: Knock) -> str:
        answer = self.send(one)
        if one.door.policy != "anyone" and _outside(answer):
            self._back()
            answer = self.send(one)
        self.made += 1
        self.seen[answer.status_code] = self.seen.get(answer.status_code, 0) + 1
        return fault(one.door, answer)

    def send(self, one: Knock) -> httpx.Response:
        who: Visitor = self.team.mallory if one.door.policy == "anyone" else self.team.alice
        headers = {"X-CSRF-Token": who.csrf, "Origin": self.team.url}
        if self.made % 3 == 0 and not one.door.api:
            headers["HX-Request"] = "true"
        content: bytes | None = None
        if one.raw:
            content, headers["Content-Type"] = one.raw
        elif one.body is not None:
            content, headers["Content-Type"] = _json(one.body), "application/json"
        elif one.door.files:
            files = dict.fromkeys(one.door.files, ("a.txt", b"Name,Mail\nCarol,c@x.example\n", "text/plain"))
            plain = {name: _plain(value) for name, value in one.sent}
            return who.client.request(one.door.method, one.address, data=plain, files=files, headers=headers)
        elif one.sent:
            content, headers["Content-Type"] = _encoded(one.sent), FORM
        if one.door.path == ENDLESS:
            with who.client.stream(one.door.method, one.address, headers=headers) as answer:
                return httpx.Response(answer.status_code, headers=answer.headers, request=answer.request, text="open")
        return who.client.request(one.door.method, one.address, content=content, headers=headers)

    def _back(self) -> None:
        """Come in again: some door has signed Alice out, or too many wrong tries were made from here."""
        self.team.clock.move(minutes=16)
        answer = self.team.alice.sign_in("alice@example.com")
        assert answer.status_code == 303, answer.text


def _outside(answer: httpx.Response) -> bool:
    to = answer.headers.get("location", "") + answer.headers.get("hx-redirect", "")
    return answer.status_code == 401 or to.startswith(("/login", "/settings/security/prove"))


def fault(door: Door, answer: httpx.Response) -> str:
    """Say what is wrong with an answer, "" for nothing."""
    if answer.status_code >= 500:
        return f"{answer.status_code} {answer.text[:200]!r}"
    told = [one for one in MARKUP if one in answer.text] if _is_page(answer) else []
    told += [one for one in TRACES if one in answer.text] if answer.status_code >= 400 else []
    if told:
        return f"tells {told}"
    if answer.status_code < 400 or answer.request.method == "HEAD":
        return ""
    if door.api:
        return "" if _sentence(answer) else f"{answer.status_code} without a sentence: {answer.text[:200]!r}"
    return "" if len(re.sub(r"<[^>]*>|\s", "", answer.text)) > 10 or _leads(answer) else "a refusal that says nothing"


def _is_page(answer: httpx.Response) -> bool:
    return "text/html" in answer.headers.get("content-type", "")


def _leads(answer: httpx.Response) -> bool:
    return "hx-redirect" in answer.headers


def _sentence(answer: httpx.Response) -> bool:
    try:
        told = answer.json()["error"]["message"]
    except (ValueError, KeyError, TypeError):
        return False
    return isinstance(told, str) and told.endswith(".") and told != BROKEN and len(told) < 400


def _json(body: Any) -> bytes:
    return json.dumps(body).encode()


def _plain(value: Any) -> str:
    return str(value).encode("utf-8", "replace").decode()


def _encoded(sent: tuple[tuple[str, Any], ...]) -> bytes:
    return "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in sent).encode()


def _quoted(value: Any) -> str:
    return quote_plus(str(value).encode("utf-8", "surrogatepass"))


# What is sent ---------------------------------------------------------------------------------------------------------


def ordinary(door: Door) -> Knock:
    """Knock as one of our own pages does."""
    return Knock(door, door.address(), tuple(door.form.items()), deepcopy(door.body), said="ordinary")


def everything(door: Door) -> Iterator[Knock]:
    """Knock in every way there is, one odd thing at a time."""
    for name in door.where:
        yield from (_at(door, name, value) for value in WHERE)
    for name in door.query:
        yield from (_asking(door, {name: value}) for value in TEXTS)
    for name in door.form:
        yield from (_typing(door, {name: value}) for value in TEXTS)
    for place in _places(door.body):
        yield from (_body(door, place, value) for value in JSON)
    yield from _nonsense(door)
    yield from unkeepable(door)


def some(door: Door, number: int) -> Iterator[Knock]:
    """Knock a few times, other ways at each door, so that together all are tried; not as `unkeepable` does."""
    turn = iter(range(number * 7, number * 7 + 10_000))
    for name in door.where:
        yield _at(door, name, WHERE[next(turn) % len(WHERE)])
    for name in door.query:
        yield _asking(door, {name: TEXTS[next(turn) % len(TEXTS)]})
    for name in _few([*door.form], number):
        yield _typing(door, {name: TEXTS[next(turn) % len(TEXTS)]})
    for place in _few([*_places(door.body)], number):
        yield _body(door, place, JSON[next(turn) % len(JSON)])
    nonsense = list(_nonsense(door))
    if nonsense:
        yield nonsense[number % len(nonsense)]


def _few(names: list[Any], number: int) -> list[Any]:
    """Return all of a few, and of many every second one."""
    return names if len(names) <= 4 else names[number % 2 :: 2][:8]


def _at(door: Door, name: str, value: str) -> Knock:
    return replace(ordinary(door), address=door.address(**{name: value}), said=f"{name}={value}")


def _asking(door: Door, odd: dict[str, Any]) -> Knock:
    asked = tuple({**door.query, **odd}.items())
    query = _encoded(asked).decode()
    plain = ordinary(door)
    if len(query) > LONGEST_ADDRESS:
        query = query[:LONGEST_ADDRESS]
    return replace(plain, address=f"{plain.address}?{query}", said=f"?{odd}")


def _typing(door: Door, odd: dict[str, Any]) -> Knock:
    return replace(ordinary(door), sent=tuple({**door.form, **odd}.items()), said=str(odd))


def _body(door: Door, place: tuple[Any, ...], value: Any) -> Knock:
    body = deepcopy(door.body)
    _put(body, place, value)
    return replace(ordinary(door), body=body, said=f"{place}={str(value)[:60]!a}")


def unkeepable(door: Door, _number: int = 0) -> Iterator[Knock]:
    """Send NUL in all that is text, and a number that no column holds in all that is a number."""
    for odd in (NUL, str(2**63)):
        numbers = odd != NUL
        if door.where and numbers:
            yield replace(ordinary(door), address=door.address(**dict.fromkeys(door.where, odd)), said=f"at {odd}")
        if door.query:
            yield _asking(door, {name: odd for name, value in door.query.items() if (value == "1") == numbers})
        if door.form:
            yield _typing(door, {name: odd for name, value in door.form.items() if (value == "1") == numbers})
        if door.body:
            body = deepcopy(door.body)
            for place in _places(body):
                there = _get(body, place)
                if isinstance(there, int if numbers else str) and not isinstance(there, bool):
                    _put(body, place, 2**63 if numbers else f"{there}{odd}")
            yield replace(ordinary(door), body=body, said=f"everything is {odd!r}")


def _nonsense(door: Door) -> Iterator[Knock]:
    plain = ordinary(door)
    if door.body is not None:
        yield from (replace(plain, raw=raw, said=f"{raw[1]} {raw[0][:40]!r}") for raw in bodies(door.body))
    elif door.method not in {"GET", "HEAD"}:
        yield from (replace(plain, raw=raw, said=f"{raw[1]} {raw[0][:40]!r}") for raw in forms())


def _places(body: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Return the way to each part of a body, those with parts of their own too."""
    inner = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for key, value in inner:
        yield (*at, key)
        yield from _places(value, (*at, key))


def _get(body: Any, place: tuple[Any, ...]) -> Any:
    for key in place:
        body = body[key]
    return body


def _put(body: Any, place: tuple[Any, ...], value: Any) -> None:
    _get(body, place[:-1])[place[-1]] = value
