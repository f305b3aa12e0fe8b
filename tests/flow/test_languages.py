"""The language we write to a person in: told by what they wrote when that is certain, and by us."""

from __future__ import annotations

import pytest
from house import House, mail
from sqlmodel import select

from inbox.flow import people
from inbox.flow.errors import RefusedError
from inbox.store.tables import Contact

FRENCH = "Bonjour, je n'arrive pas à exporter mon tableau depuis hier. Pouvez-vous m'aider ? Merci, Carole"


def contact(house: House, name: str) -> Contact:
    with house.store.reading() as session:
        return session.exec(select(Contact).where(Contact.name == name)).one()


def test_a_first_mail_that_is_certainly_french_tells_the_language(house: House) -> None:
    house.receive(house.add_account(), mail("Carole <carole@c.example>", FRENCH))
    assert contact(house, "Carole").language == "fr"


def test_a_word_or_two_tell_nothing(house: House) -> None:
    house.receive(house.add_account(), mail("Carole <carole@c.example>", "Merci"))
    assert contact(house, "Carole").language == ""


def test_a_teammate_says_the_language(house: House) -> None:
    house.receive(house.add_account(), mail("Carole <carole@c.example>", FRENCH))
    alice, carole = house.add_teammate("Alice"), contact(house, "Carole").id or 0
    with house.store.unit_of_work() as work:
        people.set_language(work, carole, "en", alice)
    assert contact(house, "Carole").language == "en"
    with house.store.unit_of_work() as work, pytest.raises(RefusedError, match="English or in French"):
        people.set_language(work, carole, "tlh", alice)
