"""Whoever asked hears of everything, once, signed, and for as long as it takes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from hook_server import HookServer
from house import House, mail
from sqlmodel import select

from inbox.flow import hooking, tick, webhooks
from inbox.flow.errors import RefusedError
from inbox.settings import Settings
from inbox.store import webhooks as rows
from inbox.store.tables import Account, Audit, Delivery, Webhook, WebhookCall


@pytest.fixture
def receiver() -> Iterator[HookServer]:
    with HookServer() as made:
        yield made


@pytest.fixture
def open_house(house: House) -> House:
    house.context = replace(house.context, settings=Settings(webhooks_loopback=True))
    return house


def add(house: House, url: str, *kinds: str, by: int | None = None) -> tuple[int, str]:
    by = by or house.add_teammate("Alice", "founder")
    with house.store.unit_of_work() as work:
        made = webhooks.add(work, house.context.vault, url, "Desk", kinds, by, loopback=True)
        return made.id or 0, webhooks.secret_of(house.context.vault, made)


def calls(house: House) -> list[WebhookCall]:
    with house.store.reading() as session:
        return list(session.exec(select(WebhookCall).order_by(WebhookCall.id)).all())  # type: ignore[arg-type]


def hook(house: House, webhook_id: int) -> Webhook:
    with house.store.reading() as session:
        found = rows.get(session, webhook_id)
    assert found is not None
    return found


def settle(house: House) -> None:
    while hooking.tell(house.context):
        pass


def test_an_endpoint_hears_what_it_asked_for_signed_and_nothing_that_people_wrote(
    open_house: House, receiver: HookServer
) -> None:
    house = open_house
    _, secret = add(house, receiver.url, "message.in", "wait.breach")
    account = house.add_account()
    house.receive(account, mail(text="My secret plan"))
    settle(house)
    house.clock.move(hours=25)
    tick.tick(house.store)
    settle(house)

    said = [call.read([secret], house.clock.now) for call in receiver.calls[1:]]
    assert [one["type"] for one in said] == ["wait.breach"]
    first = receiver.calls[0].read([secret], house.clock.now - timedelta(hours=25))
    assert first["type"] == "message.in"
    assert first["data"]["conversation_id"] == house.conversations()[0].id
    assert first["data"]["url"].endswith(f"/inbox/all/{house.conversations()[0].id}")
    assert b"secret plan" not in receiver.calls[0].body
    assert {call.state for call in calls(house)} == {"sent"}


def test_two_processes_that_tell_at_once_queue_each_event_once(open_house: House, receiver: HookServer) -> None:
    house = open_house
    add(house, receiver.url, "message.in")
    account = house.add_account()
    house.receive(account, *[mail(f"P{n} <p{n}@customer.example>", f"Letter {n}") for n in range(12)])
    threads = [threading.Thread(target=settle, args=(house,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    settle(house)

    assert len(calls(house)) == len(receiver.calls) == 12
    assert len({call.headers["webhook-id"] for call in receiver.calls}) == 12


def test_what_happened_before_it_was_added_is_not_told(open_house: House, receiver: HookServer) -> None:
    house = open_house
    house.receive(house.add_account(), mail())
    add(house, receiver.url, "message.in")
    settle(house)
    assert receiver.calls == []


def test_a_failing_endpoint_is_tried_for_three_days_with_one_id_and_then_given_up(
    open_house: House, receiver: HookServer
) -> None:
    house = open_house
    webhook_id, secret = add(house, receiver.url, "message.in")
    receiver.answers = [(500, {}, b"broken")] * 50
    house.receive(house.add_account(), mail())
    began, tried = house.clock.now, []
    for _ in range(30):
        settle(house)
        receiver.calls[-1].read([secret], house.clock.now)
        tried.append(house.clock.now - began)
        [call] = calls(house)
        if call.state == "failed":
            break
        house.clock.now = call.not_before

    assert call.state == "failed"
    assert timedelta(days=2) < tried[-1] <= timedelta(days=3)
    assert len(receiver.calls) == len(tried) == 10
    assert tried[1] < timedelta(seconds=10)
    assert len({one.headers["webhook-id"] for one in receiver.calls}) == 1
    assert (call.status, call.answer, call.error) == (500, "broken", "It answered 500.")
    assert hook(house, webhook_id).enabled


def test_an_endpoint_that_asks_for_patience_gets_it(open_house: House, receiver: HookServer) -> None:
    house = open_house
    add(house, receiver.url, "message.in")
    receiver.answers = [(429, {"retry-after": "3600"}, b"")]
    house.receive(house.add_account(), mail())
    settle(house)
    assert calls(house)[0].not_before == house.clock.now + timedelta(hours=1)
    house.clock.move(hours=1)
    settle(house)
    assert calls(house)[0].state == "sent"


def test_an_endpoint_that_fails_for_days_is_switched_off_and_the_founders_hear_of_it(
    open_house: House, receiver: HookServer
) -> None:
    house = open_house
    webhook_id, _ = add(house, receiver.url, "message.in")
    account = house.add_account()
    with house.store.unit_of_work() as work:
        work.session.get_one(Account, account).settings = {"smtp_host": "127.0.0.1"}
    receiver.answers = [(500, {}, b"")] * 100
    for day in range(7):
        house.receive(account, mail(text=f"Day {day}"))
        settle(house)
        house.clock.move(days=1)

    found = hook(house, webhook_id)
    assert not found.enabled
    assert found.why_off == "It has failed for five days, without one success."
    with house.store.reading() as session:
        letters = session.exec(select(Delivery).where(Delivery.kind == "letter")).all()
        audited = session.exec(select(Audit).where(Audit.kind == "webhook.switched_off")).all()
    assert [letter.payload["to"][0]["value"] for letter in letters] == ["alice@example.com"]
    assert len(audited) == 1
    before = len(receiver.calls)
    house.receive(account, mail(text="Later"))
    settle(house)
    assert len(receiver.calls) == before


def test_gone_means_gone(open_house: House, receiver: HookServer) -> None:
    house = open_house
    webhook_id, _ = add(house, receiver.url, "message.in")
    receiver.answers = [(410, {}, b"")]
    house.receive(house.add_account(), mail())
    settle(house)
    assert not hook(house, webhook_id).enabled
    assert calls(house)[0].state == "failed"


def test_for_a_day_both_secrets_sign(open_house: House, receiver: HookServer) -> None:
    house = open_house
    by = house.add_teammate("Alice", "founder")
    webhook_id, old = add(house, receiver.url, "message.in", by=by)
    with house.store.unit_of_work() as work:
        new = webhooks.rotate(work, house.context.vault, webhook_id, by)
    account = house.add_account()
    house.receive(account, mail(text="One"))
    settle(house)
    house.clock.move(hours=25)
    house.receive(account, mail(text="Two"))
    settle(house)

    during, after = receiver.calls
    assert new != old
    assert (during.signed_by(old), during.signed_by(new)) == (True, True)
    assert (after.signed_by(old), after.signed_by(new)) == (False, True)
    stored = hook(house, webhook_id).secrets
    assert new.encode() not in stored
    assert "signature" not in str(calls(house)[0].sent)


def test_a_call_is_sent_again_with_the_same_id(open_house: House, receiver: HookServer) -> None:
    house = open_house
    add(house, receiver.url, "message.in")
    house.receive(house.add_account(), mail())
    settle(house)
    with house.store.unit_of_work() as work:
        webhooks.send_again(work, calls(house)[0].id or 0)
    settle(house)
    assert [call.headers["webhook-id"] for call in receiver.calls] == [calls(house)[0].key] * 2
    assert receiver.calls[0].body == receiver.calls[1].body


def test_what_a_dead_process_took_is_told_by_another(open_house: House, receiver: HookServer) -> None:
    house = open_house
    add(house, receiver.url, "message.in")
    house.receive(house.add_account(), mail())
    hooking.fan_out(house.context)
    with house.store.unit_of_work() as work:
        assert len(rows.claim(work, 4, "dead")) == 1
    settle(house)
    assert receiver.calls == []
    house.clock.move(minutes=3)
    settle(house)
    assert len(receiver.calls) == 1
    assert calls(house)[0].state == "sent"


def test_a_test_is_tried_once(open_house: House, receiver: HookServer) -> None:
    house = open_house
    webhook_id, secret = add(house, receiver.url, "message.in")
    receiver.answers = [(500, {}, b"no")]
    with house.store.unit_of_work() as work:
        webhooks.send_test(work, webhook_id)
    settle(house)
    assert receiver.calls[0].read([secret], house.clock.now)["type"] == "webhook.test"
    assert calls(house)[0].state == "failed"
    assert hook(house, webhook_id).failing_since is None


def test_without_the_setting_no_webhook_leads_inside(house: House, receiver: HookServer) -> None:
    by = house.add_teammate("Alice", "founder")
    for url in (receiver.url, "https://127.0.0.1/", "https://10.0.0.1/", "https://[::1]/", "http://hook.example/"):
        with house.store.unit_of_work() as work, pytest.raises(RefusedError):
            webhooks.add(work, house.context.vault, url, "", ["message.in"], by, loopback=False)
    add(house, receiver.url, "message.in", by=by)  # as if the setting had been taken back since
    house.receive(house.add_account(), mail())
    settle(house)
    assert receiver.calls == []
    assert "must begin with https" in calls(house)[0].error


def test_the_log_is_forgotten_after_a_month(open_house: House, receiver: HookServer) -> None:
    house = open_house
    add(house, receiver.url, "message.in")
    house.receive(house.add_account(), mail())
    settle(house)
    house.clock.move(days=31)
    assert hooking.tidy(house.context) == 1
    assert calls(house) == []


def test_an_endpoint_that_fails_keeps_nobody_waiting(open_house: House, receiver: HookServer) -> None:
    house = open_house
    alice = house.add_teammate("Alice", "founder")
    account = house.add_account()
    with HookServer() as broken:
        broken.answers = [(500, {}, b"")] * 100
        add(house, broken.url, "message.in", by=alice)
        house.receive(account, mail(text="The first"))
        settle(house)
        house.receive(account, *[mail(f"P{n} <p{n}@customer.example>", f"Letter {n}") for n in range(12)])
        hooking.fan_out(house.context)  # the storm waits for the endpoint that fails
        add(house, receiver.url, "message.in", by=alice)
        house.receive(account, mail(text="The last"))
        hooking.tell(house.context)
    assert len(receiver.calls) == 1
