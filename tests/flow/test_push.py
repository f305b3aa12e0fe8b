"""Web Push against a push service on loopback that decrypts and checks as a browser and a real service would."""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import http_ece
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from hook_server import Call, HookServer
from house import House, mail
from loopback import certificates
from sqlmodel import select

from inbox.flow import act, notices, outward, push, sign_in, team, telling, telling_direct, telling_out, tick
from inbox.flow.errors import RefusedError
from inbox.store import notices as rows
from inbox.store import tellings
from inbox.store.tables import NoticeSend, PushSubscription
from inbox.vault import Vault


def text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def unpadded(said: str) -> bytes:
    return base64.urlsafe_b64decode(said + "=" * (-len(said) % 4))


class Browser:
    """A browser's half of the keys."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.auth = os.urandom(16)
        form = serialization.PublicFormat.UncompressedPoint
        self.point = self.key.public_key().public_bytes(serialization.Encoding.X962, form)

    def read(self, call: Call) -> dict[str, Any]:
        assert call.headers["content-encoding"] == "aes128gcm"
        opened = http_ece.decrypt(call.body, private_key=self.key, auth_secret=self.auth, version="aes128gcm")
        said: dict[str, Any] = json.loads(opened)
        return said


def claims(call: Call, public_key: str) -> dict[str, Any]:
    """Check the signature of the token against the key that browsers were given, and return what it claims."""
    scheme, _, rest = call.headers["authorization"].partition(" ")
    assert scheme == "vapid"
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    assert parts["k"] == public_key
    signed, _, signature = parts["t"].rpartition(".")
    raw = unpadded(signature)
    der = utils.encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unpadded(public_key))
    point.verify(der, signed.encode(), ec.ECDSA(hashes.SHA256()))
    told: dict[str, Any] = json.loads(unpadded(signed.split(".")[1]))
    return told


class Desk:
    """Bob, who is told by push; his browser; and the push service."""

    def __init__(self, house: House, service: HookServer) -> None:
        self.house, self.service, self.browser = house, service, Browser()
        self.account = house.add_account()
        self.alice, self.bob = house.add_teammate("Alice"), house.add_teammate("Bob")
        trust = certificates().client_context()
        self.post = partial(outward.post, loopback=True, trust=trust)
        self.reader = notices.reader(house.store)
        self.reader.step()
        self.subscribe()

    def subscribe(self, endpoint: str = "", by: int = 0) -> None:
        with self.house.store.unit_of_work() as work:
            self.public_key = push.public_key(work, self.house.context.vault)
            where = endpoint or self.service.url
            keys = text(self.browser.point), text(self.browser.auth)
            push.subscribe(work, by or self.bob, where, *keys, "Firefox")

    def give(self, number: int = 1) -> None:
        """Give Bob conversations, and let the notices be made."""
        for _ in range(number):
            many = len(self.house.conversations())
            self.house.receive(self.account, mail(sender=f"Carol {many} <carol{many}@customer.example>"))
            with self.house.store.unit_of_work() as work:
                act.assign(work, self.house.conversations()[-1].id or 0, self.bob, self.alice)
        while self.reader.step():
            pass

    def send(self) -> int:
        return push.send_due(self.house.context, self.post)

    def states(self) -> list[str]:
        with self.house.store.reading() as session:
            return [one.state for one in session.exec(select(NoticeSend).where(NoticeSend.means == "push")).all()]

    def browsers(self) -> list[PushSubscription]:
        with self.house.store.reading() as session:
            return rows.browsers_of(session, [self.alice, self.bob])


@pytest.fixture
def desk(house: House) -> Iterator[Desk]:
    with HookServer(certificates=certificates()) as service:
        yield Desk(house, service)


def test_a_browser_is_told_in_a_few_words_that_only_it_can_read(desk: Desk) -> None:
    desk.give()
    assert desk.send() == 1
    [call] = desk.service.calls
    said = desk.browser.read(call)
    assert said == {"body": "A conversation was given to you.", "tag": said["tag"], "path": "/inbox/all/1"}
    assert b"Carol" not in call.body
    assert int(call.headers["ttl"]) > 0
    told = claims(call, desk.public_key)
    assert told["aud"] == desk.service.url.removesuffix("/hook")
    assert told["sub"] == "mailto:support@example.com"
    assert told["exp"] > desk.house.clock().timestamp()
    assert desk.send() == 0
    assert desk.states() == ["sent"]


def test_names_are_told_only_to_whoever_allowed_it(desk: Desk) -> None:
    with desk.house.store.unit_of_work() as work:
        notices.prefer(work, desk.bob, push_names=True)
    desk.give()
    desk.send()
    assert desk.browser.read(desk.service.calls[0])["body"] == "Alice gave you the conversation with Carol 0."


def test_many_at_once_are_one_message(desk: Desk) -> None:
    desk.give(5)
    assert desk.send() == 5
    [call] = desk.service.calls
    assert desk.browser.read(call) == {"body": "5 things wait for you.", "tag": "notices", "path": "/notices"}


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_forgotten(desk: Desk, status: int) -> None:
    desk.service.answers.append((status, {}, b""))
    desk.give()
    desk.send()
    assert (desk.browsers(), desk.states()) == ([], ["failed"])


def test_a_service_that_is_busy_is_asked_again_later(desk: Desk) -> None:
    desk.service.answers += [(503, {}, b""), (429, {}, b"")]
    desk.give()
    for expected in ("queued", "queued", "sent"):
        assert desk.send() == 1
        assert desk.states() == [expected]
        assert desk.send() == 0
        desk.house.clock.move(hours=3)
    assert len({call.body for call in desk.service.calls}) == 3  # sealed anew each time
    assert len({desk.browser.read(call)["tag"] for call in desk.service.calls}) == 1  # shown once


def test_a_service_that_never_answers_is_given_up_after_a_day(desk: Desk) -> None:
    desk.service.answers += [(500, {}, b"")] * 2
    desk.give()
    desk.send()
    desk.house.clock.move(days=1, hours=1)
    desk.send()
    assert desk.states() == ["failed"]
    assert len(desk.browsers()) == 1


def test_what_was_read_meanwhile_is_not_sent(desk: Desk) -> None:
    desk.give()
    with desk.house.store.unit_of_work() as work:
        notices.read(work, desk.bob)
    desk.send()
    assert (desk.service.calls, desk.states()) == ([], ["skipped"])


def test_a_browser_belongs_to_whoever_is_signed_in_there(desk: Desk) -> None:
    desk.give()
    desk.subscribe(by=desk.alice)
    desk.send()
    assert desk.service.calls == []  # it was Bob's notice, and the browser is Alice's now
    assert [one.teammate_id for one in desk.browsers()] == [desk.alice]


@pytest.mark.parametrize("way", ["reset", "let go"])
def test_whoever_had_the_old_password_or_left_is_told_nothing_more(desk: Desk, way: str) -> None:
    desk.give()
    with desk.house.store.unit_of_work() as work:
        if way == "reset":
            sign_in.set_password(work, sign_in.reset_link(work, desk.bob), "correct horse battery")
        else:
            team.disable(work, desk.bob, desk.alice)
    desk.send()
    assert (desk.service.calls, desk.browsers()) == ([], [])


def test_an_address_inside_is_never_called(desk: Desk) -> None:
    desk.give()
    assert push.send_due(desk.house.context) == 1  # by the door that every address goes through: no loopback
    assert (desk.service.calls, desk.browsers()) == ([], [])


@pytest.mark.parametrize(
    "endpoint", ["http://push.example/x", "ftp://push.example/x", "https://user:word@push.example"]
)
def test_an_endpoint_that_cannot_be_one_is_refused(desk: Desk, endpoint: str) -> None:
    with pytest.raises(RefusedError):
        desk.subscribe(endpoint)


def test_keys_that_are_none_are_refused(desk: Desk) -> None:
    with desk.house.store.unit_of_work() as work, pytest.raises(RefusedError, match="cannot be read"):
        push.subscribe(work, desk.bob, "https://push.example/x", "AAAA", "BBBB", "")


def test_the_key_pair_is_made_once_and_sealed(desk: Desk) -> None:
    first = desk.public_key
    desk.subscribe()
    assert desk.public_key == first
    assert len(unpadded(first)) == 65


def test_with_another_key_of_the_house_push_waits_until_the_old_one_is_back(desk: Desk) -> None:
    desk.give()
    stranger = replace(desk.house.context, vault=Vault(b"another key, also long enough to be taken"))
    assert push.send_due(stranger, desk.post) == 1
    assert (desk.states(), desk.service.calls, desk.send()) == (["queued"], [], 0)
    desk.house.clock.move(hours=3)
    desk.send()
    assert desk.states() == ["sent"]


def test_mallory_cannot_take_bobs_browser_off(desk: Desk) -> None:
    [browser] = desk.browsers()
    with desk.house.store.unit_of_work() as work:
        push.unsubscribe(work, desk.alice, browser.id or 0)
    assert len(desk.browsers()) == 1
    with desk.house.store.unit_of_work() as work:
        push.unsubscribe(work, desk.bob, browser.id or 0)
    assert desk.browsers() == []


def test_a_browser_whose_key_is_no_key_holds_nobody_else_up(desk: Desk) -> None:
    [browser] = desk.browsers()
    with desk.house.store.unit_of_work() as work:
        broken = text(b"\x04" + b"\x01" * 64)
        row = {"endpoint": f"{desk.service.url}/broken", "p256dh": broken, "auth": browser.auth, "browser": ""}
        work.insert(PushSubscription, [{**row, "id": 0, "teammate_id": desk.bob, "created_at": work.now}])
    desk.give()
    assert desk.send() == 2
    assert [desk.browser.read(call)["path"] for call in desk.service.calls] == ["/inbox/all/1"]
    assert [one.id for one in desk.browsers()] == [browser.id]


def climb(desk: Desk) -> None:
    """Carol waits, eight hours are left, and Bob, who has the conversation, is told by push."""
    ringing = telling.reader(desk.house.store)
    ringing.step()
    desk.give()
    desk.house.clock.move(hours=16)
    tick.tick(desk.house.store)
    while ringing.step():
        pass
    telling.tell_due(desk.house.store)


def told_bob(desk: Desk) -> dict[str, str]:
    with desk.house.store.reading() as session:
        return {one.means: one.state for one in tellings.told(session, [1])[1] if one.person == desk.bob}


def test_a_step_of_the_ladder_reaches_a_browser_in_a_hurry_and_names_nobody(desk: Desk) -> None:
    climb(desk)
    assert telling_direct.send_due(desk.house.context, desk.post) == 1
    assert telling_direct.send_due(desk.house.context, desk.post) == 0
    [call] = desk.service.calls
    said = desk.browser.read(call)
    assert said == {"body": "Somebody has waited 16 h.", "tag": call.headers["topic"], "path": "/inbox/all/1"}
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,32}", call.headers["topic"])  # RFC 8030, 5.4
    assert call.headers["urgency"] == "high"
    assert told_bob(desk)["push"] == "sent"


def test_where_no_browser_is_left_the_ladder_takes_the_next_means(desk: Desk) -> None:
    climb(desk)
    desk.service.answers.append((410, {}, b""))
    telling_direct.send_due(desk.house.context, desk.post)
    assert desk.browsers() == []
    assert told_bob(desk)["push"] == "failed"


def test_a_push_service_that_is_down_is_tried_again_and_a_death_in_between_loses_nothing(desk: Desk) -> None:
    climb(desk)
    desk.service.answers.append((503, {}, b""))
    telling_direct.send_due(desk.house.context, desk.post)
    assert told_bob(desk)["push"] == "queued"
    desk.house.clock.move(minutes=1)

    def dies(*told: Any, **more: Any) -> outward.Answer:
        desk.post(*told, **more)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        telling_direct.send_due(desk.house.context, dies)
    assert telling_direct.send_due(desk.house.context, desk.post) == 0  # whoever has it in hand has two minutes
    desk.house.clock.move(minutes=2)
    telling_out.look_after(desk.house.context)
    assert telling_direct.send_due(desk.house.context, desk.post) == 1
    assert told_bob(desk)["push"] == "sent"
    tags = {desk.browser.read(call)["tag"] for call in desk.service.calls}
    assert len(desk.service.calls) == 3
    assert tags == {call.headers["topic"] for call in desk.service.calls}
    assert len(tags) == 1, "a browser shows the second copy in the place of the first"
