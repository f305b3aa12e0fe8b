"""What every channel keeps, ours and the made-up one alike: one suite, so that no twin drifts."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

import pytest
from dovecot import Dovecot
from loopback import HOST
from smtp_sink import SmtpSink

from connectors import contract, fake, registry
from connectors.contract import Arrival, Batch, Connector, DeliveryState, Handle, IdPage, Inbound, Outbound
from connectors.errors import ChannelError, Permanent, Temporary, Unreadable

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Channel(Connector, contract.Pulls, contract.Waits, contract.Lists, Protocol):
    """What these tests need a channel to offer."""


@dataclass
class Rig:
    """One account and its other end."""

    open: Callable[[], Channel]
    put: Callable[[str, datetime], object]
    fill: Callable[[int], object]
    left: Callable[[], int]
    remove: Callable[[], None]
    spoil: Callable[[], None]


def _open(kind: str, settings: dict[str, str]) -> Channel:
    connector = registry.channel(kind).open(settings, lambda: NOON)
    assert isinstance(connector, contract.Pulls)
    assert isinstance(connector, contract.Waits)
    assert isinstance(connector, contract.Lists)
    return connector


def _fake() -> Iterator[Rig]:
    fake.forget()
    box = fake.box("support@example.com")

    def spoil() -> None:
        box.sign_in_fails = Temporary("support@example.com: the channel is away.")

    yield Rig(
        open=lambda: _open("fake", {"address": "support@example.com"}),
        put=lambda text, at: box.deliver(text, sender="alice@example.org", received_at=at),
        fill=lambda count: [box.deliver("Hello", sender="bob@example.org", received_at=NOON) for _ in range(count)],
        left=lambda: len(box.sent),
        remove=box.arrivals.clear,
        spoil=spoil,
    )
    fake.forget()


def _mail() -> Iterator[Rig]:
    with Dovecot() as server, SmtpSink() as sink:
        settings = {
            "address": server.user,
            "password": server.password,
            "imap_host": HOST,
            "imap_port": str(server.port),
            "imap_security": "none",
            "smtp_host": HOST,
            "smtp_port": str(sink.port),
            "smtp_security": "none",
        }

        def spoil() -> None:
            server.kill()
            sink.stop()

        yield Rig(
            open=lambda: _open("mail", settings),
            put=lambda text, at: server.append(_raw(text), internaldate=at),
            fill=lambda count: _fill(server, count),
            left=lambda: len(sink.letters),
            remove=lambda: server.expunge(*(kept.uid for kept in server.messages())),
            spoil=spoil,
        )


def _fill(server: Dovecot, count: int) -> None:
    """Put mails where the server finds them, which is quicker than to hand each over."""
    server.append(_raw("first"))
    box = server.home / "mail" / server.user / "Maildir"
    for number in range(1, count):
        path = box / "new" / f"{1_900_000_000 + number}.M1P1.bob"
        path.write_bytes(_raw(f"message {number}"))
        os.chown(path, box.stat().st_uid, box.stat().st_gid)


def _raw(text: str) -> bytes:
    return f"From: alice@example.org\r\nSubject: Hello\r\n\r\n{text}\r\n".encode()


@pytest.fixture(params=[_fake, pytest.param(_mail, marks=pytest.mark.dovecot)], ids=["fake", "mail"])
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    yield from request.param()


@pytest.fixture
def channel(rig: Rig) -> Iterator[Channel]:
    opened = rig.open()
    yield opened
    opened.close()


def message(**more: str) -> Outbound:
    return Outbound("key-1", (Handle("mail", "alice@example.org"),), "Re: Hello", "Hi.", NOON, **more)  # type: ignore[arg-type]


def text_of(channel: Channel, arrival: Arrival) -> str:
    return channel.read(arrival)[0].text.strip()


def test_it_says_what_it_is_and_what_it_needs(channel: Channel) -> None:
    assert channel.card.kind == "mail"
    assert channel.card.name
    assert {"address"} <= {setting.name for setting in channel.card.settings}
    channel.check()


def test_nothing_is_an_empty_batch_with_a_cursor_that_holds(channel: Channel) -> None:
    batch = channel.fetch(None)
    assert list(batch.arrivals) == []
    assert not batch.more
    assert list(channel.fetch(batch.cursor).arrivals) == []


def test_what_came_is_fetched_oldest_first(rig: Rig, channel: Channel) -> None:
    for number in range(3):
        rig.put(f"message {number}", NOON - timedelta(hours=3 - number))
    batch = channel.fetch(None)
    assert [text_of(channel, arrival) for arrival in batch.arrivals] == ["message 0", "message 1", "message 2"]
    assert [arrival.received_at for arrival in batch.arrivals] == sorted(a.received_at for a in batch.arrivals)
    assert all(a.received_at.tzinfo is UTC and 0 < len(a.external_id) <= 500 for a in batch.arrivals)
    assert all(arrival.direction == "in" and arrival.complete for arrival in batch.arrivals)


def test_the_same_cursor_gives_the_same_arrivals(rig: Rig, channel: Channel) -> None:
    rig.put("first", NOON)
    before = channel.fetch(None)
    rig.put("second", NOON)
    after = channel.fetch(before.cursor)
    assert channel.fetch(before.cursor) == after
    assert [text_of(channel, arrival) for arrival in after.arrivals] == ["second"]
    other = rig.open()
    assert other.fetch(before.cursor) == after
    other.close()


def test_a_batch_is_bounded_and_says_that_there_is_more(rig: Rig, channel: Channel) -> None:
    rig.fill(405)
    names: list[str] = []
    batch: Batch | None = None
    while batch is None or batch.more:
        batch = channel.fetch(batch.cursor if batch else None)
        assert len(batch.arrivals) <= 400
        names += [arrival.external_id for arrival in batch.arrivals]
    assert len(names) == len(set(names)) == 405


def test_the_list_names_what_a_fetch_gives(rig: Rig, channel: Channel) -> None:
    rig.put("one", NOON)
    rig.put("two", NOON)
    arrivals = list(channel.fetch(None).arrivals)
    names: list[str] = []
    page: IdPage | None = None
    while page is None or page.next_page:
        page = channel.list_ids(page.next_page if page else None)
        names += page.external_ids
    assert names == [arrival.external_id for arrival in arrivals]
    again = channel.fetch_ids(names)
    assert list(again.arrivals) == arrivals
    assert again.cursor is None


def test_what_is_gone_is_left_out(rig: Rig, channel: Channel) -> None:
    rig.put("one", NOON)
    batch = channel.fetch(None)
    rig.remove()
    assert list(channel.list_ids(None).external_ids) == []
    assert list(channel.fetch_ids([arrival.external_id for arrival in batch.arrivals]).arrivals) == []


def test_the_bell_rings_for_something_new_and_only_then(rig: Rig, channel: Channel) -> None:
    channel.fetch(None)
    assert not channel.wait(0.3)
    threading.Timer(0.3, rig.put, ["new", NOON]).start()
    began = time.monotonic()
    assert channel.wait(10)
    assert time.monotonic() - began < 8


def test_a_message_leaves_once(rig: Rig, channel: Channel) -> None:
    receipt = channel.send(message(message_id="m1@example.com"))
    assert receipt.external_id
    assert receipt.accepted_at == NOON
    assert b"Hi." in receipt.raw
    assert rig.left() == 1


def test_reading_is_pure_and_nonsense_is_unreadable(rig: Rig, channel: Channel) -> None:
    rig.put("Hello", NOON)
    (arrival,) = channel.fetch(None).arrivals
    first = channel.read(arrival)
    channel.close()
    assert channel.read(arrival) == first
    assert isinstance(first[0], Inbound)
    assert first[0].sender == Handle("mail", "alice@example.org")
    with pytest.raises(Unreadable):
        channel.read(Arrival("x", b"", NOON))


@pytest.mark.parametrize("cursor", ["nonsense", "-1", "{}x"])
def test_a_cursor_that_is_none_of_its_own_is_refused(channel: Channel, cursor: str) -> None:
    with pytest.raises(Permanent):
        channel.fetch(cursor)


def test_an_account_that_is_away_raises_only_our_errors(rig: Rig, channel: Channel) -> None:
    rig.spoil()
    attempts: list[Callable[[], object]] = [
        channel.check,
        lambda: channel.fetch(None),
        lambda: channel.wait(0.3),
        lambda: channel.list_ids(None),
        lambda: channel.fetch_ids(["INBOX;1;1"]),
        lambda: channel.send(message()),
    ]
    for attempt in attempts:
        with pytest.raises(ChannelError) as caught:
            attempt()
        assert isinstance(caught.value, Temporary)
        assert str(caught.value).startswith("support@example.com: ")
        assert "\n" not in str(caught.value)


def test_it_closes_twice_and_ends_who_waits(rig: Rig, channel: Channel) -> None:
    channel.fetch(None)
    threading.Timer(0.4, channel.close).start()
    began = time.monotonic()
    with suppress(Temporary):
        assert not channel.wait(30)
    assert time.monotonic() - began < 15
    channel.close()


def test_a_kind_that_nobody_knows_is_an_error() -> None:
    with pytest.raises(registry.UnknownChannelError, match="known are mail, fake"):
        registry.channel("pigeon")


def test_states_of_delivery_are_ours() -> None:
    assert {state.value for state in DeliveryState} == {"unknown", "accepted", "delivered", "failed"}
