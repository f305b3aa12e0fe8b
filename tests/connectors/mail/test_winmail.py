from __future__ import annotations

import struct

import pytest

from connectors.mail import mapi, rtf

# The two samples of MS-OXRTFCP 4.1.
HELLO = "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
CROSSING = "1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0"


def test_compressed_rtf_is_unpacked() -> None:
    assert rtf.decompressed(bytes.fromhex(HELLO)) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    assert rtf.decompressed(bytes.fromhex(CROSSING)) == b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"


@pytest.mark.parametrize("size", range(0, 49, 3))
def test_rtf_cut_short_gives_what_is_there(size: int) -> None:
    whole = b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    assert whole.startswith(rtf.decompressed(bytes.fromhex(HELLO)[:size]))


def packed(source: bytes) -> bytes:
    return struct.pack("<II4sI", len(source) + 12, len(source), b"MELA", 0) + source


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (rb"{\rtf1 a\tab b\line c \{d\}\~e}", "a\tb<br>\nc {d}\xa0e"),
        (rb"{\rtf1{\*\generator x}{\stylesheet y}{\pict ff}words}", "words"),
        (rb"{\rtf1\ansicpg1251 \'cf\'f0\'e8}", "При"),  # Cyrillic on purpose
        (rb"{\rtf1 \uc2\u8364 ab5}", "€5"),
        (rb"{\rtf1 \u-10179?x}", "\ufffdx"),
        (rb"{\rtf1 <b>&}", "&lt;b&gt;&amp;"),
        (
            rb"{\rtf1\fromhtml1{\*\htmltag64 <p>}\htmlrtf {\b\htmlrtf0 Hi{\*\htmltag84 <br>}\htmlrtf }\htmlrtf0}",
            "<p>Hi<br>",
        ),
        (b"{\\rtf1 " + b"{" * 2_000 + b"deep" + b"}" * 2_000, "deep"),
    ],
)
def test_rtf_is_read_as_html(source: bytes, said: str) -> None:
    assert rtf.to_html(packed(source)) == said


@pytest.mark.parametrize("data", [b"", b"x" * 40, struct.pack("<II4sI", 9, 9, b"LZFu", 0)])
def test_what_is_no_rtf_says_nothing(data: bytes) -> None:
    assert rtf.to_html(data) == ""


def test_properties_of_every_shape_are_read() -> None:
    long = struct.pack("<HHI", 3, 0x0017, 7)
    named = struct.pack("<HH16sII", 3, 0x8001, b"", 0, 9) + struct.pack("<I", 1)
    spelled = struct.pack("<HH16sII", 3, 0x8002, b"", 1, 6) + b"a\0b\0\0\0\0\0" + struct.pack("<I", 1)
    several = struct.pack("<HHI", 0x1003, 0x1234, 2) + struct.pack("<II", 5, 6)
    wide = struct.pack("<HHII", 31, mapi.LONG_NAME, 1, 6) + "aß".encode("utf-16-le") + b"\0\0" + b"\0\0"
    whole = struct.pack("<HHII", 13, mapi.DATA, 1, 20) + b"\0" * 16 + b"DATA"
    found = mapi.properties(struct.pack("<I", 6) + long + named + spelled + several + wide + whole)
    assert mapi.text(found[mapi.LONG_NAME], "cp1252") == "aß"
    assert found[mapi.DATA].data == b"DATA"
    assert found[0x1234].data == struct.pack("<I", 5)


@pytest.mark.parametrize(
    "broken", [b"", b"\xff\xff\xff\xff", struct.pack("<IHHI", 1, 99, 1, 1), b"\1\0\0\0\x1e\0\1\0\1\0\0\0\xff\0\0\0"]
)
def test_broken_properties_are_left_out(broken: bytes) -> None:
    assert mapi.properties(broken) == {}
