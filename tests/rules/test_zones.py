"""A zone is known by its name, and whatever else a stranger writes there is no zone and no error."""

from __future__ import annotations

from datetime import UTC

import pytest

from rules import zones


def test_a_zone_is_known_by_its_name() -> None:
    found = zones.named("Europe/Paris")
    assert found is not None
    assert found.key == "Europe/Paris"
    assert zones.or_utc("Europe/Paris") is found


@pytest.mark.parametrize(
    "name", ["", "Mars/Olympus", "../../etc/passwd", "/etc/passwd", "Europe", "a\0b", "\ud800", "x" * 65]
)
def test_what_names_no_zone_is_none_and_counts_as_utc(name: str) -> None:
    assert zones.named(name) is None
    assert zones.or_utc(name) is UTC
