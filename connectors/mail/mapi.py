"""MAPI property lists as they stand in winmail.dat (MS-OXTNEF 2.1.3.4): an id, a type and a value, many times."""

from __future__ import annotations

import struct
from typing import NamedTuple

from connectors.mail import charsets

BODY = 0x1000
RTF = 0x1009
HTML = 0x1013
DATA = 0x3701
NAME = 0x3704
LONG_NAME = 0x3707
MIME_TYPE = 0x370E
CONTENT_ID = 0x3712

_SIZES = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 10: 4, 11: 4, 20: 8, 64: 8, 72: 16}
_OBJECT, _STRING, _UNICODE, _BINARY = 13, 30, 31, 258
_COUNTED = frozenset({_OBJECT, _STRING, _UNICODE, _BINARY})
_MULTIPLE = 0x1000
_MAX_PROPERTIES = 2_000
_LONG = struct.Struct("<I")
_PAIR = struct.Struct("<HH")
_INTERFACE_ID = 16


class Property(NamedTuple):
    """A value as bytes, and its MAPI type."""

    type: int
    data: bytes


Properties = dict[int, Property]


def properties(data: bytes) -> Properties:
    """Read a property list; what comes after a value that does not fit is left out."""
    found: Properties = {}
    try:
        _read(data, found)
    except (struct.error, KeyError):
        return found
    return found


def _read(data: bytes, found: Properties) -> None:
    position = 4
    for _ in range(min(_LONG.unpack_from(data, 0)[0], _MAX_PROPERTIES)):
        kind, name = _PAIR.unpack_from(data, position)
        position += 4
        if name >= 0x8000:
            position = _after_name(data, position)
        values, position = _values(data, position, kind)
        if values:
            found.setdefault(name, Property(kind & ~_MULTIPLE, values[0]))


def _after_name(data: bytes, position: int) -> int:
    """Skip the GUID and the number or name of a named property."""
    position += 16
    if _LONG.unpack_from(data, position)[0] == 0:
        return position + 8
    return position + 8 + _padded(_LONG.unpack_from(data, position + 4)[0])


def _values(data: bytes, position: int, kind: int) -> tuple[list[bytes], int]:
    base = kind & ~_MULTIPLE
    count = 1
    if kind & _MULTIPLE or base in _COUNTED:
        count = _LONG.unpack_from(data, position)[0]
        position += 4
    values: list[bytes] = []
    for _ in range(min(count, _MAX_PROPERTIES)):
        size = _SIZES.get(base, 0)
        if base in _COUNTED:
            size = _LONG.unpack_from(data, position)[0]
            position += 4
        elif not size:
            raise KeyError(kind)
        if position + size > len(data):
            raise struct.error
        value = data[position : position + size]
        values.append(value[_INTERFACE_ID:] if base == _OBJECT else value)
        position += _padded(size)
    return values, position


def _padded(size: int) -> int:
    return (size + 3) & ~3


def text(found: Property | None, code_page: str) -> str:
    """Return a property's text, "" where there is none."""
    if found is None:
        return ""
    if found.type == _UNICODE:
        return found.data.decode("utf-16-le", "replace").rstrip("\0").replace("\0", "")
    return charsets.decode(found.data.rstrip(b"\0"), code_page)
