"""What rules tag a message with as it comes in counts for how soon it is answered: once, and nothing later does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from threading import Thread

import pytest
from house import DAY, House, mail
from sqlmodel import col, select

from connectors.contract import Arrival
from inbox.flow import act, policies, rule_runs, rules
from inbox.flow.feed import Reader
from inbox.flow.hear import hear
from inbox.flow.policies import Draft
from inbox.flow.read import read_items
from inbox.flow.rules import Draft as RuleDraft
from inbox.flow.tick import tick
from inbox.flow.verify import verify
from inbox.store import policies as rows
from inbox.store import wait_story
from inbox.store.promise_rows import Waited
from inbox.store.tables import WaitEvent, WaitStep
from inbox.web.promise_words import moment
from rules.automation import Wish
from rules.sla import Condition

HOUR = timedelta(hours=1)
SCHOOL = "Ms Smith <smith@school.example>"


class School:
    """A house that answers schools within four hours, and knows them by a rule that tags them."""

    def __init__(self, house: House) -> None:
        self.house, self.account = house, house.add_account()
        self.alice = house.add_teammate("Alice", "founder")
        self.run(rule_runs.reader(house.store))
        self.policy = self.promise("School", 240, "school")
        self.rule = self.tagging("Schools", "from:school.example", "school")

    def promise(self, name: str, minutes: int, tag: str, policy_id: int | None = None) -> int:
        with self.house.store.unit_of_work() as work:
            draft = Draft(name, Condition(tags=frozenset({tag})), minutes)
            return policies.save(work, self.alice, draft, policy_id)

    def tagging(self, name: str, query: str, *tags: str, rule_id: int | None = None, **more: object) -> int:
        with self.house.store.unit_of_work() as work:
            draft = RuleDraft(name, "arrived", 0, query, Wish(tag=tags, **more))  # type: ignore[arg-type]
            return rules.save(work, self.alice, draft, rule_id)

    def hear(self, sender: str = SCHOOL, **more: object) -> int:
        """Somebody writes; no rule has looked at it yet. Returns the conversation."""
        at = more.pop("at", None)
        self.house.receive(self.account, mail(sender, **more), at=at)  # type: ignore[arg-type]
        return max(row.id or 0 for row in self.house.conversations())

    def run(self, *readers: Reader) -> None:
        """Let rules act, in processes that have just begun."""
        at_work = readers or (rule_runs.reader(self.house.store),)
        while sum(one.step() for one in at_work):
            pass

    def tag(self, talk: int, name: str, *, on: bool = True) -> None:
        with self.house.store.unit_of_work() as work:
            act.tag(work, talk, name, self.alice, on=on)

    def promised(self) -> list[tuple[str, timedelta]]:
        """Return by which policy each wait is open, and how long it may take."""
        with self.house.store.reading() as session:
            terms = rows.terms(session, {wait.policy_version_id for wait in self.house.waits()})
        return [(terms[w.policy_version_id].name, w.due_at - w.started_at) for w in self.house.waits()]

    def settled(self) -> list[WaitEvent]:
        with self.house.store.reading() as session:
            found = session.exec(select(WaitEvent).where(WaitEvent.kind == "moved").order_by(col(WaitEvent.id)))
            return [one for one in found if "settled" in one.details]

    def steps(self) -> list[str]:
        with self.house.store.reading() as session:
            return sorted(session.exec(select(WaitStep.step)))


@pytest.fixture
def school(house: House) -> Iterator[School]:
    yield School(house)
    assert verify(house.store, quick=True) == []


def test_a_school_that_a_rule_tags_as_it_writes_is_answered_as_schools_are(school: School) -> None:
    talk = school.hear()
    assert school.promised() == [("", DAY)]
    school.run()

    assert school.promised() == [("School", 4 * HOUR)]
    [wait] = school.house.waits()
    assert (wait.unsettled, wait.next_step_at) == (None, wait.due_at - 2 * HOUR)
    assert school.house.conversations()[talk - 1].due_at == wait.due_at
    [event] = school.settled()
    assert event.details["was_due"] == (wait.started_at + DAY).isoformat()

    school.house.clock.move(hours=4)
    tick(school.house.store)
    assert "breach" in school.steps()


def test_the_story_of_the_wait_says_so(school: School) -> None:
    school.hear()
    school.run()
    [wait] = school.house.waits()
    waited = Waited(
        id=wait.id or 0,
        conversation_id=wait.conversation_id,
        account_id=wait.account_id,
        message_id=wait.message_id,
        closing_message_id=None,
        started_at=wait.started_at,
        due_at=wait.due_at,
        closed_at=None,
        cause=None,
        reason="",
        late=wait.late,
        channel="mail",
        subject="",
        contact="",
        person=0,
        reviewed="",
    )
    with school.house.store.reading() as session:
        story = wait_story.stories(session, [waited], school.house.clock.now)[wait.id or 0]
    told = [moment(one, {}) for one in story]
    assert "A rule tagged it as it came, so the policy “School” counts." in told


def test_who_is_no_school_keeps_the_promise_for_everybody(school: School) -> None:
    school.hear("Carol <carol@customer.example>")
    school.run()
    assert (school.promised(), school.settled()) == ([("", DAY)], [])
    assert school.house.waits()[0].next_step_at == school.house.waits()[0].due_at - 8 * HOUR


def test_nothing_that_happens_later_moves_it(school: School) -> None:
    talk, other = school.hear(), school.hear("Carol <carol@customer.example>")
    school.run()
    before = school.promised()
    school.tag(other, "school")
    school.tag(talk, "school", on=False)
    school.tagging("Everybody", "", "school", rule_id=school.rule)
    school.promise("School", 30, "school", school.policy)
    school.run()
    school.hear(subject="One thing more", reply_to_id=school.house.messages(talk)[0].rfc_message_id)
    school.run()

    assert school.promised() == before == [("School", 4 * HOUR), ("", DAY)]
    assert len(school.settled()) == 1


def test_a_tag_by_hand_before_the_rules_came_to_it_changes_nothing(school: School) -> None:
    school.promise("VIP", 60, "vip")
    talk, other = school.hear(), school.hear("Carol <carol@customer.example>")
    school.tag(other, "school")
    school.tag(talk, "vip")
    school.run()
    assert school.promised() == [("School", 4 * HOUR), ("", DAY)]


def test_a_policy_that_was_changed_after_it_came_does_not_count(school: School) -> None:
    school.hear()
    school.promise("School", 30, "school", school.policy)
    school.run()
    assert school.promised() == [("", DAY)]


def test_what_a_rule_brings_about_never_puts_an_answer_off(school: School) -> None:
    school.promise("Slow", 4 * 24 * 60, "slow")
    school.tagging("Newsletters", "from:list.example", "slow")
    school.hear("News <news@list.example>")
    school.run()
    assert (school.promised(), school.settled()) == ([("", DAY)], [])


def test_the_first_policy_that_fits_counts_and_what_a_rule_takes_off_does_not(school: School) -> None:
    school.promise("VIP", 60, "vip")
    school.tagging("Heads", "from:smith@", "vip")
    school.hear()
    school.run()
    assert school.promised() == [("School", 4 * HOUR)]

    with school.house.store.unit_of_work() as work:
        act.no_reply_needed(work, 1, school.alice, "She found it")
        rules.delete(work, school.alice, school.rule)
        draft = RuleDraft("No school any more", "arrived", 0, "from:school.example", Wish(untag=("school",)))
        rules.save(work, school.alice, draft)
    school.hear(subject="Again", reply_to_id=school.house.messages(1)[0].rfc_message_id)
    school.run()
    assert school.promised()[1] == ("VIP", HOUR)


def test_a_snooze_by_the_same_rule_ends_at_the_deadline_that_counts(school: School) -> None:
    school.tagging("Later", "from:school.example", snooze_hours=20)
    talk = school.hear()
    school.run()
    assert school.house.conversations()[talk - 1].snoozed_until is None


def test_spam_that_a_rule_finds_ends_the_wait_and_comes_back_with_what_it_had(school: School) -> None:
    with school.house.store.unit_of_work() as work:
        rules.save(work, school.alice, RuleDraft("Spam", "arrived", 0, "from:school.example", Wish(end="spam")))
    talk = school.hear()
    school.run()
    [wait] = school.house.waits()
    assert (wait.cause, wait.unsettled) == ("spam", None)
    with school.house.store.unit_of_work() as work:
        act.not_spam(work, talk, school.alice)
    assert school.promised() == [("", DAY)]


def test_what_joins_another_conversation_as_it_comes_is_settled_there(school: School) -> None:
    """An answer comes before the question to it, both in one batch; the question continues an older conversation."""
    house = school.house
    talk = school.hear(message_id="before@school.example")
    school.run()
    school.tag(talk, "school", on=False)
    with house.store.unit_of_work() as work:
        act.no_reply_needed(work, talk, school.alice, "She found it")
    answer = mail(SCHOOL, "One thing more", message_id="two@school.example", reply_to_id="one@school.example")
    question = mail(SCHOOL, "Again", message_id="one@school.example", reply_to_id="before@school.example")
    came = [Arrival("INBOX;1;8", answer, house.clock.now), Arrival("INBOX;1;9", question, house.clock.move(minutes=1))]
    read_items(house.context, hear(house.context, school.account, came))

    [wait] = house.open_waits()
    assert (wait.conversation_id, wait.due_at - wait.started_at) == (talk, DAY)
    school.run()
    [wait] = house.open_waits()
    assert (wait.due_at - wait.started_at, wait.unsettled) == (4 * HOUR, None)


# Deaths, delays, and several processes --------------------------------------------------------------------------------


def test_a_death_between_the_wait_and_its_rules_ends_the_same(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    class PowerCutError(BaseException):
        pass

    def cut(*_: object, **__: object) -> None:
        raise PowerCutError

    school.hear()
    with monkeypatch.context() as patch:
        patch.setattr("inbox.flow.settling._take", cut)
        with pytest.raises(PowerCutError):
            school.run()
    assert school.promised() == [("", DAY)]
    assert school.house.waits()[0].unsettled is not None

    school.house.clock.move(hours=3)
    tick(school.house.store)
    school.run()
    assert (school.promised(), len(school.settled())) == ([("School", 4 * HOUR)], 1)
    school.house.clock.move(hours=1)
    tick(school.house.store)
    assert school.steps() == ["breach", "last_call", "soon"]


def test_two_workers_settle_each_wait_once(school: School) -> None:
    for number in range(12):
        school.hear(f"Ms Smith <smith{number}@school.example>", subject=f"Class {number}")
    trouble: list[BaseException] = []

    def work() -> None:
        try:
            school.run(rule_runs.reader(school.house.store))
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test says it
            trouble.append(error)

    workers = [Thread(target=work) for _ in range(2)]
    for one in workers:
        one.start()
    for one in workers:
        one.join(timeout=30)
    assert trouble == []
    school.run()
    assert school.promised() == [("School", 4 * HOUR)] * 12
    assert sorted(one.wait_id for one in school.settled()) == [wait.id for wait in school.house.waits()]


def test_a_message_that_came_late_rings_by_the_terms_that_count(school: School) -> None:
    """It is twenty hours old: by the promise for everybody its first warning would ring at once."""
    school.hear(at=school.house.clock.now - 20 * HOUR)
    assert tick(school.house.store) == 0
    school.run()
    tick(school.house.store)
    assert school.steps() == ["breach", "last_call", "soon"]


def test_rules_that_never_come_to_it_hold_no_ladder_up(school: School) -> None:
    school.hear(at=school.house.clock.now - 20 * HOUR)
    school.house.clock.move(minutes=1)
    assert tick(school.house.store) == 1
    assert school.steps() == ["warning"]


def test_where_no_rule_sets_a_tag_nothing_is_put_off(school: School) -> None:
    with school.house.store.unit_of_work() as work:
        rules.delete(work, school.alice, school.rule)
    school.hear(at=school.house.clock.now - 20 * HOUR)
    assert [wait.unsettled for wait in school.house.waits()] == [None]
    assert tick(school.house.store) == 1
