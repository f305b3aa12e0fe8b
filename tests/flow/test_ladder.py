"""The ladder tells people: the right ones, by the right means, each once, and never a storm."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hook_server import HookServer
from house import House
from sqlmodel import select

from connectors import fake
from connectors.contract import Outbound
from connectors.errors import Permanent, Temporary
from inbox.flow import act, claims, notices, outages, reach, telling, telling_direct, telling_out, tick
from inbox.flow.errors import RefusedError
from inbox.flow.notice_words import sentence
from inbox.flow.pull import pull_all
from inbox.store import claims as claim_rows
from inbox.store import notices as notice_rows
from inbox.store import tellings
from inbox.store.tables import Account, Notice, Teammate, TellingSend

SUPPORT = "support@example.com"


class Desk:
    """A house with a mailbox made of lists, whose ladder is climbed when a test says so, by two processes in turns."""

    def __init__(self, house: House) -> None:
        fake.forget()
        self.house, self.clock = house, house.clock
        self.account = self.open(SUPPORT, "mail")
        self.alice = self.hire("Alice", "founder")
        self.bo = self.hire("Bo", on_duty=True)
        self.cy = self.hire("Cy")
        self.readers = [telling.reader(house.store), telling.reader(house.store)]
        self.turn()

    def open(self, address: str, pose: str) -> int:
        with self.house.store.unit_of_work() as work:
            row = Account(kind="fake", address=address, settings={"poses_as": pose}, created_at=work.now)
            work.session.add(row)
            work.session.flush()
            return row.id or 0

    def hire(self, name: str, role: str = "member", *, on_duty: bool = False) -> int:
        number = self.house.add_teammate(name, role)
        with self.house.store.unit_of_work() as work:
            row = work.session.get_one(Teammate, number)
            row.mail, row.preferences = f"{name.lower()}@home.example", {"on_duty": True} if on_duty else {}
        return number

    def prefer(self, who: int, **wanted: object) -> None:
        with self.house.store.unit_of_work() as work:
            notices.prefer(work, who, **wanted)

    def write(self, name: str = "Carol") -> int:
        """Somebody writes; returns the conversation."""
        address = f"{name.lower()}@customer.example"
        fake.box(SUPPORT).deliver("Help", sender=address, name=name, received_at=self.clock.now, subject=f"For {name}")
        self.pull(self.account)
        return max(row.id or 0 for row in self.house.conversations())

    def pull(self, account: int) -> None:
        with self.house.store.reading() as session:
            found = session.get_one(Account, account)
        pull_all(self.house.context, account, self.house.context.channels.open(found))  # type: ignore[arg-type]

    def turn(self) -> None:
        """Let both processes do all that is due now."""
        tick.tick(self.house.store)
        while any([reader.step() for reader in self.readers]):  # noqa: C419 - each has its turn
            pass
        for _ in range(4):
            telling.tell_due(self.house.store)
            telling_out.hand_over(self.house.context)
            telling_direct.send_due(self.house.context)
            self.house.deliver()
            telling_out.look_after(self.house.context)

    def after(self, **span: float) -> None:
        self.clock.move(**span)
        self.turn()

    def letters(self, who: str, box: str = SUPPORT) -> list[Outbound]:
        return [one for one in fake.box(box).sent if one.to[0].value == f"{who}@home.example"]

    def bell(self, who: int) -> list[str]:
        with self.house.store.reading() as session:
            rows: list[Notice] = notice_rows.newest(session, who, 50)
        return [str(sentence(one.kind, one.data)) for one in rows if one.kind in {"ladder", "outage", "unreached"}]

    def told(self, wait: int = 1) -> set[tuple[str, int, str, str]]:
        with self.house.store.reading() as session:
            found = tellings.told(session, [wait]).get(wait, [])
        return {(one.step, one.person, one.means, one.state) for one in found}

    def claim(self, conversation: int, who: int) -> Any:
        with self.house.store.unit_of_work() as work:
            return claims.claim(work, conversation, who)

    def answer(self, conversation: int, who: int) -> None:
        self.house.reply(conversation, who)
        self.house.deliver()

    def ladder(self, **changed: Any) -> None:
        """Let the promise of this house climb another ladder: the first step is changed."""
        from sqlalchemy import update

        from inbox.store.tables import PolicyVersion
        from rules.escalation import DEFAULT, dump

        first, *rest = DEFAULT.steps
        made = replace(DEFAULT, steps=(replace(first, **changed), *rest))
        with self.house.store.unit_of_work() as work:
            work.session.execute(update(PolicyVersion).values(ladder=json.dumps(dump(made))))


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house)


def test_a_wait_climbs_from_who_is_on_duty_to_the_founders(desk: Desk) -> None:
    carol = desk.write()
    desk.after(hours=15, minutes=59)
    assert desk.told() == set()
    desk.after(minutes=1)
    assert desk.bell(desk.bo) == ["Carol has waited 16 h. 8 h are left."]
    [letter] = desk.letters("bo")
    assert letter.subject == "Carol has waited 16 h. 8 h are left."
    assert f"/inbox/all/{carol}" in letter.markdown
    assert (desk.letters("cy"), desk.letters("alice")) == ([], [])
    desk.after(hours=6)
    assert [len(desk.letters(one)) for one in ("alice", "bo", "cy")] == [1, 2, 1]
    desk.after(hours=1, minutes=30)
    assert desk.letters("alice")[-1].subject == "Carol has waited 23 h 30. 30 min are left."
    desk.after(minutes=30)
    assert desk.letters("alice")[-1].subject == "Carol has waited 24 h. The promise was 24 h."
    assert desk.letters("bo")[-1].subject == "Carol has waited 24 h. The promise was 24 h."  # nobody holds it: duty
    desk.after(hours=24)
    assert desk.letters("alice")[-1].subject == "Carol has waited 48 h. The promise was 24 h."
    assert len(desk.letters("cy")) == 1


def test_everyone_is_told_of_a_step_once_whoever_dies_in_between(desk: Desk) -> None:
    desk.write()
    desk.clock.move(hours=16)
    tick.tick(desk.house.store)
    tick.tick(desk.house.store)
    # The first process takes the step and is killed before it commits: nothing of it is there.
    with pytest.raises(KeyboardInterrupt):
        _hear_and_die(desk)
    desk.turn()
    # Another begins from the start of the feed, as one whose place was not written down would.
    with desk.house.store.unit_of_work() as work:
        for change in _changes(work.session):
            if change.kind == "wait.step":
                telling.hear(work, change)
    desk.turn()
    assert len(desk.letters("bo")) == 1
    assert len(desk.bell(desk.bo)) == 1
    with desk.house.store.reading() as session:
        rows = session.exec(select(TellingSend)).all()
    assert len(rows) == len({(one.telling_id, one.person, one.means) for one in rows})


def _hear_and_die(desk: Desk) -> None:
    with desk.house.store.unit_of_work() as work:
        [change] = [one for one in _changes(work.session) if one.kind == "wait.step"]
        telling.hear(work, change)
        raise KeyboardInterrupt


def _changes(session: Any) -> Any:
    from inbox.store import changes

    return changes.after(session, 0, 500)


def test_nobody_on_duty_goes_to_the_next_step_at_once_and_is_said(desk: Desk) -> None:
    desk.prefer(desk.bo, on_duty=False)
    desk.write()
    desk.after(hours=16)
    said = "Nobody is on duty. Carol has waited 16 h. Time left: 8 h."
    assert [desk.bell(one) for one in (desk.alice, desk.bo, desk.cy)] == [[said]] * 3


def test_who_left_is_passed_over(desk: Desk) -> None:
    carol = desk.write()
    with desk.house.store.unit_of_work() as work:
        act.assign(work, carol, desk.cy, desk.alice)
        work.session.get_one(Teammate, desk.cy).disabled_at = work.now
    desk.after(hours=16)
    assert (desk.bell(desk.cy), len(desk.bell(desk.bo))) == ([], 1)


def test_ten_who_are_due_are_one_message(desk: Desk) -> None:
    for number in range(10):
        desk.write(f"Person{number}")
        desk.clock.move(seconds=1)
    desk.clock.move(hours=16)
    desk.turn()
    [letter] = desk.letters("bo")
    assert letter.subject == "10 people wait for an answer. Time left for the first: 8 h"
    assert letter.markdown.count("/inbox/all/") == 10
    assert len(desk.bell(desk.bo)) == 10


def test_what_comes_right_after_a_message_is_in_the_next_one(desk: Desk) -> None:
    for number in range(3):
        desk.write(f"Person{number}")
        desk.clock.move(minutes=2)
    desk.clock.move(hours=16, minutes=-6)
    desk.turn()
    for _ in range(9):
        desk.after(minutes=1)
    assert len(desk.letters("bo")) == 1
    desk.after(minutes=1)
    assert [one.markdown.count("/inbox/all/") for one in desk.letters("bo")] == [1, 2]


def test_a_breach_waits_a_minute_at_most(desk: Desk) -> None:
    first = desk.write("Carol")
    desk.clock.move(seconds=30)
    desk.write("Dana")
    for span in (16, 6, 1.5):
        desk.clock.now = desk.house.conversations()[0].created_at + timedelta(hours=span)
        desk.after(minutes=20)
    before = len(desk.letters("alice"))
    desk.clock.now = desk.house.waits()[0].due_at
    desk.turn()
    assert len(desk.letters("alice")) == before + 1
    assert str(first) in desk.letters("alice")[-1].markdown
    desk.after(seconds=30)
    assert len(desk.letters("alice")) == before + 1
    desk.after(seconds=30)
    assert "Dana has waited 24 h." in desk.letters("alice")[-1].markdown


def test_after_an_outage_there_is_one_digest_that_says_so(desk: Desk) -> None:
    for number in range(30):
        desk.write(f"Person{number}")
    desk.after(hours=23)
    assert len(desk.letters("bo")) == 1
    letter = desk.letters("bo")[0]
    assert letter.markdown.startswith("Some of this comes late, since nobody could be told in the meantime.")
    assert letter.markdown.count("/inbox/all/") == 20
    assert "And 10 more:" in letter.markdown


def test_what_was_answered_before_the_message_leaves_is_not_in_it(desk: Desk) -> None:
    carol, dana = desk.write("Carol"), desk.write("Dana")
    desk.clock.move(hours=16)
    tick.tick(desk.house.store)
    while desk.readers[0].step():
        pass
    telling.tell_due(desk.house.store)
    desk.answer(carol, desk.bo)
    desk.turn()
    [letter] = desk.letters("bo")
    assert letter.subject == "Dana has waited 16 h. 8 h are left."
    assert ("warning", desk.bo, "mail", "skipped") in desk.told(1)
    assert dana


def test_an_answer_stops_the_ladder_and_an_empty_message_is_not_sent(desk: Desk) -> None:
    carol = desk.write()
    desk.clock.move(hours=16)
    tick.tick(desk.house.store)
    desk.answer(carol, desk.bo)
    desk.turn()
    desk.after(hours=12)
    assert desk.letters("bo") == []
    assert desk.bell(desk.bo) == []


def test_strangers_words_make_no_links_in_our_mail(desk: Desk) -> None:
    fake.box(SUPPORT).deliver(
        "Hi", sender="m@evil.example", name="[x](http://evil)", received_at=desk.clock.now, subject="![](http://evil)"
    )
    desk.pull(desk.account)
    desk.after(hours=16)
    [letter] = desk.letters("bo")
    assert "](" not in letter.markdown
    assert not re.search(r"\(http://evil", letter.markdown)


# Claims --------------------------------------------------------------------------------------------------------------


def test_a_claim_puts_the_climbing_off_and_then_it_goes_on(desk: Desk) -> None:
    carol = desk.write()
    desk.after(hours=21, minutes=30)
    until = desk.claim(carol, desk.bo)
    assert until == desk.clock.now + timedelta(hours=2)
    assert desk.house.conversations()[0].assignee_id == desk.bo
    before = len(desk.letters("cy"))
    desk.after(minutes=30)  # two hours are left: the rota would be told
    assert len(desk.letters("cy")) == before
    desk.after(hours=1, minutes=30)  # the claim is over, and nobody answered
    assert desk.letters("cy")[-1].subject == "Carol has waited 23 h 30. 30 min are left."


def test_a_claim_does_not_put_off_the_breach(desk: Desk) -> None:
    carol = desk.write()
    desk.after(hours=23, minutes=40)
    desk.claim(carol, desk.bo)
    desk.after(minutes=20)
    assert desk.letters("alice")[-1].subject == "Carol has waited 24 h. The promise was 24 h."


def test_a_second_claim_takes_over_and_says_so(desk: Desk) -> None:
    carol = desk.write()
    desk.claim(carol, desk.bo)
    desk.claim(carol, desk.cy)
    with desk.house.store.reading() as session:
        held = claim_rows.of_conversations(session, [carol])[carol]
    assert (held.teammate_id, held.name) == (desk.cy, "Cy")
    said = [one.details for one in desk.house.messages(carol) if one.kind == "event"]
    assert {one["event"]: one.get("other") for one in said}["claim_taken"] == "Bo"
    assert desk.house.conversations()[0].assignee_id == desk.bo  # a claim takes nothing from anybody


def test_a_released_claim_lets_the_ladder_climb_at_once(desk: Desk) -> None:
    carol = desk.write()
    desk.after(hours=21, minutes=30)
    desk.claim(carol, desk.bo)
    desk.after(minutes=30)
    before = len(desk.letters("cy"))
    with desk.house.store.unit_of_work() as work:
        claims.release(work, carol, desk.bo)
    desk.turn()
    assert len(desk.letters("cy")) == before + 1


def test_an_answer_ends_a_claim_and_where_nobody_waits_there_is_nothing_to_claim(desk: Desk) -> None:
    carol = desk.write()
    desk.claim(carol, desk.bo)
    desk.answer(carol, desk.bo)
    with desk.house.store.reading() as session:
        assert claim_rows.of_conversations(session, [carol]) == {}
    with pytest.raises(RefusedError):
        desk.claim(carol, desk.cy)


def test_where_nobody_claims_in_time_the_next_are_told_once(desk: Desk) -> None:
    desk.ladder(claim_within=timedelta(minutes=30), then=("founders",))
    first, _second = desk.write("Carol"), desk.write("Dana")
    desk.after(hours=16)
    desk.claim(first, desk.bo)
    desk.after(minutes=29)
    assert desk.letters("alice") == []
    desk.after(minutes=1)
    desk.after(minutes=30)
    assert [one.subject for one in desk.letters("alice")] == ["Dana has waited 16 h 30. 7 h 30 are left."]


@pytest.mark.parametrize("change", ["x", "swap", "late"])
def test_a_link_is_for_one_wait_one_person_and_a_while(desk: Desk, change: str) -> None:
    desk.write()
    vault = desk.house.context.vault
    token = claims.token(vault, 1, desk.bo, desk.clock.now)
    assert claims.linked(vault, token, desk.clock.now).teammate_id == desk.bo
    if change == "late":
        desk.clock.move(days=4)
    wait, who, ends, signature = token.split("-")
    wrong = {"x": f"{token}x", "swap": f"{wait}-{desk.cy}-{ends}-{signature}", "late": token}[change]
    assert wait
    assert who
    with pytest.raises(Exception, match="link"):
        claims.linked(vault, wrong, desk.clock.now)


# Means ---------------------------------------------------------------------------------------------------------------


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


# Accounts that do not work -------------------------------------------------------------------------------------------


def broken(desk: Desk, *, minutes: float, error: str = "The password was refused.") -> int:
    from inbox.store import accounts

    with desk.house.store.unit_of_work() as work:
        if error:
            accounts.mark_error(work, desk.account, error)
        else:
            accounts.move_cursor(work, desk.account, None, work.now)
    desk.clock.move(minutes=minutes)
    changed = outages.sweep(desk.house.context)
    desk.turn()
    return changed


def test_an_account_that_is_silent_climbs_from_duty_to_everybody_to_the_founders(desk: Desk) -> None:
    assert broken(desk, minutes=19) == 0
    desk.clock.move(minutes=1)
    outages.sweep(desk.house.context)
    outages.sweep(desk.house.context)
    desk.turn()
    said = "support@example.com has received nothing for 20 min. The password was refused."
    assert desk.bell(desk.bo) == [f"{said} Nobody's message is lost; it waits on the server."]
    assert (desk.bell(desk.cy), desk.bell(desk.alice)) == ([], [])
    for hours in (1, 1, 22, 24):
        desk.clock.move(hours=hours)
        outages.sweep(desk.house.context)
    desk.turn()
    assert [len(desk.bell(one)) for one in (desk.alice, desk.bo, desk.cy)] == [4, 2, 1]


def test_who_was_told_that_an_account_is_silent_hears_when_it_is_well(desk: Desk) -> None:
    broken(desk, minutes=20)
    desk.clock.move(minutes=5)
    with desk.house.store.unit_of_work() as work:
        from inbox.store import accounts

        accounts.move_cursor(work, desk.account, None, work.now)
    assert outages.sweep(desk.house.context) == 1
    desk.turn()
    assert desk.bell(desk.bo)[0] == "support@example.com works again. It had received nothing for 25 min."
    assert desk.bell(desk.cy) == []
    desk.clock.move(minutes=15)
    assert outages.sweep(desk.house.context) == 0


def test_an_account_nobody_looked_at_is_silent_too_and_a_paused_one_is_not(desk: Desk) -> None:
    assert broken(desk, minutes=21, error="") == 2
    with desk.house.store.unit_of_work() as work:
        work.session.get_one(Account, desk.account).enabled = False
    assert outages.sweep(desk.house.context) == 1
    assert outages.sweep(desk.house.context) == 0


def test_an_account_that_is_only_written_to_is_never_silent(house: House) -> None:
    house.add_account()
    house.add_teammate("Alice", "founder")
    house.clock.move(days=1)
    assert outages.sweep(house.context) == 0


def test_a_lost_authorisation_is_told_at_once(desk: Desk) -> None:
    hearing = outages.reader(desk.house.store)
    while hearing.step():
        pass
    with desk.house.store.unit_of_work() as work:
        from inbox.store import accounts

        accounts.mark_error(work, desk.account, "The password was refused.")
        work.announce("account.trouble", account_id=desk.account, error="The password was refused.", refused=True)
    while hearing.step():
        pass
    assert outages.sweep(desk.house.context) == 1
    assert len(desk.bell(desk.bo)) == 1


def test_a_process_that_just_began_expects_nothing_yet(desk: Desk) -> None:
    desk.clock.move(hours=9)
    watched: dict[int, Any] = {}
    assert outages.sweep(desk.house.context, watched) == 0
    desk.clock.move(minutes=19)
    assert outages.sweep(desk.house.context, watched) == 0
    desk.clock.move(minutes=1)
    assert outages.sweep(desk.house.context, watched) == 2
