"""Tables for spreadsheets: CSV (RFC 4180) of which no cell is taken for a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

_FORMULA = re.compile('(^|[;\t\r\n])(?=(?:[^\\S\t\r\n]|["\ufeff\0])*[=+\\-@\uff1d\uff0b\uff0d\uff20])|^(?=[\t\r\n])')
"""Where a spreadsheet could see a formula begin: at the start, and after what some take for the end of a cell.

The wide forms of = + - @ are formulas to spreadsheets in Japanese (OWASP, CSV Injection).
"""
MARK = "\ufeff"
"""Stands before a table whose readers would else not know that it is UTF-8."""


def line(cells: Sequence[object]) -> str:
    """Write one line; every cell in quotes, so that none ends where a program splits at semicolons."""
    written = io.StringIO()
    csv.writer(written, quoting=csv.QUOTE_ALL).writerow([harmless(str(cell)) for cell in cells])
    return written.getvalue()


def harmless(cell: str) -> str:
    """Keep a cell from being taken for a formula, also a number that begins with a plus."""
    return _FORMULA.sub(r"\1'", cell)
