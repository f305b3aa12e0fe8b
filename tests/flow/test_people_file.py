"""People come in from a file, however it was written, and go out without a formula among them."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from house import House, mail
from sqlmodel import select

from inbox.flow import erase, people_file
from inbox.flow.errors import RefusedError
from inbox.store.tables import Contact, Identity

FILE = """Name;E-mail;Téléphone;Formule;Notes
Zoë Müller;Zoe@Customer.example;06 12 34 56 78;Pro;Loves exports
=cmd|' /C calc'!A0;eve@customer.example;+33 (0)1;"Team; large";
;carol@customer.example;;Free;
Nobody;;;;
"""


def write(folder: Path, text: str = FILE, encoding: str = "utf-8") -> Path:
    path = folder / "people.csv"
    path.write_bytes(text.encode(encoding))
    return path


def everybody(house: House) -> list[Contact]:
    with house.store.reading() as session:
        return list(session.exec(select(Contact).order_by(Contact.id)).all())  # type: ignore[arg-type]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_file_is_understood_however_it_was_saved(tmp_path: Path, encoding: str) -> None:
    found = people_file.shape(write(tmp_path, encoding=encoding))
    assert found.delimiter == ";"
    assert found.columns == ["Name", "E-mail", "Téléphone", "Formule", "Notes"]
    assert found.guesses == ["name", "mail", "phone", "attribute", "notes"]
    assert found.rows[0][0] == "Zoë Müller"


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path: Path, sign: str) -> None:
    text = f'"Last, first"{sign}email\n"Diaz, Carol"{sign}c@customer.example\n'
    found = people_file.shape(write(tmp_path, text))
    assert (found.delimiter, found.columns) == (sign, ["Last, first", "email"])


def test_people_come_in_once_with_what_is_known_about_them(house: House, tmp_path: Path) -> None:
    house.receive(house.add_account(), mail("carol@customer.example"))
    path = write(tmp_path)
    columns = people_file.shape(path).guesses
    counts = people_file.take_in(house.context, path, columns, lambda _done, _total: None)
    assert counts.as_words() == {"rows": 4, "new": 2, "known": 1, "nobody": 1, "two": 0, "erased": 0}
    again = people_file.take_in(house.context, path, columns, lambda _done, _total: None)
    assert (again.new, again.known) == (0, 3)

    carol, zoe, eve = everybody(house)
    assert (zoe.name, zoe.data, zoe.notes) == ("Zoë Müller", {"Formule": "Pro"}, "Loves exports")
    assert carol.attributes == {"Formule": "Free"}
    assert eve.data == {"Formule": "Team; large"}
    with house.store.reading() as session:
        known = {(one.contact_id, one.kind, one.value) for one in session.exec(select(Identity)).all()}
    assert known == {
        (carol.id, "mail", "carol@customer.example"),
        (zoe.id, "mail", "zoe@customer.example"),
        (zoe.id, "phone", "0612345678"),
        (eve.id, "mail", "eve@customer.example"),
    } | {one for one in known if one[1] == "phone" and one[0] == eve.id}


def test_two_people_stay_two_whatever_a_file_says(house: House, tmp_path: Path) -> None:
    account = house.add_account()
    house.receive(account, mail("Carol <carol@customer.example>"), mail("Dana <dana@customer.example>"))
    path = write(tmp_path, "mail,mail,plan\ncarol@customer.example,dana@customer.example,Pro\n")
    counts = people_file.take_in(house.context, path, ["mail", "mail", "attribute"], lambda _d, _t: None)
    assert counts.two == 1
    assert [one.data for one in everybody(house)] == [{}, {}]


def test_who_was_erased_does_not_come_back_by_a_file(house: House, tmp_path: Path) -> None:
    house.receive(house.add_account(), mail("Carol <carol@customer.example>"))
    erase.run(house.context, {"contact": 1, "handles": []}, lambda _asked: None, lambda _d, _t: None)
    path = write(tmp_path, "mail\ncarol@customer.example\n")
    assert people_file.take_in(house.context, path, ["mail"], lambda _d, _t: None).erased == 1
    assert [one.name for one in everybody(house)] == ["Erased person"]


@pytest.mark.parametrize("columns", [["name"], ["name", "name"], ["mail", "no such"], []])
def test_a_mapping_must_make_sense(tmp_path: Path, columns: list[str]) -> None:
    found = people_file.shape(write(tmp_path, "a,b\n1,2\n"))
    with pytest.raises(RefusedError):
        people_file.checked(found, columns)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\0\0\0", b"a," * 500])
def test_what_is_no_table_is_said(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(content)
    with pytest.raises(RefusedError):
        people_file.shape(path)


def test_no_cell_that_goes_out_is_a_formula(house: House, tmp_path: Path) -> None:
    path = write(tmp_path)
    people_file.take_in(house.context, path, people_file.shape(path).guesses, lambda _d, _t: None)
    with house.store.reading() as session:
        out = "".join(people_file.lines(session))
    rows = list(csv.reader(io.StringIO(out)))
    assert rows[0] == ["name", "mail", "phone", "other", "notes", "known since", "Formule"]
    assert rows[2][0] == "'=cmd|' /C calc'!A0"
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]
