"""What nobody types and somebody sends: values that have broken some program, and bodies that are none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

HUGE = "x" * 1_000_000
NUL = "a\0b"
LARGEST = 2**63 - 1

TEXTS = (
    *(
        "",
        " ",
        NUL,
        "\0",
        "\x1b[31m\x07\x08\x7f",
        "\u202egpj.exe\u2066",
        "\u2028\u2029\ufeff",
        "\U000e0001",
        "²",
        "۱۲۳",
    ),
    *(
        "nan",
        "1e999",
        "-1",
        "0",
        "1.0",
        "1_0",
        "+1",
        "00000000000000000001",
        str(LARGEST),
        str(2**63),
        str(-(2**63) - 1),
    ),
    *(str(10**30), f"-{10**30}", f"{10**25}.0", "9" * 5000, "0x10", "null", "true", "[]", "{}", "assign:9", "in:9" * 9),
    *(
        "2026-02-30",
        "0001-01-01",
        "9999-12-31",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-23:59",
        "10000-01-01",
    ),
    *("2026-11-20T25:61", "2026-11-20T09:00:00+99:99", "09:00+02:00", "24:00", "2026-W54", "0001-W01", "9999-W52"),
    *(
        "Mars/Olympus",
        "../../../etc/passwd",
        "Europe",
        "/etc/localtime",
        "posix/Europe/Paris",
        "%s%n{0.__class__}{{7*7}}",
    ),
    *(
        "=1+1|' /C calc'!A0",
        "<script>alert(1)</script>",
        "' OR 1=1 --",
        '"><img src=x onerror=alert(1)>',
        "a\r\nSet-Cookie: b=c",
    ),
    *(
        "(" * 3000,
        "a:" * 500,
        '"' * 501,
        "tag:" + "x" * 600,
        "http://[::1",
        "https://user:pw@10.0.0.1/",
        "//evil.example",
        HUGE,
    ),
)
"""For whatever is sent as text."""

JSON: tuple[Any, ...] = (
    *TEXTS,
    *("\ud800", "\udfff\ud800x", None, True, 0, -1, LARGEST, 2**63, -(2**63) - 1, 10**30, 10**400, 0.5, 1e308),
    *(float("inf"), float("nan"), [], {}, [[]], [None], {"": None}, ["x"] * 10_000, [1] * 10_000, {"\ud800": "\0"}),
    *([-1], [2**63], [10**12], ["\0"], {"a": {"b": {"c": [1]}}}),
)
"""For a part of a body of the API."""

WHERE = (
    *(
        "0",
        "-1",
        str(LARGEST),
        str(2**63),
        str(-(2**63) - 1),
        "9" * 30,
        "-" + "9" * 30,
        f"{10**25}.0",
        "1.0",
        "1_0",
        "%2B1",
    ),
    *(
        "%00",
        "1%00",
        "%ED%A0%80",
        "%FF",
        "%20",
        "x",
        "%E2%82%AC",
        "%3Cscript%3E",
        "..%2f..%2fetc",
        "%D9%A1",
        "%C2%B2",
        "x" * 3000,
    ),
    *(
        "null",
        "nan",
        "2026-W54",
        "0000-W00",
        "9999-W53",
        "v0",
        f"v{2**63}",
        "v-1",
        "v%00",
        "a-b-c-d",
        "zz-zz-" + "9" * 70,
    ),
)
"""For a part of an address, as it stands there."""


def bodies(example: dict[str, Any]) -> Iterator[tuple[bytes, str]]:
    """Return bodies that are none, each with its content type."""
    kind = "application/json"
    plain = json.dumps(example).encode()
    deep = 100_000
    yield b"", kind
    yield b"{", kind
    yield plain[:-1], kind
    yield b"\xff\xfe" + plain, kind
    yield plain.replace(b'"', b'"\xed\xa0\x80', 1), kind
    yield b"[" * deep, kind
    yield b'{"a":' * deep + b"1" + b"}" * deep, kind
    yield b"[" + plain + b"]", kind
    yield json.dumps({**example, "nobody_knows": 1, "\ud800": 1, "\0": 1}).encode(), kind
    yield b"{" + b",".join(b'"%s":1' % name.encode() for name in (*example, *example)) + b"}", kind
    yield b'{"a":' + b"9" * 100_000 + b"}", kind
    yield plain, "text/plain"
    yield plain, "application/xml; charset=utf-7"
    yield plain, "multipart/form-data"
    yield b"a=b&a=c", "application/x-www-form-urlencoded"
    yield b"null", kind
    yield b'"' + b"x" * 1_000_000 + b'"', kind


def forms() -> Iterator[tuple[bytes, str]]:
    """Return what is sent as a form and is none."""
    kind, parted = "application/x-www-form-urlencoded", "multipart/form-data; boundary=b"
    yield b"%", kind
    yield b"&&&===;;;%zz%00=%ff&\xff=\xfe", kind
    yield b"a=1&" * 2_000, kind
    yield b"x" * 1_000_000, kind
    yield b"", parted
    yield b"--b", parted
    yield b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n", parted
    yield (
        b'--b\r\nContent-Disposition: form-data; name="a\0b"; filename="../../\0\xff.exe"\r\n\r\nx\r\n--b--\r\n',
        parted,
    )
    yield b'--b\r\nContent-Disposition: form-data; name="csrf"; filename="x"\r\n\r\nx\r\n--b--\r\n', parted
    yield (
        (
            b'--b\r\nContent-Disposition: form-data; name="a"\r\n'
            b"Content-Type: text/plain; charset=nothing\r\n\r\nx\r\n--b--\r\n"
        ),
        parted,
    )
    yield b"--b\r\nX: " + b"y" * 70_000 + b"\r\n\r\nx\r\n--b--\r\n", parted
    yield b"x", "multipart/form-data"
    yield b"x", "multipart/form-data; boundary=" + "b" * 300
    yield b"{}", "application/json"
