"""Delivery reports: who could not be reached, why, and whether for good (RFC 3464, and what servers wrote instead).

First the machine-readable part, then X-Failed-Recipients, then the many home-made forms that flufl.bounce knows, and at
last SMTP replies in the text. Several findings about one recipient are one.
"""

from __future__ import annotations

import email
import logging
import re
from email.utils import getaddresses
from typing import TYPE_CHECKING, NamedTuple

from flufl.bounce import all_failures

from connectors.contract import Bounce
from connectors.mail import addresses, headers, mime, pieces

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from connectors.mail.headers import Fields
    from connectors.mail.mime import Mail

MAX_RECIPIENTS = 200
_MAX_READ = 256 * 1024
_MAX_TEXT = 64 * 1024
_MAX_DIAGNOSTIC = 500
_RETURNED = frozenset(
    {"message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "text/rfc822-header", "message/global"}
)
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_STATUS_IN_TEXT = re.compile(
    r"(?<![\d.])[45]\d\d[ \-]{1,3}#?([45]\.\d{1,3}\.\d{1,3})(?![\d.])|#([45]\.\d{1,3}\.\d{1,3})(?![\d.])"
)
_REPLY_CODE = re.compile(r"(?<![\d.])([45]\d\d)(?=[ \-\s])")
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,200}\.[A-Za-z]{2,24}")
_ID_LINE = re.compile(r"^[ \t>]{0,8}message-id:[ \t]*\r?\n?[ \t]{0,8}<([^<>\s]{1,250})>", re.IGNORECASE | re.MULTILINE)
_REACHED = frozenset({"delivered", "relayed", "expanded"})
_TEMPORARY_WORDS = (
    "delayed",
    "will retry",
    "still being retried",
    "will keep trying",
    "will be retried",
    "will continue to",
    "not yet been delivered",
)


# It would log a traceback for each mail that makes it stumble.
logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL + 1)


class _Failure(NamedTuple):
    recipient: str
    status: str
    permanent: bool
    diagnostic: str


def read(mail: Mail, text: str, *, by_server: bool) -> tuple[Bounce, ...]:
    """Return one Bounce for each recipient who was not reached; () where the mail reports no failure.

    by_server: a mail server wrote it for certain, so that any address it names may be the one that failed.
    """
    failures = list(_machine_readable(mail))
    if not failures and not reports_success(mail):
        failures = list(_home_made(mail, text[:_MAX_TEXT], by_server=by_server))
    original = _original_id(mail, text[:_MAX_TEXT])
    once: dict[str, _Failure] = {}
    for failure in failures[:MAX_RECIPIENTS]:
        once.setdefault(failure.recipient.lower(), failure)
    return tuple(Bounce(f.recipient, f.status, f.permanent, f.diagnostic, original) for f in once.values())


def reports_success(mail: Mail) -> bool:
    """Say whether every recipient in the report was reached (delivered, relayed, expanded)."""
    actions = [headers.first(group, "action").lower() for group in _groups(mail) if "action" in group]
    return bool(actions) and all(action.partition(" ")[0] in _REACHED for action in actions)


def _groups(mail: Mail) -> Iterator[Fields]:
    """Yield the field groups of every delivery-status part; blank lines part them (RFC 3464 section 2.1)."""
    for part in pieces.leaves(mail.root):
        if part.type == "message/delivery-status":
            data = mime.payload(mail.raw, part)[:_MAX_READ].replace(b"\r\n", b"\n")
            for block in data.split(b"\n\n", MAX_RECIPIENTS):
                if block.strip():
                    yield headers.parse(block.strip(b"\n"))[0]


def _machine_readable(mail: Mail) -> Iterator[_Failure]:
    for group in _groups(mail):
        recipient = _recipient(group)
        action = headers.first(group, "action").partition(" ")[0].lower()
        diagnostic = headers.text(headers.first(group, "diagnostic-code"))
        status = _exact_status(headers.first(group, "status"), diagnostic)
        if not recipient or action in _REACHED or not (action or status) or status.startswith("2"):
            continue
        permanent = action == "failed" or (action != "delayed" and not status.startswith("4"))
        words = diagnostic.partition(";")[2].strip() or diagnostic
        yield _Failure(recipient, status, permanent, " ".join(words.split())[:_MAX_DIAGNOSTIC])


def _recipient(group: Fields) -> str:
    for name in ("original-recipient", "final-recipient", "x-actual-recipient"):
        for value in group.get(name, ()):
            kind, semicolon, address = value.partition(";")
            found = addresses.parse([address if semicolon else kind])
            if found:
                return found[0].address
    return ""


def _exact_status(declared: str, diagnostic: str) -> str:
    """Prefer the status the other server gave where the declared one says only "failed" (x.0.0)."""
    status = _status_in(declared)
    if status and not status.endswith(".0.0"):
        return status
    given = _status_in(diagnostic)
    return given if given and given[0] == (status or given)[0] else status


def _status_in(text: str) -> str:
    found = _STATUS.search(text)
    return found[1] if found else ""


def _home_made(mail: Mail, text: str, *, by_server: bool) -> Iterator[_Failure]:
    """Read what is written for people: recipients first, then the words that stand beside each."""
    named = [box.address for box in addresses.parse(mail.fields.get("x-failed-recipients", ()))]
    temporary, permanent = _detected(mail)
    recipients = dict.fromkeys([*named, *permanent, *temporary])
    if not recipients and by_server:
        recipients = dict.fromkeys(_in_smtp_lines(text) or _named_first(mail, text))
    waiting = any(word in text.lower() for word in _TEMPORARY_WORDS)
    for recipient in recipients:
        diagnostic = _words_about(recipient, text)
        status = _failure_status(diagnostic) or _failure_status(text)
        lasting = recipient in permanent or (recipient not in temporary and not status.startswith("4") and not waiting)
        yield _Failure(recipient, status, lasting, diagnostic)


def _detected(mail: Mail) -> tuple[list[str], list[str]]:
    """Ask flufl.bounce; it works on the standard library's message, so it only ever sees mail of a sane shape."""
    if "truncated" in mail.notes:
        return [], []
    try:
        message = email.message_from_bytes(mail.raw[:_MAX_TEXT])
        if not getaddresses(message.get_all("from", [])):
            # One of its detectors takes it for granted that somebody wrote the mail.
            del message["from"]
            message["From"] = "nobody@invalid"
        temporary, permanent = all_failures(message)
    except Exception:  # noqa: BLE001  # hostile mail makes its detectors raise what they like; nothing is found then
        return [], []
    return sorted(_decoded(temporary)), sorted(_decoded(permanent))


def _decoded(found: Iterable[bytes | str]) -> Iterator[str]:
    for address in found:
        text = address.decode("utf-8", "replace") if isinstance(address, bytes) else address
        cleaned = addresses.clean_address(text.strip().strip("<>"))
        if cleaned:
            yield cleaned


def _failure_status(text: str) -> str:
    """Find a status in free text, only where an SMTP reply or a mark says that it is one and no version number."""
    found = _STATUS_IN_TEXT.search(text)
    return (found[1] or found[2]) if found else ""


def _in_smtp_lines(text: str) -> list[str]:
    """Find addresses in the lines around an SMTP reply with a 4xx or 5xx code."""
    found: list[str] = []
    lines = text.split("\n")
    for number, line in enumerate(lines[:400]):
        if _REPLY_CODE.search(line) or _STATUS.search(line):
            near = " ".join(lines[max(number - 2, 0) : number + 1])
            found += _ADDRESS.findall(near[:1000])[:1]
    return found[:1]


def _named_first(mail: Mail, text: str) -> list[str]:
    """Find the first address in the report that belongs neither to the server nor to whom it writes."""
    known = {
        box.address.lower() for name in ("to", "from", "sender") for box in addresses.parse(mail.fields.get(name, ()))
    }
    found = (address for address in _ADDRESS.findall(text[:4000]) if address.lower() not in known)
    return [address for address in found if not address.lower().startswith(("postmaster", "mailer-daemon"))][:1]


def _words_about(recipient: str, text: str) -> str:
    """Return the paragraph that begins where the recipient is named, without the name, as one line."""
    start = text.lower().find(recipient.lower())
    if start < 0:
        return ""
    first, _, rest = text[start + len(recipient) :][: 4 * _MAX_DIAGNOSTIC].partition("\n\n")
    if len(first.split()) < 3:
        first = rest.partition("\n\n")[0]
    return " ".join(first.split()).lstrip(" <>:.,;()")[:_MAX_DIAGNOSTIC]


def _original_id(mail: Mail, text: str) -> str:
    """Find the Message-ID of the mail that came back, in the returned part or in the text."""
    for part in pieces.leaves(mail.root):
        if part.type in _RETURNED:
            data = mime.payload(mail.raw, part)[: headers.MAX_BLOCK].lstrip()
            end, _ = headers.block_end(data, 0, len(data))
            found = headers.message_id(headers.first(headers.parse(data[:end])[0], "message-id"))
            if found:
                return found
    line = _ID_LINE.search(text)
    return headers.message_id(f"<{line[1]}>") if line else ""
