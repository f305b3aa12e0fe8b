"""Policies: who is answered by which, what a change does to whom, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
import sqlalchemy as sa
from house import DAY, House, mail

from inbox.flow import act, opening_hours, policies
from inbox.flow.errors import NotFoundError, RefusedError
from inbox.flow.open_time import Draft as HoursDraft
from inbox.flow.policies import Draft
from inbox.flow.tick import tick
from inbox.store import policies as rows
from inbox.store.tables import Contact, Policy, PolicyVersion, Wait
from rules.escalation import DEFAULT
from rules.hours import Span
from rules.sla import Condition

OFFICE = HoursDraft("Office", "Europe/Paris", (*[(Span(time(9), time(18)),)] * 5, (), ()), country="FR")
VIP = Condition(tags=frozenset({"vip"}))


def add(house: House, draft: Draft, policy_id: int | None = None) -> int:
    with house.store.unit_of_work() as work:
        return policies.save(work, ALICE, draft, policy_id)


ALICE = 1


@pytest.fixture(autouse=True)
def alice(house: House) -> int:
    """Alice is a founder, and the first who works here."""
    assert house.add_teammate("Alice", "founder") == ALICE
    return ALICE


def office(house: House) -> int:
    with house.store.unit_of_work() as work:
        return opening_hours.save(work, ALICE, OFFICE)


def name_of(house: House, wait: Wait) -> str:
    with house.store.reading() as session:
        return rows.terms(session, [wait.policy_version_id])[wait.policy_version_id].name


def test_nobody_is_without_a_promise(house: House) -> None:
    house.receive(house.add_account(), mail())

    [wait] = house.waits()
    assert (wait.due_at - wait.started_at, name_of(house, wait)) == (DAY, "")


def test_four_business_hours_from_friday_afternoon_are_over_on_monday(house: House) -> None:
    school = house.add_account("school@example.com")
    house.clock.now = datetime(2026, 11, 20, 16, 30, tzinfo=UTC)  # Friday, 17:30 in Paris
    for_schools = Condition(accounts=frozenset({school}))
    add(house, Draft("Schools", for_schools, 240, office(house)))

    house.receive(school, mail())
    house.receive(house.add_account(), mail("Dana <dana@customer.example>"))

    first, second = house.waits()
    assert (name_of(house, first), first.due_at) == ("Schools", datetime(2026, 11, 23, 11, 30, tzinfo=UTC))
    assert (name_of(house, second), second.due_at - second.started_at) == ("", DAY)
    [talk, _] = house.conversations()
    assert talk.due_at == first.due_at


def test_public_holidays_are_closed_days(house: House) -> None:
    account = house.add_account()
    house.clock.now = datetime(2026, 12, 24, 16, 30, tzinfo=UTC)  # Thursday; Friday is Christmas
    add(house, Draft("All mail", Condition(channels=frozenset({"mail"})), 60, office(house)))

    house.receive(account, mail())
    [wait] = house.waits()
    assert wait.due_at == datetime(2026, 12, 28, 8, 30, tzinfo=UTC)


def test_a_tag_counts_when_it_is_there_as_the_wait_opens(house: House) -> None:
    account = house.add_account()
    add(house, Draft("VIP", VIP, 60))
    house.receive(account, mail(message_id="one@customer.example"))
    [talk] = house.conversations()
    with house.store.unit_of_work() as work:
        act.tag(work, talk.id or 0, "vip", ALICE)
        act.no_reply_needed(work, talk.id or 0, ALICE, "She found it")
    house.receive(account, mail(reply_to_id="one@customer.example", message_id="two@customer.example"))

    first, second = house.waits()
    assert (name_of(house, first), name_of(house, second)) == ("", "VIP")
    assert second.due_at - second.started_at == timedelta(hours=1)


def test_what_is_known_of_a_person_counts(house: House) -> None:
    account = house.add_account()
    add(house, Draft("Pro", Condition(attributes=(("plan", "Pro"),)), 120))
    house.receive(account, mail())
    with house.store.unit_of_work() as work:
        work.session.get_one(Contact, 1).data = {"plan": "pro"}
    house.receive(account, mail(subject="Another matter"))

    assert [name_of(house, wait) for wait in house.waits()] == ["", "Pro"]


def test_a_change_makes_a_new_version_and_never_touches_who_waits(house: House) -> None:
    account = house.add_account()
    policy = add(house, Draft("VIP", Condition(channels=frozenset({"mail"})), 60, office(house)))
    house.receive(account, mail())
    [before] = house.waits()
    add(house, Draft("VIP", Condition(channels=frozenset({"mail"})), 30), policy)
    with house.store.unit_of_work() as work:
        opening_hours.save(work, ALICE, replace(OFFICE, zone="Asia/Tokyo"), 1)
        policies.archive(work, ALICE, policy)

    assert house.waits() == [before]
    with house.store.reading() as session:
        terms = rows.terms(session, [before.policy_version_id])[before.policy_version_id]
        assert (terms.duration, terms.hours and terms.hours.zone) == (timedelta(hours=1), "Europe/Paris")
        assert [one.number for one in rows.versions(session, policy, 9)] == [2, 1]
    house.clock.move(days=30)
    assert tick(house.store) == 1, "and it rings by the ladder it began with"


def test_hours_that_change_make_a_new_version_of_the_policies_that_count_in_them(house: House) -> None:
    policy = add(house, Draft("VIP", VIP, 60, office(house)))
    with house.store.unit_of_work() as work:
        moved = replace(OFFICE, zone="Asia/Tokyo", exceptions={date(2026, 12, 24): (Span(time(9), time(12)),)})
        opening_hours.save(work, ALICE, moved, 1)

    with house.store.reading() as session:
        [offer, default] = rows.offers(session)
        assert offer.terms.hours is not None
        assert (offer.terms.policy_id, offer.terms.hours.zone) == (policy, "Asia/Tokyo")
        assert (default.terms.default, default.terms.name) == (True, "")


def test_the_first_policy_that_fits_counts_and_the_promise_stands_last(house: House) -> None:
    slow = add(house, Draft("Slow", Condition(channels=frozenset({"mail"})), 2880))
    fast = add(house, Draft("Fast", Condition(channels=frozenset({"mail"})), 60))
    with house.store.unit_of_work() as work:
        policies.move(work, ALICE, fast, up=True)
        with pytest.raises(RefusedError, match="stands last"):
            policies.move(work, ALICE, 1, up=True)
    house.receive(house.add_account(), mail())

    [wait] = house.waits()
    assert name_of(house, wait) == "Fast"
    with house.store.reading() as session:
        assert [one.id for one in rows.everything(session)] == [fast, slow, 1]


def test_the_promise_for_everybody_stays(house: House) -> None:
    everyone, hours = Draft("", minutes=24 * 60), office(house)
    for wrong, said in [
        (replace(everyone, condition=VIP), "no condition"),
        (replace(everyone, minutes=25 * 60), "24 hours at most"),
        (replace(everyone, hours_id=hours), "every hour of every day"),
    ]:
        with pytest.raises(RefusedError, match=said):
            add(house, wrong, 1)
    with house.store.unit_of_work() as work, pytest.raises(RefusedError, match="cannot be deleted"):
        policies.archive(work, ALICE, 1)
    add(house, replace(everyone, minutes=8 * 60), 1)
    house.receive(house.add_account(), mail())
    assert house.waits()[0].due_at - house.waits()[0].started_at == timedelta(hours=8)


BREAKS = [
    "UPDATE policies SET condition = 'x' WHERE is_default",
    "UPDATE policies SET archived_at = changed_at WHERE is_default",
    "DELETE FROM policies",
    "UPDATE policies SET is_default = not is_default WHERE id = 2",
]


def test_the_store_itself_keeps_one_promise_for_everybody(house: House) -> None:
    add(house, Draft("VIP", VIP, 60))
    for statement in BREAKS:
        with pytest.raises(sa.exc.IntegrityError), house.store.unit_of_work() as work:
            work.session.execute(sa.text(statement))


NOT_KEPT = [
    (Draft("", VIP), "a name"),
    (Draft("VIP"), "for whom"),
    (Draft("VIP", VIP, 0), "between 1 minute"),
    (Draft("VIP", VIP, 91 * 24 * 60), "between 1 minute"),
    (Draft("VIP", VIP, hours_id=77), "not there any more"),
    (Draft("VIP", Condition(tags=frozenset({"x" * 81}))), "A condition names"),
    (Draft("VIP", VIP, ladder=replace(DEFAULT, steps=DEFAULT.steps[:-1])), "one is the breach"),
    (Draft("VIP", VIP, ladder=replace(DEFAULT, again=timedelta(minutes=1))), "every hour at most"),
    (
        Draft("VIP", VIP, ladder=replace(DEFAULT, steps=(replace(DEFAULT.steps[-1], whom=("teammate:99",)),))),
        "does not work here",
    ),
    (
        Draft("VIP", VIP, ladder=replace(DEFAULT, steps=(replace(DEFAULT.steps[0], name="x"), DEFAULT.steps[-1]))),
        "different names",
    ),
]


def test_a_policy_that_cannot_be_kept_is_refused_and_nothing_is_written(house: House) -> None:
    for draft, said in NOT_KEPT:
        with pytest.raises(RefusedError, match=said):
            add(house, draft)
    with house.store.reading() as session:
        assert len(rows.everything(session)) == 1


NOT_COUNTED = [
    (replace(OFFICE, name=" "), "a name"),
    (replace(OFFICE, zone="Europe/Atlantis"), "no time zone"),
    (replace(OFFICE, zone="../../etc/passwd"), "no time zone"),
    (replace(OFFICE, week=((),) * 7), "never open"),
    (replace(OFFICE, week=((),) * 7, exceptions={date(2020, 1, 1): OFFICE.week[0]}), "never open"),
    (replace(OFFICE, week=(OFFICE.week[0] * 7, *OFFICE.week[1:])), "at most 6 intervals"),
    (replace(OFFICE, country="XX"), "holidays of XX are not known"),
    (replace(OFFICE, country="FR", subdivision="BY"), "FR has no region BY"),
]


def test_hours_that_cannot_be_counted_in_are_refused(house: House) -> None:
    for draft, said in NOT_COUNTED:
        with house.store.unit_of_work() as work, pytest.raises(RefusedError, match=said):
            opening_hours.save(work, ALICE, draft)


def test_hours_that_a_policy_counts_in_are_not_deleted(house: House) -> None:
    policy = add(house, Draft("VIP", VIP, 60, office(house)))
    with house.store.unit_of_work() as work:
        with pytest.raises(RefusedError, match="“VIP” counts in these hours"):
            opening_hours.archive(work, ALICE, 1)
        policies.archive(work, ALICE, policy)
        opening_hours.archive(work, ALICE, 1)
        with pytest.raises(NotFoundError):
            opening_hours.find(work, 1)
    with house.store.reading() as session:
        assert (len(rows.calendars(session)), session.get_one(Policy, policy).archived_at is None) == (0, False)
        assert session.get_one(PolicyVersion, 2).hours is not None


def test_a_preview_says_what_last_week_would_have_been(house: House) -> None:
    account = house.add_account()
    for name in ("Carol", "Dana"):
        house.receive(account, mail(f"{name} <{name.lower()}@customer.example>"))
    with house.store.unit_of_work() as work:
        act.no_reply_needed(work, 1, ALICE, "She found it")
    house.clock.move(hours=2)
    with house.store.reading() as session:
        found = policies.preview(session, Draft("", Condition(channels=frozenset({"mail"})), 60), house.clock.now, 1)
        none = policies.preview(session, Draft("", VIP, 60), house.clock.now)

    assert (found.considered, found.fits, found.late, found.open, found.more) == (2, 2, 1, 1, False)
    assert (none.fits, none.late) == (0, 0)
