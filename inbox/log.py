"""Plain log lines on stderr; no secrets, no customers' words."""

from __future__ import annotations

import logging
import sys


def set_up(level: str = "INFO") -> None:
    """Send the app's own log lines to stderr, one line each, at `level` or above."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    logging.getLogger("mail.log").setLevel(logging.WARNING)
