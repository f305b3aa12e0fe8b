"""Bytes to text, whatever charset the mail claims: never an error, never a codec that is not a charset.

Names are mapped as the WHATWG Encoding Standard and mail practice do (a mail that says iso-8859-1 means windows-1252).
UTF-7 is refused: it can spell markup that a check of the bytes cannot see.
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

_ALIASES = {
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "ansi_x3.4-1968": "cp1252",
    "ansi": "cp1252",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso_8859-1": "cp1252",
    "iso-latin-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "windows-874": "cp874",
    "iso-8859-8-i": "iso8859_8",
    "iso-8859-8-e": "iso8859_8",
    "iso-8859-6-i": "iso8859_6",
    "iso-8859-6-e": "iso8859_6",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "cp936": "gb18030",
    "gb_2312-80": "gb18030",
    "big5": "big5hkscs",
    "x-big5": "big5hkscs",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "iso-2022-jp-1": "iso2022_jp_ext",
    "cp50220": "iso2022_jp_ext",
    "cp50221": "iso2022_jp_ext",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601-1989": "cp949",
    "ksc5601": "cp949",
    "windows-949": "cp949",
    "x-mac-roman": "mac_roman",
    "macintosh": "mac_roman",
    "x-mac-cyrillic": "mac_cyrillic",
    "x-mac-ce": "mac_latin2",
    "utf8": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
    "utf8mb4": "utf-8",
    "utf-8-sig": "utf-8",
    "cp-850": "cp850",
    "ibm-850": "cp850",
}
_REFUSED = frozenset({"utf-7", "idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem"})
_WESTERN = frozenset({"", "cp1252"})
_ASCII_IS_CODED = frozenset({"hz", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"})
_JIS_ESCAPE = re.compile(rb"(\x1b(?:\$[@BA]|\$\([A-Z]|\([A-Z]))")
_CONTINUATION_AND_ASCII = bytes(range(0xC0))
_LONGEST_NAME = 40


@lru_cache(maxsize=256)
def codec_for(charset: str) -> str | None:
    """Return Python's name for a mail's charset; None where it is unknown or refused."""
    name = charset.strip().strip("\"'").lower()
    if not name or len(name) > _LONGEST_NAME or not name.isascii():
        return None
    name = _ALIASES.get(name, name)
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError):
        return None
    is_text = getattr(info, "_is_text_encoding", True)
    return info.name if is_text and info.name.replace("_", "-") not in _REFUSED else None


def decode(data: bytes, charset: str = "") -> str:
    """Decode with the charset if it is one and fits, else with what fits best; no error, no NUL, no lone surrogate.

    Text that is valid UTF-8 although it claims a western charset is UTF-8: by chance that hardly ever happens.
    """
    codec = codec_for(charset) if charset else ""
    if data.isascii() and b"\x1b" not in data and codec not in _ASCII_IS_CODED:
        return _clean(data.decode("ascii"))
    if codec in _WESTERN or codec is None:
        return _clean(_guess(data))
    return _clean(_strict_or_best(data, codec))


def _strict_or_best(data: bytes, codec: str) -> str:
    try:
        return data.decode(codec)
    except (UnicodeError, ValueError):
        pass
    if codec.startswith("iso2022_jp"):
        return _jis(data)
    lenient = data.decode(codec, "replace")
    if lenient.count("\ufffd") * 20 <= len(lenient):
        return lenient
    guess = _guess(data)
    return guess if codec == "utf-8" or "\ufffd" not in guess else lenient


def _jis(data: bytes) -> str:
    """Decode ISO-2022-JP with the vendors' extra characters, such as encircled digits, which the codec refuses."""
    out: list[str] = []
    double = False
    for piece in _JIS_ESCAPE.split(data):
        if _JIS_ESCAPE.fullmatch(piece):
            double = piece.startswith(b"\x1b$")
        elif double:
            out.append(bytes(byte | 0x80 for byte in piece).decode("euc_jis_2004", "replace"))
        else:
            out.append(piece.decode("ascii", "replace"))
    return "".join(out)


def _guess(data: bytes) -> str:
    """Take UTF-8 where it is valid, or broken in few places amid many valid characters; else a western charset."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        lenient = data.decode("utf-8", "replace")
    broken = lenient.count("\ufffd")
    valid = len(data.translate(None, _CONTINUATION_AND_ASCII)) - broken
    return lenient if valid >= 8 * broken else _windows_1252(data)


def _windows_1252(data: bytes) -> str:
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _clean(text: str) -> str:
    return text.replace("\x00", "").removeprefix("\ufeff")
