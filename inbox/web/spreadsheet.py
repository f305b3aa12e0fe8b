"""Tables for spreadsheets: CSV (RFC 4180) of which no cell is taken for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet would take for the beginning of a formula."""
MARK = "\ufeff"
"""Stands before a table whose readers would else not know that it is UTF-8."""


def line(values: Sequence[object]) -> str:
    """Write one line."""
    safe = [f"'{value}" if str(value).startswith(RISKY) else str(value) for value in values]
    written = io.StringIO()
    csv.writer(written).writerow(safe)
    return written.getvalue()
