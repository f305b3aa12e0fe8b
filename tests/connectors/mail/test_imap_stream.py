"""The stream of a server's answers: cut wherever it may be, it is read as imaplib2 reads it, and it has a limit."""

from __future__ import annotations

import threading

import imaplib2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.mail.stream import FloodError, Splitter


class _Heap(imaplib2.IMAP4):  # type: ignore[misc]
    """imaplib2's own parser without a connection: what it makes of lines is what we compare with."""

    def __init__(self) -> None:
        self.untagged_responses: list[object] = []
        self.tagged_commands: dict[object, object] = {}
        self.commands_lock = threading.Lock()
        self.idle_lock = threading.Lock()
        self.idle_rqb = None
        self.Terminate = False
        self._expecting_data = False
        self._expecting_data_len = 0
        self._accumulated_data: list[bytes] = []
        self._literal_expected = None
        self.debug = 0
        self.tagre = imaplib2.imaplib2.re.compile(rb"(?P<tag>T\d+) (?P<type>[A-Z]+) (?P<data>.*)")
        self._mode_ascii()


_text = st.text('abc {}()"*0123', max_size=12).map(str.encode)
_literal = st.binary(max_size=40).map(lambda data: b"{%d}\r\n%b" % (len(data), data))
_response = st.one_of(
    st.builds(lambda a, b, c: b"* 1 FETCH (BODY[] " + b + a + c + b")\r\n", _text, _literal, _text),
    st.builds(lambda a: b"* OK " + a + b"\r\n", _text),
    st.builds(lambda a, b: b'* LIST () "/" ' + a + b" " + b + b"\r\n", _literal, _text),
    st.builds(lambda a: b"T1 OK " + a + b"\r\n", _text),
    st.builds(lambda a: a + b"\r\n", _text),
)


@pytest.mark.fuzz
@given(st.lists(_response, max_size=6), st.lists(st.integers(1, 30), min_size=1, max_size=20))
def test_however_the_bytes_are_cut_imaplib2_reads_the_same(responses: list[bytes], cuts: list[int]) -> None:
    data = b"".join(responses)
    by_line, by_piece = _Heap(), _Heap()
    start = 0
    while start < len(data):
        end = data.find(b"\n", start) + 1 or len(data)
        by_line._put_response(data[start:end])
        start = end
    splitter, position, turn = Splitter(1 << 20), 0, 0
    while position < len(data):
        size = cuts[turn % len(cuts)]
        for item in splitter.feed(data[position : position + size]):
            by_piece._put_response(item)
        position, turn = position + size, turn + 1
    assert _without_rest(by_piece) == _without_rest(by_line)


def _without_rest(heap: _Heap) -> list[object]:
    return heap.untagged_responses


def test_the_allowance_is_a_limit() -> None:
    splitter = Splitter(10)
    assert splitter.feed(b"* OK\r\n") == [b"* OK\r\n"]
    with pytest.raises(FloodError):
        splitter.feed(b"* 1 FETCH (BODY[] {5}\r\n")
