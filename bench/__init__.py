"""Measures the product against limits taken in the same run: `make bench`."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Private mail servers and databases are the tests' own.
sys.path.insert(0, str(ROOT / "tests" / "support"))
