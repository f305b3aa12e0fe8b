"""REMEMBER, CARRY, SHOW, PLUG IN: the store, the flow, the web and the wiring of Under24."""

from __future__ import annotations

__version__ = "0.1.0"
