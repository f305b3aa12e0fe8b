"""`python -m inbox.cli` is `inbox`."""

from __future__ import annotations

from inbox.cli import main

main()
