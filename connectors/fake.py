"""A channel made of lists: the demo and the tests talk to it, and it can pose as any other.

All connectors opened with one address share one box in this process, so that a test can put a message in at one end
and find at the other what left:

    box = fake.box("support@example.com")
    box.deliver("My invoice is wrong.", sender="ana@example.org", received_at=now)
    box.fail_next(Temporary("Busy."))
    ...
    assert box.sent[0].markdown == "We are on it."
"""

from __future__ import annotations

import hashlib
import json
import threading
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from connectors.contract import (
    Arrival,
    Batch,
    Bounce,
    Card,
    Delivery,
    DeliveryState,
    Handle,
    IdPage,
    Inbound,
    Nature,
    Outbound,
    Receipt,
    Setting,
)
from connectors.errors import ChannelError, Permanent, Temporary, Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from connectors.contract import Direction

BATCH = 100
_POSES = ("mail", "x", "sms", "whatsapp", "voice", "telegram", "widget")
_HANDLES = {"sms": "phone", "whatsapp": "phone", "voice": "phone"}
_NAMES = {"mail": "E-mail", "x": "X", "sms": "SMS", "whatsapp": "WhatsApp", "voice": "Phone", "telegram": "Telegram"}

CARD = Card(
    kind="fake",
    name="Made of lists",
    settings=(
        Setting("address", "Address", "Connectors with one address share one box."),
        Setting("name", "Name", required=False),
        Setting("poses_as", "Poses as", required=False, default="mail", choices=_POSES),
    ),
)


@dataclass
class Box:
    """What one address holds and what left from it; safe to use from several threads."""

    address: str
    arrivals: list[Arrival] = field(default_factory=list)
    sent: list[Outbound] = field(default_factory=list)
    deliveries: dict[str, Delivery] = field(default_factory=dict)
    sign_in_fails: ChannelError | None = None
    _failures: list[ChannelError] = field(default_factory=list)
    _bounces: int = 0
    _changed: threading.Condition = field(default_factory=threading.Condition)

    # What tests and the demo do --------------------------------------------------------------------------------------

    def deliver(self, text: str, *, sender: str, received_at: datetime, **more: Any) -> str:  # noqa: ANN401
        """Put a message in, as if somebody had written it, and return its external id.

        more: `name`, `subject`, `message_id`, `references`, `tokens`, `thread`, `nature`, `direction`, `to`,
            `offset`, `chosen`.
        """
        body = {"from": sender, "text": text, "to": [self.address], "number": len(self.arrivals), **more}
        return self.deliver_raw(json.dumps(body).encode(), received_at, more.get("direction", "in"))

    def deliver_raw(self, raw: bytes, received_at: datetime, direction: Direction = "in") -> str:
        """Put bytes in, readable or not, and return their external id."""
        with self._changed:
            name = f"{self.address};{len(self.arrivals) + 1}"
            self.arrivals.append(Arrival(name, raw, received_at, direction, size=len(raw)))
            self._changed.notify_all()
        return name

    def press(self, key: str, *, received_at: datetime) -> str:
        """Answer the newest message that offers this key with it, as somebody on the phone does."""
        message = next(one for one in reversed(self.sent) if any(choice.key == key for choice in one.choices))
        chosen = next(choice.token for choice in message.choices if choice.key == key)
        return self.deliver("", sender=message.to[0].value, received_at=received_at, chosen=chosen)

    def redeliver(self, external_id: str) -> None:
        """Hand the same thing over once more, as providers do."""
        with self._changed:
            self.arrivals.append(next(one for one in self.arrivals if one.external_id == external_id))
            self._changed.notify_all()

    def fail_next(self, *problems: ChannelError) -> None:
        """Let the next sends fail so; with an ambiguous Temporary the message has left all the same."""
        self._failures.extend(problems)

    def bounce_next(self, times: int = 1) -> None:
        """Accept the next messages, and report a little later that they could not be delivered."""
        self._bounces += times

    # What the connector does -----------------------------------------------------------------------------------------

    def after(self, place: int) -> list[Arrival]:
        """Return the arrivals behind a place, at most a batch."""
        with self._changed:
            return self.arrivals[place : place + BATCH]

    def wait(self, place: int, timeout: float, closed: threading.Event) -> bool:
        """Block until something stands behind the place."""
        with self._changed:
            self._changed.wait_for(lambda: len(self.arrivals) > place or closed.is_set(), timeout)
            return len(self.arrivals) > place and not closed.is_set()

    def wake(self) -> None:
        """Let everybody who waits look again."""
        with self._changed:
            self._changed.notify_all()

    def take(self, message: Outbound, at: datetime) -> str:
        """Accept a message, or fail as told; return its external id."""
        with self._changed:
            problem = self._failures.pop(0) if self._failures else None
            if problem and not (isinstance(problem, Temporary) and problem.ambiguous):
                raise problem
            self.sent.append(message)
            name = f"sent-{hashlib.sha256(message.key.encode()).hexdigest()[:24]}"
            self.deliveries[name] = self._fate(message, name, at)
            if problem:
                raise problem
        return name

    def _fate(self, message: Outbound, name: str, at: datetime) -> Delivery:
        if not self._bounces:
            return Delivery(name, DeliveryState.DELIVERED, at)
        self._bounces -= 1
        recipient = message.to[0].value if message.to else ""
        self.deliver(
            "The address does not exist.",
            sender="mailer-daemon@example.net",
            received_at=at,
            nature=Nature.BOUNCE,
            bounced=recipient,
            original=message.message_id,
        )
        return Delivery(name, DeliveryState.FAILED, at, "550 5.1.1 The address does not exist.")


_boxes: dict[str, Box] = {}


def box(address: str) -> Box:
    """Return the box of an address; it is made when it is first asked for."""
    return _boxes.setdefault(address.lower(), Box(address))


def forget() -> None:
    """Empty the world between two tests."""
    _boxes.clear()


class FakeChannel:
    """The kind "fake"."""

    card = CARD

    def open(self, settings: Mapping[str, str], clock: Callable[[], datetime]) -> FakeConnector:
        """Open the box of an address. Permanent when there is no address or the pose is none of ours."""
        address, pose = settings.get("address", "").strip(), settings.get("poses_as", "") or "mail"
        if not address:
            raise Permanent("The setting “Address” is missing.")
        if pose not in _POSES:
            raise Permanent(f"The setting “Poses as” must be one of {', '.join(_POSES)}.")
        return FakeConnector(box(address), pose, settings.get("name", ""), clock)


class FakeConnector:
    """One box, seen as a channel."""

    def __init__(self, shared: Box, pose: str, name: str, clock: Callable[[], datetime]) -> None:
        self.box = shared
        self.card = replace(CARD, kind=pose, name=name or _NAMES.get(pose, pose.title()))
        self._clock = clock
        self._seen = 0
        self._closed = threading.Event()

    @property
    def sent(self) -> list[Outbound]:
        """What left, oldest first."""
        return self.box.sent

    def deliver(self, text: str, *, sender: str, **more: Any) -> str:  # noqa: ANN401
        """Put a message in, now."""
        return self.box.deliver(text, sender=sender, **{"received_at": self._clock(), **more})

    def check(self) -> None:
        """Sign in, or fail as told."""
        if self.box.sign_in_fails:
            raise self.box.sign_in_fails

    def fetch(self, cursor: str | None) -> Batch:
        """Return what stands after the cursor, which is a count."""
        self.check()
        place = _count(cursor)
        found = self.box.after(place)
        self._seen = place + len(found)
        return Batch(found, str(self._seen), more=len(self.box.arrivals) > self._seen)

    def wait(self, timeout: float) -> bool:
        """Ring when something stands behind the last fetch."""
        self.check()
        return self.box.wait(self._seen, timeout, self._closed)

    def list_ids(self, page: str | None) -> IdPage:
        """Name what the box holds."""
        self.check()
        place = _count(page)
        found = self.box.after(place)
        following = place + len(found)
        return IdPage(
            list(dict.fromkeys(one.external_id for one in found)),
            str(following) if following < len(self.box.arrivals) else None,
        )

    def fetch_ids(self, external_ids: Sequence[str]) -> Batch:
        """Return these again."""
        self.check()
        wanted = set(external_ids)
        found = {one.external_id: one for one in list(self.box.arrivals) if one.external_id in wanted}
        return Batch(list(found.values()), None)

    def read(self, arrival: Arrival) -> list[Inbound]:
        """Read the JSON of a message; Unreadable when it is none."""
        try:
            said = json.loads(arrival.raw)
            return [_inbound(said, _HANDLES.get(self.card.kind, self.card.kind), arrival)]
        except (ValueError, KeyError, TypeError, AttributeError) as problem:
            raise Unreadable("This is no message of the made-up channel.") from problem

    def glance(self, arrival: Arrival) -> Inbound | None:
        """Say who wrote what `read` failed on."""
        try:
            said = json.loads(arrival.raw)
            kind = _HANDLES.get(self.card.kind, self.card.kind)
            return Inbound(Handle(kind, str(said["from"]).lower(), str(said.get("name", ""))))
        except (ValueError, KeyError, TypeError, AttributeError):
            return None

    def send(self, message: Outbound) -> Receipt:
        """Accept, or fail as told."""
        self.check()
        now = self._clock()
        name = self.box.take(message, now)
        raw = json.dumps({"from": self.box.address, "text": message.markdown, "message_id": message.message_id})
        return Receipt(name, now, raw=raw.encode())

    def status(self, external_id: str) -> Delivery:
        """Say what became of a message."""
        return self.box.deliveries.get(external_id, Delivery(external_id, DeliveryState.UNKNOWN))

    def close(self) -> None:
        """Wake whoever waits here."""
        self._closed.set()
        self.box.wake()


def _count(cursor: str | None) -> int:
    if cursor is not None and not cursor.isdecimal():
        raise Permanent("The stored place in the box cannot be read.")
    return int(cursor or 0)


def _inbound(said: dict[str, Any], kind: str, arrival: Arrival) -> Inbound:
    """Put the JSON of a message into the contract's words."""
    text = str(said["text"])
    bounced = str(said.get("bounced", ""))
    return Inbound(
        sender=Handle(kind, str(said["from"]).lower(), str(said.get("name", ""))),
        subject=str(said.get("subject", "")),
        text=text,
        new_text=text,
        to=tuple(Handle(kind, str(one).lower()) for one in said.get("to", ())),
        message_id=str(said.get("message_id", "")),
        references=tuple(map(str, said.get("references", ()))),
        tokens=tuple(map(str, said.get("tokens", ()))),
        written_at=arrival.received_at.astimezone(UTC),
        offset=said.get("offset"),
        nature=Nature(said.get("nature", Nature.PERSON)),
        bounces=(Bounce(bounced, "5.1.1", original_message_id=str(said.get("original", ""))),) if bounced else (),
        direction=arrival.direction,
        thread=str(said.get("thread", "")),
        chosen=str(said.get("chosen", "")),
    )
