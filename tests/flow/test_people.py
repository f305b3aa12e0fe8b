from __future__ import annotations

import pytest
from house import House, mail
from sqlmodel import col, select

from inbox.flow import people
from inbox.flow.errors import NotFoundError, RefusedError
from inbox.store.tables import Contact, Identity


@pytest.fixture
def bob(house: House) -> int:
    return house.add_teammate("Bob")


@pytest.fixture
def two_carols(house: House) -> tuple[int, int]:
    """Carol, who writes from work and from home."""
    account = house.add_account()
    house.receive(account, mail("Carol <carol@work.example>", "From work"))
    house.receive(account, mail("Carol <carol@home.example>", "From home"))
    work, home = (talk.contact_id for talk in house.conversations())
    return work, home


def owners(house: House) -> dict[str, int]:
    with house.store.reading() as session:
        return {one.value: one.contact_id for one in session.exec(select(Identity).order_by(col(Identity.id))).all()}


def test_two_contacts_become_one_person(house: House, bob: int, two_carols: tuple[int, int]) -> None:
    work_carol, home_carol = two_carols
    with house.store.unit_of_work() as work:
        people.merge(work, home_carol, work_carol, bob)

    assert owners(house) == {"carol@work.example": work_carol, "carol@home.example": work_carol}
    assert {talk.contact_id for talk in house.conversations()} == {work_carol}
    house.receive(1, mail("Carol <carol@home.example>", "Again", subject="Another matter"))
    assert house.conversations()[-1].contact_id == work_carol


def test_a_merge_of_people_can_be_undone(house: House, bob: int, two_carols: tuple[int, int]) -> None:
    work_carol, home_carol = two_carols
    before = owners(house), [talk.contact_id for talk in house.conversations()]
    with house.store.unit_of_work() as work:
        done = people.merge(work, home_carol, work_carol, bob)
    with house.store.unit_of_work() as work:
        people.undo(work, done, bob)

    assert (owners(house), [talk.contact_id for talk in house.conversations()]) == before
    with house.store.unit_of_work() as work, pytest.raises(RefusedError):
        people.undo(work, done, bob)
    with house.store.unit_of_work() as work, pytest.raises(NotFoundError):
        people.undo(work, 4711, bob)


def test_merges_are_undone_last_first(house: House, bob: int, two_carols: tuple[int, int]) -> None:
    work_carol, home_carol = two_carols
    house.receive(1, mail("Carol <carol@phone.example>", "On the way"))
    third = house.conversations()[-1].contact_id
    with house.store.unit_of_work() as work:
        first = people.merge(work, work_carol, home_carol, bob)
        second = people.merge(work, home_carol, third, bob)
    with house.store.unit_of_work() as work, pytest.raises(RefusedError):
        people.undo(work, first, bob)
    for merge_id in (second, first):
        with house.store.unit_of_work() as work:
            people.undo(work, merge_id, bob)
    assert sorted(owners(house).values()) == sorted([work_carol, home_carol, third])


def test_nobody_is_merged_into_themselves_or_twice(house: House, bob: int, two_carols: tuple[int, int]) -> None:
    work_carol, home_carol = two_carols
    with house.store.unit_of_work() as work, pytest.raises(RefusedError):
        people.merge(work, work_carol, work_carol, bob)
    with house.store.unit_of_work() as work:
        people.merge(work, home_carol, work_carol, bob)
    with house.store.unit_of_work() as work, pytest.raises(RefusedError):
        people.merge(work, home_carol, work_carol, bob)
    with house.store.unit_of_work() as work, pytest.raises(NotFoundError):
        people.merge(work, 4711, work_carol, bob)


def test_a_person_is_named_and_noted(house: House, bob: int, two_carols: tuple[int, int]) -> None:
    work_carol, _ = two_carols
    with house.store.unit_of_work() as work:
        people.rename(work, work_carol, "  Carol\n Diaz ", bob)
        people.set_notes(work, work_carol, "Teaches in Lyon.\n", bob)
    with house.store.reading() as session:
        carol = session.get_one(Contact, work_carol)
        assert (carol.name, carol.notes) == ("Carol Diaz", "Teaches in Lyon.")
    with house.store.unit_of_work() as work, pytest.raises(RefusedError):
        people.rename(work, work_carol, "   ", bob)
