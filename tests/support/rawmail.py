"""Mails as they come over the wire, written short, and what the reading part makes of them."""

from __future__ import annotations

from datetime import UTC, datetime

from connectors.contract import Arrival, Inbound
from connectors.mail.parse import read_mail

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def raw(head: str, body: str = "Hello.", *, charset: str = "utf-8") -> bytes:
    """Write a mail from header lines and a body; a From line is put first where the head has none."""
    lines = head.strip("\n")
    if "from:" not in lines.lower():
        lines = "From: Alice <alice@example.org>\n" + lines
    return (lines.rstrip("\n") + "\n\n" + body).encode(charset).replace(b"\n", b"\r\n")


def arrival(data: bytes, **more: object) -> Arrival:
    """Wrap raw bytes as they come from a mailbox."""
    return Arrival("INBOX;1;1", data, NOON, **more)  # type: ignore[arg-type]


def read(head: str, body: str = "Hello.", *own: str, **more: object) -> Inbound:
    """Read a mail written with `raw`."""
    return read_mail(arrival(raw(head, body), **more), frozenset(own))


def mixed(*parts: str, kind: str = "mixed", more: str = "") -> bytes:
    """Write a multipart mail; each part is its header lines, a blank line and its body."""
    body = "".join(f"--cut\n{part}\n" for part in parts)
    return raw(f'Content-Type: multipart/{kind}; boundary="cut"{more}', f"{body}--cut--\n")
