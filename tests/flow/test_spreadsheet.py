"""No cell that leaves in a table is taken for a formula, wherever the reader's program splits the line."""

from __future__ import annotations

import csv
import io
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox.flow.spreadsheet import harmless, line

SIGNS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
ODD = st.text(st.sampled_from("=+-@;,\t\r\n\"' a\uff1d\uff0b\uff0d\uff20\ufeff"), max_size=12)


@pytest.mark.parametrize("cell", ["=1+1", " =1", "\t=1", "\uff1d1", "a;=1", "a\n@x", "\ufeff+1", "-2"])
def test_a_formula_becomes_a_text(cell: str) -> None:
    assert "'" in harmless(cell)


@pytest.mark.parametrize("cell", ["", "Carol", "carol@customer.example", "2026-11-02", "a-b", "1+1", "x; y", "3.5"])
def test_what_is_none_stays_as_it_was(cell: str) -> None:
    assert harmless(cell) == cell


def test_a_note_of_empty_lines_costs_no_more_than_its_length() -> None:
    began = time.process_time()
    assert len(harmless("\n" * 200_000)) == 200_001
    assert time.process_time() - began < 5  # it took minutes where each line looked at all that follow


@given(st.lists(ODD, min_size=1, max_size=4))
def test_wherever_the_line_is_split_no_cell_begins_as_a_formula(cells: list[str]) -> None:
    written = line(cells)
    assert len(next(csv.reader(io.StringIO(written, newline="")))) == len(cells)
    for delimiter in ",;\t":
        for row in csv.reader(io.StringIO(written, newline=""), delimiter=delimiter):
            assert [cell for cell in row if cell.strip("\ufeff \t\r\n").startswith(SIGNS)] == []
