"""Rules without code: they act once, explain themselves, end no wait in silence, and never run in circles."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from house import House, mail
from smtp_sink import SmtpSink
from sqlmodel import select

from connectors.contract import Arrival
from inbox.flow import act, following, importing, notices, policies, rule_runs, rules
from inbox.flow.errors import RefusedError
from inbox.flow.reply import add_note
from inbox.flow.rules import Draft
from inbox.flow.verify import verify
from inbox.store import conversations, teammates
from inbox.store import notices as notice_rows
from inbox.store.tables import Conversation, Message, RuleAct
from rules.automation import Wish
from rules.sla import Condition


class Desk:
    """A house with rules, and two processes that let them act."""

    def __init__(self, house: House, account: int) -> None:
        self.house, self.account = house, account
        self.alice, self.bob = house.add_teammate("Alice", "founder"), house.add_teammate("Bob")
        self.readers = [rule_runs.reader(house.store), rule_runs.reader(house.store)]
        self.run()

    def run(self) -> None:
        while sum(reader.step() for reader in self.readers):
            pass

    def sweep(self) -> int:
        return rule_runs.sweep(self.house.store)

    def rule(self, name: str, trigger: str = "arrived", **more: object) -> int:
        stop, hours, query = bool(more.pop("stop", False)), more.pop("hours", 0), more.pop("query", "")
        with self.house.store.unit_of_work() as work:
            draft = Draft(name, trigger, hours, query, Wish(**more), stop=stop)  # type: ignore[arg-type]
            return rules.save(work, self.alice, draft)

    def hear(self, text: str = "Hello", **more: Any) -> int:
        self.house.receive(self.account, mail(text=text, **more))
        newest = max(row.id or 0 for row in self.house.conversations())
        self.run()
        return newest

    def conversation(self, number: int) -> Conversation:
        return next(row for row in self.house.conversations() if row.id == number)

    def tags(self, number: int) -> list[str]:
        with self.house.store.reading() as session:
            return conversations.tags_of(session, number)

    def events(self, number: int) -> list[tuple[str, str]]:
        found = [one.details for one in self.house.messages(number) if one.kind == "event"]
        return [(one["event"], one.get("rule", "")) for one in found]

    def notes(self, number: int) -> list[Message]:
        return [one for one in self.house.messages(number) if one.kind == "note"]

    def acts(self) -> list[RuleAct]:
        with self.house.store.reading() as session:
            return list(session.exec(select(RuleAct)).all())


@pytest.fixture
def desk(house: House, smtp_sink: SmtpSink) -> Iterator[Desk]:
    settings = {"smtp_host": "127.0.0.1", "smtp_port": str(smtp_sink.port), "smtp_security": "none"}
    made = Desk(house, house.add_account(**settings))
    yield made
    assert verify(house.store, quick=True) == []


def test_a_rule_acts_on_what_its_conditions_find_and_says_so(desk: Desk) -> None:
    desk.rule("Billing to Bob", query="invoice", assign=str(desk.bob), tag=("billing",))
    other, billing = desk.hear("Hello"), desk.hear("My invoice", sender="Dan <dan@customer.example>")
    assert (desk.conversation(other).assignee_id, desk.tags(other)) == (None, [])
    assert (desk.conversation(billing).assignee_id, desk.tags(billing)) == (desk.bob, ["billing"])
    assert desk.events(billing) == [("tagged", "Billing to Bob"), ("assigned", "Billing to Bob")]


def test_each_thing_is_acted_on_once_however_many_processes_look(desk: Desk) -> None:
    desk.rule("Greet", note="Say hello")
    carol = desk.hear()
    desk.run()
    fresh = rule_runs.reader(desk.house.store)
    while fresh.step():
        pass
    assert [note.text for note in desk.notes(carol)] == ["Say hello"]
    assert [note.details for note in desk.notes(carol)] == [{"rule": "Greet"}]


def test_a_death_before_the_commit_does_nothing_and_the_next_try_all_of_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.rule("Greet", note="Say hello", tag=("new",))
    desk.house.receive(desk.account, mail())

    class PowerCutError(BaseException):
        pass

    def cut(*_: object) -> None:
        raise PowerCutError

    with monkeypatch.context() as patch:
        patch.setattr("inbox.store.rules.record", cut)
        with pytest.raises(PowerCutError):
            desk.run()
    assert (desk.notes(1), desk.tags(1), desk.acts()) == ([], [], [])
    desk.run()
    assert (len(desk.notes(1)), desk.tags(1), len(desk.acts())) == (1, ["new"], 1)


def test_what_breaks_on_one_thing_does_not_stop_the_rest(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.rule("Greet", note="Say hello", tag=("new",))
    real = rule_runs.outgoing.index  # type: ignore[attr-defined]

    def breaks_once(work: object, message: Message, files: list[str]) -> None:
        if message.conversation_id == 1:
            raise ZeroDivisionError
        real(work, message, files)

    monkeypatch.setattr("inbox.flow.outgoing.index", breaks_once)
    first = desk.hear()
    second = desk.hear(sender="Dan <dan@customer.example>")
    assert (desk.tags(first), desk.notes(first)) == ([], [])
    assert (desk.tags(second), len(desk.notes(second))) == (["new"], 1)


def test_nobodys_wait_is_ended_by_a_rule_that_closes(desk: Desk) -> None:
    desk.rule("Tidy", end="close", tag=("seen",))
    carol = desk.hear()
    assert (desk.conversation(carol).status, len(desk.house.open_waits())) == ("open", 1)
    assert desk.tags(carol) == ["seen"]


def test_what_was_answered_is_closed_by_a_rule(desk: Desk) -> None:
    desk.rule("Tidy", "replied", end="close")
    carol = desk.hear()
    desk.house.reply(carol, desk.bob)
    desk.house.deliver()
    desk.run()
    assert desk.conversation(carol).status == "closed"
    assert desk.events(carol)[-1] == ("closed", "Tidy")


def test_spam_by_a_rule_can_be_taken_back_with_its_wait(desk: Desk) -> None:
    desk.rule("Casino", query="casino", end="spam")
    spam = desk.hear("Best casino")
    [wait] = desk.house.waits()
    assert (desk.conversation(spam).status, wait.cause) == ("spam", "spam")
    with desk.house.store.unit_of_work() as work:
        act.not_spam(work, spam, desk.bob)
    desk.run()
    assert [one.id for one in desk.house.open_waits()] == [wait.id]


def test_whom_we_have_answered_no_rule_puts_into_spam(desk: Desk) -> None:
    carol = desk.hear(message_id="first@customer.example")
    desk.house.reply(carol, desk.bob)
    desk.house.deliver()
    desk.rule("Casino", query="casino", end="spam")
    desk.hear("The casino again", reply_to_id="first@customer.example")
    assert (desk.conversation(carol).status, len(desk.house.open_waits())) == ("open", 1)


def test_two_rules_that_undo_each_other_come_to_rest(desk: Desk) -> None:
    desk.rule("Start", query="go", tag=("ping",))
    desk.rule("There", "tagged", query="tag:ping", untag=("ping",), tag=("pong",))
    desk.rule("Back", "tagged", query="tag:pong", untag=("pong",), tag=("ping",))
    carol = desk.hear("go")
    assert len(desk.events(carol)) <= 8
    assert len(desk.acts()) == 3  # the start, and once each way


def test_a_rule_does_not_wake_itself(desk: Desk) -> None:
    desk.rule("More notes", "noted", note="And another")
    carol = desk.hear()
    with desk.house.store.unit_of_work() as work:
        add_note(work, carol, desk.bob, "One")
    desk.run()
    assert [one.text for one in desk.notes(carol)] == ["One", "And another"]


def test_rules_act_in_order_until_one_says_stop(desk: Desk) -> None:
    first, second = desk.rule("First", tag=("first",)), desk.rule("Second", tag=("second",), stop=True)
    desk.rule("Third", tag=("third",))
    assert desk.tags(desk.hear("One")) == ["first", "second"]
    with desk.house.store.unit_of_work() as work:
        rules.move(work, desk.alice, second, up=True)
    assert desk.tags(desk.hear("Two", sender="Dan <dan@customer.example>")) == ["second"]
    with desk.house.store.unit_of_work() as work:
        rules.set_enabled(work, desk.alice, second, on=False)
        rules.delete(work, desk.alice, first)
    assert desk.tags(desk.hear("Three", sender="Eve <eve@customer.example>")) == ["third"]


def test_a_later_rule_sees_what_an_earlier_one_did(desk: Desk) -> None:
    desk.rule("Mark", query="invoice", tag=("billing",))
    desk.rule("Give", query="tag:billing", assign=str(desk.bob))
    assert desk.conversation(desk.hear("My invoice")).assignee_id == desk.bob


def test_only_the_first_message_opens_a_conversation(desk: Desk) -> None:
    desk.rule("New", "opened", note="New one")
    carol = desk.hear(message_id="first@customer.example")
    desk.hear("More", reply_to_id="first@customer.example")
    assert len(desk.notes(carol)) == 1


def test_what_happened_before_a_rule_was_written_it_leaves_alone(desk: Desk) -> None:
    desk.house.receive(desk.account, mail())
    desk.house.clock.move(minutes=1)
    desk.rule("Late", tag=("late",))
    desk.run()
    assert desk.tags(1) == []


def test_the_one_on_duty_with_the_fewest_conversations_gets_it(desk: Desk) -> None:
    with desk.house.store.unit_of_work() as work:
        notices.prefer(work, desk.bob, on_duty=True)
    desk.rule("Duty", assign="duty")
    assert desk.conversation(desk.hear()).assignee_id == desk.bob


def test_a_refused_act_is_left_out_and_the_rest_is_done(desk: Desk) -> None:
    desk.rule("Gone", assign=str(desk.bob), tag=("kept",))
    with desk.house.store.unit_of_work() as work:
        gone = teammates.get(work.session, desk.bob)
        assert gone is not None
        gone.disabled_at = work.now
    carol = desk.hear()
    assert (desk.conversation(carol).assignee_id, desk.tags(carol)) == (None, ["kept"])
    assert [one.did for one in desk.acts()] == [["tag"]]


def test_those_who_are_to_be_told_are_told(desk: Desk) -> None:
    desk.rule("Look", query="urgent", notify=(str(desk.bob),))
    desk.hear("urgent")
    with desk.house.store.reading() as session:
        [told] = notice_rows.newest(session, desk.bob, 5)
    assert (told.kind, told.data["rule"]) == ("rule", "Look")


def test_whoever_waits_long_enough_is_looked_at_once(desk: Desk) -> None:
    desk.rule("Four hours", "waiting", hours=4, tag=("slow",))
    carol = desk.hear()
    desk.house.clock.move(hours=3, minutes=59)
    assert (desk.sweep(), desk.tags(carol)) == (0, [])
    desk.house.clock.move(minutes=1)
    assert (desk.sweep(), desk.sweep()) == (1, 0)
    assert desk.tags(carol) == ["slow"]


def test_whose_answer_is_due_soon_is_looked_at(desk: Desk) -> None:
    desk.rule("Hurry", "due", hours=2, query="is:unassigned", assign=str(desk.bob))
    carol = desk.hear()
    desk.house.clock.move(hours=21)
    assert desk.sweep() == 0
    desk.house.clock.move(hours=1)
    assert desk.sweep() == 1
    assert desk.conversation(carol).assignee_id == desk.bob


def test_a_time_rule_whose_conditions_do_not_hold_does_not_look_again(desk: Desk) -> None:
    desk.rule("VIPs", "waiting", hours=4, query="tag:vip", note="Hurry")
    carol = desk.hear()
    desk.house.clock.move(hours=5)
    assert (desk.sweep(), desk.sweep()) == (1, 0)
    assert desk.notes(carol) == []


def test_whoever_does_not_answer_us_for_days_is_looked_at_once(desk: Desk) -> None:
    desk.rule("Silent", "silent", hours=72, end="close", note="No answer for three days")
    carol = desk.hear()
    desk.house.reply(carol, desk.bob)
    desk.house.deliver()
    desk.house.clock.move(days=2, hours=23)
    assert desk.sweep() == 0
    desk.house.clock.move(hours=2)
    assert (desk.sweep(), desk.sweep()) == (1, 0)
    assert desk.conversation(carol).status == "closed"


def test_a_preview_shows_what_would_have_been_found_last_week(desk: Desk) -> None:
    desk.hear("invoice", sender="Old <old@customer.example>")
    desk.house.clock.move(days=8)
    found = [desk.hear(f"invoice {n}", sender=f"Dan <dan{n}@customer.example>") for n in range(3)]
    desk.hear("hello", sender="Eve <eve@customer.example>")
    desk.house.clock.move(hours=5)

    def preview(trigger: str, query: str, hours: int = 0) -> tuple[list[int], int]:
        with desk.house.store.reading() as session:
            told = rules.preview(session, Draft("x", trigger, hours, query), desk.house.clock())
        return [one.id for one in told.shown], told.count

    assert preview("arrived", "invoice") == (found[::-1], 3)
    assert preview("opened", "invoice") == (found[::-1], 3)
    assert preview("waiting", "invoice", 4) == (found[::-1], 3)
    assert preview("waiting", "", 6) == ([], 0)
    assert preview("due", "invoice", 2) == ([], 0)
    assert preview("tagged", "") == ([], 0)
    assert preview("silent", "", 1) == ([], 0)
    assert desk.acts() == []


@pytest.mark.parametrize(
    ("draft", "why"),
    [
        (Draft("", "arrived", wish=Wish(end="close")), "name"),
        (Draft("x", "sometimes", wish=Wish(end="close")), "when"),
        (Draft("x", "arrived"), "shall do"),
        (Draft("x", "arrived", wish=Wish(end="spam")), "needs conditions"),
        (Draft("x", "arrived", query="before:nonsense", wish=Wish(end="close")), "date"),
        (Draft("x", "arrived", query="is:mine", wish=Wish(end="close")), "Nobody asks this"),
        (Draft("x", "arrived", wish=Wish(assign="99")), "cannot take"),
        (Draft("x", "arrived", wish=Wish(notify=("99",))), "does not work here"),
        (Draft("x", "arrived", wish=Wish(tag=("<b>",))), "A tag is"),
        (Draft("x", "waiting", hours=30, wish=Wish(end="close")), "fewer hours"),
        (Draft("x", "silent", wish=Wish(end="close")), "between 1 hour"),
    ],
)
def test_a_rule_that_cannot_work_is_refused(desk: Desk, draft: Draft, why: str) -> None:
    with desk.house.store.unit_of_work() as work, pytest.raises(RefusedError, match=why):
        rules.save(work, desk.alice, draft)


def test_a_rule_waits_at_most_as_long_as_the_slowest_policy_promises(desk: Desk) -> None:
    slow = policies.Draft("Partners", Condition(channels=frozenset({"x"})), 3 * 24 * 60)
    with pytest.raises(RefusedError, match="within 24 hours"):
        desk.rule("Late", "waiting", hours=30, note="Look")
    with desk.house.store.unit_of_work() as work:
        policies.save(work, desk.alice, slow)
    desk.rule("Late", "waiting", hours=30, note="Look")
    with pytest.raises(RefusedError, match="within 72 hours"):
        desk.rule("Too late", "waiting", hours=72, note="Look")


def test_mail_that_is_imported_as_history_wakes_no_rule_and_tells_nobody(desk: Desk) -> None:
    carol = desk.hear(message_id="first@customer.example")
    with desk.house.store.unit_of_work() as work:
        act.assign(work, carol, desk.bob, desk.alice)
    desk.rule("Everything", tag=("seen",), notify=(str(desk.bob),))
    told = notices.reader(desk.house.store)
    while told.step():
        pass
    desk.house.clock.move(days=3)
    before = desk.house.clock.now
    old = [mail(text="Old", sender="Dan <dan@customer.example>"), mail(reply_to_id="first@customer.example")]
    came = [Arrival(f"file;{number}", raw, before - timedelta(days=1)) for number, raw in enumerate(old)]
    importing.take_in(desk.house.context, desk.account, came, history_before=before)
    desk.run()
    while told.step():
        pass
    assert desk.acts() == []
    with desk.house.store.reading() as session:
        assert notice_rows.newest(session, desk.bob, 5) == []


def test_time_rules_go_on_after_a_clock_that_ran_ahead_was_put_back(desk: Desk) -> None:
    loop = following.Rules(desk.house.context)
    desk.house.clock.move(days=2)
    while not loop.step():
        pass
    desk.house.clock.move(days=-2)
    desk.rule("Four hours", "waiting", hours=4, tag=("slow",))
    carol = desk.hear()
    desk.house.clock.move(hours=5)
    while not loop.step():
        pass
    assert desk.tags(carol) == ["slow"]


def test_each_of_the_silent_is_looked_at_once_even_when_that_ends_nothing(desk: Desk) -> None:
    desk.rule("Silent", "silent", hours=72, tag=("asleep",))
    silent = [desk.hear(sender=f"P{number} <p{number}@customer.example>") for number in range(3)]
    for one in silent:
        desk.house.reply(one, desk.bob)
        desk.house.deliver()
    desk.house.clock.move(days=4)
    assert (desk.sweep(), desk.sweep()) == (3, 0)
    assert [desk.tags(one) for one in silent] == [["asleep"]] * 3
