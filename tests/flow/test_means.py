"""By which means the ladder reaches whom, and what happens where one fails."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa
from climbing import SUPPORT, Desk
from hook_server import HookServer
from house import House

from connectors import fake
from connectors.contract import Outbound
from connectors.errors import Permanent, Temporary
from inbox.flow import claims, outward, reach, telling, telling_direct, telling_out, tick
from inbox.flow.errors import RefusedError
from inbox.flow.telling_words import for_a_room
from inbox.store import claims as claim_rows
from inbox.store.tables import Teammate


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house)


def test_early_steps_let_people_off_duty_sleep_and_late_ones_do_not(desk: Desk) -> None:
    quiet = {"from": "00:00", "to": "23:59"}
    for who in (desk.alice, desk.bo, desk.cy):
        desk.prefer(who, quiet=quiet)
    desk.write()
    desk.after(hours=16)
    assert len(desk.letters("bo")) == 1  # on duty
    desk.after(hours=6)
    assert (len(desk.letters("bo")), len(desk.letters("cy"))) == (2, 0)
    desk.after(hours=1, minutes=30)
    assert len(desk.letters("alice")) == 1


def test_a_phone_call_reads_the_subject_and_takes_press_one_to_claim(desk: Desk) -> None:
    desk.ladder(means=("app", "call"))
    phone = desk.open("+33100000000", "voice")
    desk.prefer(desk.bo, phone="+33612345678")
    carol = desk.write()
    desk.after(hours=16)
    box = fake.box("+33100000000")
    [call] = box.sent
    assert (call.to[0].kind, call.to[0].value) == ("phone", "+33612345678")
    assert call.spoken == "Carol has waited 16 h. 8 h are left. Subject: For Carol. Press 1 to take it on."
    box.press("1", received_at=desk.clock.move(seconds=20))
    desk.pull(phone)
    with desk.house.store.reading() as session:
        held = claim_rows.of_conversations(session, [carol])[carol]
    assert held.teammate_id == desk.bo
    assert len(desk.house.conversations()) == 1
    assert desk.house.ledger().ignored == 1


def test_a_message_to_a_phone_is_short_and_carries_links_that_claim(desk: Desk) -> None:
    desk.ladder(means=("app", "sms"))
    desk.open("+33100000000", "sms")
    desk.prefer(desk.bo, phone="+33612345678")
    for number in range(5):
        desk.write(f"Person{number}")
    desk.after(hours=16)
    [message] = fake.box("+33100000000").sent
    lines = message.markdown.split("\n")
    assert [line.split(" http")[0] for line in lines[:3]] == [
        f"Person{number} has waited 16 h. 8 h are left." for number in range(3)
    ]
    assert lines[3].startswith("And 2 more: ")
    with desk.house.store.unit_of_work() as work:
        claims.claim_linked(work, desk.house.context.vault, lines[0].rpartition("/")[2])
    assert desk.house.conversations()[0].assignee_id == desk.bo


def test_a_strangers_name_is_no_link_in_a_message_to_a_phone(desk: Desk) -> None:
    desk.ladder(means=("app", "telegram"))
    desk.open("@under24", "telegram")
    desk.prefer(desk.bo, telegram="@bo_example")
    box, name = fake.box(SUPPORT), "[Sign in](https://evil.example)"
    box.deliver("Help", sender="m@evil.example", name=name, received_at=desk.clock.now, subject="Hello")
    desk.pull(desk.account)
    desk.after(hours=16)
    [message] = fake.box("@under24").sent
    assert message.markdown.startswith("Sign inhttps://evil.example has waited 16 h. 8 h are left. http://")


def test_trouble_with_one_message_holds_nobody_else_up(desk: Desk) -> None:
    desk.write()
    desk.clock.move(hours=22)
    tick.tick(desk.house.store)
    with desk.house.store.unit_of_work() as work:
        work.session.get_one(Teammate, desk.bo).language = "xx"

    def breaks(language: str, sentence: str) -> str:
        if language == "xx":
            raise LookupError(language)
        return sentence

    object.__setattr__(desk.house.context, "voice", breaks)
    desk.turn()
    assert [len(desk.letters(who)) for who in ("alice", "bo", "cy")] == [1, 0, 1]
    object.__setattr__(desk.house.context, "voice", lambda _language, sentence: sentence)
    desk.after(minutes=5)
    assert len(desk.letters("bo")) == 1


def test_a_means_without_account_or_address_is_skipped_and_the_next_is_used(desk: Desk) -> None:
    desk.ladder(means=("app", "telegram"))
    desk.write()
    desk.after(hours=16)
    assert desk.told() == {
        ("warning", desk.bo, "app", "sent"),
        ("warning", desk.bo, "telegram", "skipped"),
        ("warning", desk.bo, "mail", "sent"),
    }


def test_what_fails_for_good_is_followed_by_the_next_means(desk: Desk) -> None:
    desk.ladder(means=("app", "telegram", "mail"))
    desk.open("@under24", "telegram")
    desk.prefer(desk.bo, telegram="@bo_example")
    fake.box("@under24").fail_next(Permanent("They blocked the bot."))
    desk.ladder(means=("app", "telegram"))
    desk.write()
    desk.after(hours=16)
    desk.turn()
    assert desk.told() == {
        ("warning", desk.bo, "app", "sent"),
        ("warning", desk.bo, "telegram", "failed"),
        ("warning", desk.bo, "mail", "sent"),
    }
    assert len(desk.letters("bo")) == 1


def test_where_nothing_reaches_somebody_the_founders_hear_of_it(desk: Desk) -> None:
    fake.box(SUPPORT).fail_next(Permanent("No such address."))
    desk.write()
    desk.after(hours=16)
    assert desk.bell(desk.alice) == ["Bo could not be told by any means that Carol waits."]


def test_a_server_that_is_down_for_long_gets_a_fresh_message_later(desk: Desk) -> None:
    fake.box(SUPPORT).fail_next(Temporary("Down."), Temporary("Still down."))
    desk.write()
    desk.after(hours=16)
    assert desk.letters("bo") == []
    desk.after(minutes=11)
    desk.after(minutes=30)
    assert [one.subject for one in desk.letters("bo")] == ["Carol has waited 16 h 11. 7 h 49 are left."]


def test_a_message_about_very_many_is_taken_back_and_written_anew_as_a_whole(desk: Desk) -> None:
    many = telling_out.BATCH + 5
    address = fake.box(SUPPORT)
    for number in range(many):
        address.deliver("Help", sender=f"p{number}@customer.example", name=f"P{number}", received_at=desk.clock.now)
    desk.pull(desk.account)
    address.fail_next(Temporary("Down."), Temporary("Still down."))
    desk.clock.move(hours=16)
    tick.tick(desk.house.store)
    while desk.readers[0].step() or telling.tell_due(desk.house.store):
        pass
    desk.turn()
    desk.after(minutes=11)
    desk.after(minutes=30)
    [letter] = desk.letters("bo")
    assert letter.subject.startswith(f"{many} people wait for an answer.")


@pytest.mark.parametrize(("means", "pose"), [("sms", "sms"), ("call", "voice")])
def test_what_may_have_rung_a_phone_is_not_repeated_and_the_next_means_is_used(
    desk: Desk, means: str, pose: str
) -> None:
    desk.ladder(means=("app", means))
    desk.open("+33100000000", pose)
    desk.prefer(desk.bo, phone="+33612345678")
    fake.box("+33100000000").fail_next(Temporary("The line broke.", ambiguous=True))
    desk.write()
    desk.after(hours=16)
    desk.after(hours=1)
    assert len(fake.box("+33100000000").sent) == 1
    assert {(how, state) for _, who, how, state in desk.told() if who == desk.bo} == {
        ("app", "sent"),
        (means, "failed"),
        ("mail", "sent"),
    }


def test_a_process_that_dies_while_it_rings_a_phone_rings_it_once(desk: Desk) -> None:
    desk.ladder(means=("app", "call"))
    desk.open("+33100000000", "voice")
    desk.prefer(desk.bo, phone="+33612345678")
    desk.write()
    desk.clock.move(hours=16)
    box, taken = fake.box("+33100000000"), fake.box("+33100000000").take

    def dies(message: Outbound, at: datetime) -> str:
        taken(message, at)
        raise KeyboardInterrupt

    box.take = dies  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        desk.turn()
    box.take = taken  # type: ignore[method-assign]
    desk.after(minutes=1)
    desk.after(minutes=5)
    assert len(box.sent) == 1
    assert len(desk.letters("bo")) == 1
    assert ("warning", desk.bo, "call", "failed") in desk.told()


def test_a_mail_that_may_have_arrived_is_the_same_mail_again_and_never_another(desk: Desk) -> None:
    broken = [Temporary("The connection broke.", ambiguous=True) for _ in range(9)]
    fake.box(SUPPORT).fail_next(*broken)
    desk.write()
    desk.after(hours=16)
    for _ in range(12):
        desk.after(minutes=1)
    assert len(desk.letters("bo")) > 1
    assert len({(one.message_id, one.key) for one in desk.letters("bo")}) == 1
    assert ("warning", desk.bo, "mail", "failed") in desk.told()
    assert desk.bell(desk.alice) == ["Bo could not be told by any means that Carol waits."]


@pytest.fixture
def room(desk: Desk) -> Iterator[HookServer]:
    with HookServer() as server:
        settings = desk.house.context.settings.model_copy(update={"webhooks_loopback": True})
        object.__setattr__(desk.house.context, "settings", settings)
        with desk.house.store.unit_of_work() as work:
            reach.set_hook(work, desk.house.context.vault, server.url, desk.alice, loopback=True)
        yield server


def test_the_teams_webhook_is_told_once_with_everything_that_is_due(desk: Desk, room: HookServer) -> None:
    desk.ladder(means=("app", "webhook"))
    desk.write("Carol")
    desk.write("<!channel>")
    room.answers.append((503, {}, b"later"))
    desk.after(hours=16)
    desk.after(minutes=2)
    assert len(room.calls) == 2
    text = json.loads(room.calls[1].body)["text"]
    assert text.count("\n") == 1
    assert "&lt;!channel&gt; has waited" in text
    assert ("warning", 0, "webhook", "sent") in desk.told()


def test_what_the_webhook_may_have_had_comes_again_under_the_same_id_and_news_under_another(
    desk: Desk, room: HookServer
) -> None:
    desk.ladder(means=("app", "webhook"))
    desk.write("Carol")
    desk.clock.move(minutes=3)
    desk.write("Dana")
    desk.clock.move(hours=15, minutes=57)
    tick.tick(desk.house.store)
    while desk.readers[0].step() or telling.tell_due(desk.house.store):
        pass

    def dies(*told: Any, **more: Any) -> outward.Answer:
        outward.post(*told, **more)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        telling_direct.send_due(desk.house.context, dies)
    room.answers.append((503, {}, b"later"))
    desk.after(minutes=2)
    desk.after(minutes=1)  # Dana's step falls due, and Carol's is tried again
    desk.after(minutes=1)
    ids = [call.headers["webhook-id"] for call in room.calls]
    told = [json.loads(call.body) for call in room.calls]
    assert [one["id"] for one in told] == ids
    assert (len(ids), len(set(ids))) == (4, 2)
    names = {one["id"]: set(re.findall("Carol|Dana", one["text"])) for one in told}
    assert list(names.values()) == [{"Carol"}, {"Dana"}]
    assert ids == [ids[0], ids[0], ids[0], ids[3]]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("<!channel> has waited.", "&lt;!channel&gt; has waited."),
        ("<https://evil.example|Sign in> & go", "&lt;https:\u200b//evil.exampleSign in&gt; &amp; go"),
        ("[Sign in](https://evil.example)", "Sign in(https:\u200b//evil.example)"),
        ("@here and carol@customer.example", "@\u200bhere and carol@\u200bcustomer.example"),
        ("*b* _i_ ~s~ `c` ||x|| # h", "b i s c x  h"),
        ("jean_paul_2 and __init__", "jean_paul_2 and init"),
        ("one\r\ntwo\u2028three\u202efour\x00", "one two three four "),
    ],
)
def test_strangers_words_are_harmless_where_a_team_chats(written: str, shown: str) -> None:
    assert for_a_room(written) == shown


def test_what_a_webhook_that_is_gone_does_not_take_reaches_those_it_was_meant_for(desk: Desk, room: HookServer) -> None:
    desk.ladder(means=("app", "webhook"))
    desk.write()
    room.answers.append((404, {}, b"gone"))
    desk.after(hours=16)
    assert desk.told() == {
        ("warning", desk.bo, "app", "sent"),
        ("warning", 0, "webhook", "failed"),
        ("warning", desk.bo, "mail", "sent"),
    }
    assert desk.bell(desk.alice) == ["The team's webhook could not be told by any means that Carol waits."]


def test_a_webhook_that_is_gone_costs_little_however_many_wait(desk: Desk, room: HookServer) -> None:
    desk.ladder(means=("app", "webhook"))
    asked: list[str] = []
    sa.event.listen(desk.house.store.writer, "before_cursor_execute", lambda *told: asked.append(told[2]))
    costs = []
    for many in (1, 40):
        for number in range(many):
            desk.write(f"Person{many}{number}")
        room.answers.append((404, {}, b"gone"))
        desk.clock.move(hours=16)
        tick.tick(desk.house.store)
        while desk.readers[0].step() or telling.tell_due(desk.house.store):
            pass
        asked.clear()
        telling_direct.send_due(desk.house.context)
        costs.append(len(asked))
        desk.after(hours=1)
    assert costs[1] < costs[0] + 40


def test_a_webhook_leads_to_the_public_internet_only(desk: Desk) -> None:
    for url in ("http://example.com/x", "https://user:pass@example.com/"):
        with pytest.raises(RefusedError), desk.house.store.unit_of_work() as work:
            reach.set_hook(work, desk.house.context.vault, url, desk.alice)


@pytest.mark.parametrize(
    ("given", "kept"), [("+33 6 12 34 56 78", "+33612345678"), ("", ""), ("0612345678", None), ("+0", None)]
)
def test_a_phone_number_names_its_country(given: str, kept: str | None) -> None:
    if kept is None:
        with pytest.raises(RefusedError):
            reach.phone(given)
    else:
        assert reach.phone(given) == kept


def test_founders_hear_once_a_day_that_somebody_cannot_be_told(desk: Desk) -> None:
    for number in range(3):
        desk.write(f"Person{number}")
    fake.box(SUPPORT).fail_next(Permanent("No such address."))
    desk.after(hours=16)
    assert len(desk.bell(desk.alice)) == 1
