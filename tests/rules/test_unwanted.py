"""Who is put into spam by their name, and who never is."""

from __future__ import annotations

import pytest

from rules.unwanted import Listed, Mail, unwanted

BLOCKED, LEARNED, CHECKED = Listed("blocked"), Listed("learned"), Listed("learned", "pass")


def of(*, joined: bool = False, theirs: bool = False, known: bool = False, proof: str = "") -> Mail:
    return Mail(joined, theirs, known, proof)


@pytest.mark.parametrize(
    ("listed", "mail", "verdict"),
    [
        ([], of(), ""),
        ([BLOCKED], of(), "blocked"),
        ([BLOCKED], of(known=True, proof="fail"), "blocked"),
        ([BLOCKED], of(joined=True, theirs=True), "blocked"),
        ([BLOCKED], of(joined=True), ""),  # they speak in another person's conversation
        ([LEARNED], of(), "learned"),
        ([LEARNED], of(joined=True, theirs=True), ""),
        ([LEARNED], of(known=True), ""),
        ([LEARNED], of(proof="pass"), ""),  # learned of a forged mail; this is the true sender
        ([CHECKED], of(proof="pass"), "learned"),
        ([CHECKED], of(proof="fail"), ""),
        ([CHECKED], of(), ""),
        ([LEARNED, BLOCKED], of(), "blocked"),
    ],
)
def test_verdicts(listed: list[Listed], mail: Mail, verdict: str) -> None:
    assert unwanted(listed, mail) == verdict
