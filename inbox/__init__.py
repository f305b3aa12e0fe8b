"""REMEMBER, CARRY, SHOW, PLUG IN: the store, the flow, the web and the wiring of Under24."""

__version__ = "0.1.0"
