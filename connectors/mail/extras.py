"""What a mail carries besides words, said in words: invitations, encryption, signatures, winmail.dat."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.mail import bodies

if TYPE_CHECKING:
    from connectors.mail.bodies import Body
    from connectors.mail.mime import Mail
    from connectors.mail.pieces import Piece


def body(mail: Mail) -> Body:
    """Return the body."""
    return bodies.read(mail)


def sentences(mail: Mail, found: list[Piece], text: str) -> list[str]:
    """Return the sentences that stand in for what cannot be shown."""
    return []
