"""Invitations (iCalendar, RFC 5545 and 5546) as one sentence: what, when, where, who."""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple

_MAX_READ = 256 * 1024
_LINE = re.compile(r'([A-Za-z-]{1,40})((?:;[^":]{0,500}(?:"[^"]{0,300}"[^":]{0,300}){0,8})?):(.*)')
_NAME = re.compile(r';CN=("[^"]{1,200}"|[^";:]{1,200})', re.IGNORECASE)
_ZONE = re.compile(r';TZID="?([^";:]{1,80})', re.IGNORECASE)
_ESCAPED = re.compile(r"\\(.)")
_WORDS = {
    "REQUEST": "Invitation",
    "CANCEL": "Cancelled",
    "REPLY": "Answer to an invitation",
    "COUNTER": "Other time proposed",
}
_ANSWERS = {"ACCEPTED": "accepted", "DECLINED": "declined", "TENTATIVE": "maybe"}
_MAX_GUESTS = 10


class _Line(NamedTuple):
    name: str
    parameters: str
    value: str


def sentence(text: str) -> str:
    """Say in words what a calendar part asks or tells; "" where it holds no event."""
    lines = _lines(text[:_MAX_READ])
    event = _event(lines)
    if not event:
        return ""
    method = next((line.value.strip().upper() for line in lines if line.name == "METHOD"), "")
    first: dict[str, _Line] = {}
    for line in event:
        first.setdefault(line.name, line)
    facts = [f"{_WORDS.get(method, 'Appointment')}: {_text(first, 'SUMMARY') or 'without a title'}"]
    facts += [f"When: {_when(first)}"] if "DTSTART" in first else []
    facts += [f"Where: {_text(first, 'LOCATION')}"] if _text(first, "LOCATION") else []
    facts += [f"Organiser: {_person(first['ORGANIZER'])}"] if "ORGANIZER" in first else []
    facts += _guests(event)
    return "\n".join(facts)


def _lines(text: str) -> list[_Line]:
    """Unfold (RFC 5545 section 3.1) and split content lines."""
    unfolded = text.replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "")
    found = (_LINE.match(line[:4000]) for line in unfolded.split("\n"))
    return [_Line(match[1].upper(), match[2] or "", match[3]) for match in found if match]


def _event(lines: list[_Line]) -> list[_Line]:
    """Return the lines of the first event, task or journal, alarms within it left out."""
    event: list[_Line] = []
    inside = ""
    alarm = False
    for line in lines:
        kind = line.value.strip().upper()
        if line.name == "BEGIN" and kind in {"VEVENT", "VTODO"} and not inside:
            inside = kind
        elif line.name == "END" and kind == inside:
            break
        elif inside and line.name in {"BEGIN", "END"}:
            alarm = line.name == "BEGIN"
        elif inside and not alarm:
            event.append(line)
    return event


def _text(first: dict[str, _Line], name: str) -> str:
    if name not in first:
        return ""
    value = first[name].value.replace("\\n", " ").replace("\\N", " ")
    return " ".join(_ESCAPED.sub(r"\1", value).split())[:300]


def _when(first: dict[str, _Line]) -> str:
    start = _moment(first["DTSTART"])
    end = _moment(first["DTEND"]) if "DTEND" in first else ""
    if end and end[:10] == start[:10] and len(end) > 10:
        end = end[11:16]
        start = start[:16] + " to " + end + start[16:]
    elif end:
        start = f"{start} to {end}"
    return start + (", repeated" if "RRULE" in first else "")


def _moment(line: _Line) -> str:
    value = line.value.strip()
    zone = _ZONE.search(line.parameters)
    where = " UTC" if value.endswith("Z") else f" ({zone[1]})" if zone else ""
    for pattern, shown in (("%Y%m%dT%H%M%S", "%Y-%m-%d %H:%M"), ("%Y%m%d", "%Y-%m-%d")):
        try:
            return datetime.strptime(value.rstrip("Z"), pattern).strftime(shown) + (where if "H" in shown else "")  # noqa: DTZ007
        except ValueError:
            continue
    return value[:40]


def _person(line: _Line) -> str:
    name = _NAME.search(line.parameters)
    address = line.value.strip()[:320]
    address = address[7:] if address.lower().startswith("mailto:") else address
    label = name[1].strip('"') if name else ""
    return f"{label} <{address}>" if label and label.lower() != address.lower() else address


def _guests(event: list[_Line]) -> list[str]:
    guests = [line for line in event if line.name == "ATTENDEE"]
    if not guests:
        return []
    names = [_person(line) + _answer(line) for line in guests[:_MAX_GUESTS]]
    more = f" and {len(guests) - _MAX_GUESTS} more" if len(guests) > _MAX_GUESTS else ""
    return [f"Who: {', '.join(names)}{more}"]


def _answer(line: _Line) -> str:
    words = line.parameters.upper()
    return next((f" ({said})" for key, said in _ANSWERS.items() if f"PARTSTAT={key}" in words), "")
