"""The made-up channel misbehaves on demand, as vendors do without being asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from connectors import fake
from connectors.contract import Bounce, DeliveryState, Handle, Nature, Outbound, Tracks
from connectors.errors import BadCredentials, Permanent, Temporary
from connectors.fake import FakeChannel, FakeConnector

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def a_new_world() -> Iterator[None]:
    fake.forget()
    yield
    fake.forget()


def opened(**more: str) -> FakeConnector:
    return FakeChannel().open({"address": "support@example.com", **more}, lambda: NOON)


def hello(key: str = "key-1") -> Outbound:
    return Outbound(key, (Handle("mail", "alice@example.org"),), "", "Hi.", NOON, message_id="m1@example.com")


def test_one_address_is_one_box() -> None:
    one, other = opened(), opened(address="Support@Example.com")
    one.deliver("Hello", sender="Alice@example.org", name="Alice", subject="Greetings")
    (arrival,) = other.fetch(None).arrivals
    (said,) = other.read(arrival)
    assert (said.sender, said.subject, said.text) == (
        Handle("mail", "alice@example.org", "Alice"),
        "Greetings",
        "Hello",
    )
    one.send(hello())
    assert other.sent == [hello()]


@pytest.mark.parametrize(
    ("pose", "kind"), [("mail", "mail"), ("sms", "phone"), ("voice", "phone"), ("x", "x"), ("widget", "widget")]
)
def test_it_poses_as_other_channels(pose: str, kind: str) -> None:
    connector = opened(poses_as=pose)
    connector.deliver("Hello", sender="+33123456789")
    assert connector.card.kind == pose
    sender = connector.read(connector.fetch(None).arrivals[0])[0].sender
    assert sender
    assert sender.kind == kind


def test_a_redelivery_has_the_same_name() -> None:
    connector = opened()
    connector.box.redeliver(connector.deliver("Hello", sender="alice@example.org"))
    first, second = connector.fetch(None).arrivals
    assert first == second


@pytest.mark.parametrize("problem", [Temporary("Busy.", 7), Permanent("No."), BadCredentials("Wrong.")])
def test_a_send_fails_as_told_and_the_next_does_not(problem: Temporary | Permanent | BadCredentials) -> None:
    connector = opened()
    connector.box.fail_next(problem)
    with pytest.raises(type(problem)) as caught:
        connector.send(hello())
    assert caught.value is problem
    assert connector.sent == []
    assert connector.status(connector.send(hello()).external_id).state is DeliveryState.DELIVERED


def test_an_ambiguous_failure_has_left_all_the_same() -> None:
    connector = opened()
    connector.box.fail_next(Temporary("Silence.", ambiguous=True))
    with pytest.raises(Temporary) as caught:
        connector.send(hello())
    assert caught.value.ambiguous
    assert connector.sent == [hello()]


def test_a_bounce_comes_back_later() -> None:
    connector = opened()
    connector.box.bounce_next()
    receipt = connector.send(hello())
    assert isinstance(connector, Tracks)
    assert connector.status(receipt.external_id).state is DeliveryState.FAILED
    (said,) = connector.read(connector.fetch(None).arrivals[0])
    assert said.nature is Nature.BOUNCE
    assert said.bounces == (Bounce("alice@example.org", "5.1.1", original_message_id="m1@example.com"),)


def test_what_nobody_sent_is_unknown() -> None:
    assert opened().status("nothing").state is DeliveryState.UNKNOWN


def test_signing_in_fails_as_told() -> None:
    connector = opened()
    connector.box.sign_in_fails = BadCredentials("The password was refused.")
    for attempt in (connector.check, lambda: connector.fetch(None), lambda: connector.send(hello())):
        with pytest.raises(BadCredentials):
            attempt()


@pytest.mark.parametrize("settings", [{}, {"address": " "}, {"address": "a", "poses_as": "pigeon"}])
def test_settings_that_cannot_be_right_are_refused(settings: dict[str, str]) -> None:
    with pytest.raises(Permanent):
        FakeChannel().open(settings, lambda: NOON)
