"""The body that Outlook keeps as compressed RTF (MS-OXRTFCP): the HTML wrapped in it (MS-OXRTFEX), or its text."""

# ruff: noqa: RUF001  # the quotation marks and dashes of RTF are what is meant

from __future__ import annotations

import html
import re
import struct
from dataclasses import dataclass

from connectors.mail import charsets, phrases

MAX_TEXT = 4 * 1024 * 1024
_HEADER = struct.Struct("<II4sI")
_DICTIONARY = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript "
    b"\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n"
    b"\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
_RING = 4096
_TOKEN = re.compile(
    rb"\\'([0-9a-fA-F]{2})|\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\([^a-zA-Z])|([{}])|([^\\{}\r\n]+)|[\r\n]+|\\", re.DOTALL
)
_HIDDEN = phrases.words(
    "fonttbl|colortbl|stylesheet|info|pntext|pict|object|themedata|colorschememapping|datastore|latentstyles"
    "|listtable|listoverridetable|rsidtbl|generator|mhtmltag|xmlnstbl"
)
_WORDS = {"par": "\n", "line": "\n", "tab": "\t", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”"}
_SYMBOLS = {b"\\": "\\", b"{": "{", b"}": "}", b"~": "\xa0", b"_": "-"}
_MAX_DEPTH = 500
_WORDS |= {"bullet": "•", "endash": "–", "emdash": "—", "row": "\n", "cell": "\t"}


def to_html(packed: bytes) -> str:
    """Return the HTML within, or the text as HTML; "" where nothing can be read."""
    data = decompressed(packed)
    if not data:
        return ""
    shown = _Reader(_charset(data)).read(data).strip()
    if b"\\fromhtml" in data[:2000]:
        return shown
    return html.escape(shown, quote=False).replace("\n", "<br>\n")


def decompressed(packed: bytes) -> bytes:
    """Undo LZFu (MS-OXRTFCP 2.2); at most 4 MB, broken data gives what was read before it broke."""
    if len(packed) < _HEADER.size:
        return b""
    _, raw_size, kind, _ = _HEADER.unpack_from(packed)
    if kind == b"MELA":
        return packed[_HEADER.size : _HEADER.size + raw_size]
    return _unpacked(packed, min(raw_size, MAX_TEXT)) if kind == b"LZFu" else b""


def _unpacked(packed: bytes, size: int) -> bytes:
    """Eight items follow each flag byte: a literal, or a place and a length in the ring of the last 4,096 bytes."""
    ring = bytearray(_DICTIONARY.ljust(_RING, b"\0"))
    write = len(_DICTIONARY)
    out = bytearray()
    position = _HEADER.size
    flags = 1
    while position < len(packed) and len(out) < size:
        if flags == 1:
            flags = packed[position] | 0x100
            position += 1
            continue
        width = 1 + (flags & 1)
        chunk = packed[position : position + width]
        position += width
        run = _run(ring, chunk, write) if len(chunk) == width else b""
        if not run:
            break
        flags >>= 1
        for byte in run:
            ring[write] = byte
            write = (write + 1) % _RING
        out += run
    return bytes(out[:size])


def _run(ring: bytearray, chunk: bytes, write: int) -> bytes:
    """Return what one item stands for; b"" is the end mark, a reference to where the next byte would be written."""
    if len(chunk) == 1:
        return chunk
    pair = int.from_bytes(chunk, "big")
    start, length = pair >> 4, (pair & 15) + 2
    if start == write:
        return b""
    period = (write - start) % _RING
    return bytes(ring[(start + step % period) % _RING] for step in range(length))


@dataclass(slots=True)
class _State:
    """What holds within a group: whether its text is hidden, and how many bytes stand beside a Unicode character."""

    hidden: bool = False
    skip: int = 1


class _Reader:
    """Collects text; HTML wrapped in RTF stands in groups marked htmltag, beside a copy for readers of RTF."""

    def __init__(self, charset: str) -> None:
        self.charset = charset
        self.out: list[str] = []
        self.stack: list[_State] = []
        self.state = _State()
        self.copy = False
        self.to_skip = 0
        self.bytes = bytearray()

    def read(self, data: bytes) -> str:
        """Walk over the tokens once."""
        for match in _TOKEN.finditer(data[:MAX_TEXT]):
            hexed, word, number, symbol, brace, text = match.groups()
            if hexed is not None:
                self._text(bytes.fromhex(hexed.decode()))
            elif text:
                self._text(text)
            elif word is not None:
                self._flush()
                self._control(word.decode(), number)
            elif brace:
                self._flush()
                self._group(brace)
            elif symbol is not None:
                self._flush()
                self._symbol(symbol)
        self._flush()
        return "".join(self.out)

    def _shown(self) -> bool:
        return not (self.state.hidden or self.copy)

    def _text(self, data: bytes) -> None:
        skipped = min(self.to_skip, len(data))
        self.to_skip -= skipped
        if self._shown():
            self.bytes += data[skipped:]

    def _flush(self) -> None:
        if self.bytes:
            self.out.append(charsets.decode(bytes(self.bytes), self.charset))
            self.bytes.clear()

    def _group(self, brace: bytes) -> None:
        if brace == b"{" and len(self.stack) < _MAX_DEPTH:
            self.stack.append(_State(self.state.hidden, self.state.skip))
        elif brace == b"}" and self.stack:
            self.state = self.stack.pop()

    def _symbol(self, symbol: bytes) -> None:
        if symbol == b"*":
            self.state.hidden = True
        elif self._shown():
            self.out.append(_SYMBOLS.get(symbol, ""))

    def _control(self, name: str, number: bytes | None) -> None:
        if name == "htmlrtf":
            self.copy = number != b"0"
        elif name == "htmltag":
            self.state.hidden = False
        elif name == "uc":
            self.state.skip = min(int(number or 1), 8)
        elif name in _HIDDEN:
            self.state.hidden = True
        elif self._shown():
            self._say(name, number)

    def _say(self, name: str, number: bytes | None) -> None:
        if name == "u" and number:
            self.out.append(_character(int(number)))
            self.to_skip = self.state.skip
        else:
            self.out.append(_WORDS.get(name, ""))


def _charset(data: bytes) -> str:
    found = re.search(rb"\\ansicpg(\d{1,5})", data[:4000])
    return f"cp{found[1].decode()}" if found else "cp1252"


def _character(number: int) -> str:
    code = number & 0xFFFF
    return "\ufffd" if 0xD800 <= code <= 0xDFFF or not code else chr(code)
