"""Delivery reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectors.contract import Bounce
    from connectors.mail.mime import Mail


def read(mail: Mail, text: str) -> tuple[Bounce, ...]:
    """Read."""
    return ()
