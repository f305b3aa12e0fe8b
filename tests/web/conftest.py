"""A team at work, for every test anew or once for a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from team import Team, team_at_work


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with team_at_work(tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def same_team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    """The same team for all tests of a file; they may only look."""
    with team_at_work(tmp_path_factory.mktemp("team")) as made:
        yield made
