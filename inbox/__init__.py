"""REMEMBER, CARRY, SHOW, PLUG IN: the store, the flow, the web and the wiring of Under24.

Importing this makes the process read time zones from the pinned package `tzdata`, never from the machine, whose rules
are often older: a shift, a deadline and the letter that names it must agree, in every process and on every machine.
"""

from __future__ import annotations

import zoneinfo

__version__ = "0.1.0"

zoneinfo.reset_tzpath(to=())
zoneinfo.ZoneInfo.clear_cache()
