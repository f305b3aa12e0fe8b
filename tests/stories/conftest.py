"""What stories share."""

from __future__ import annotations

import pytest
from house import House
from stores import MovedClock

from inbox.store.db import Store


@pytest.fixture
def house(store: Store, clock: MovedClock) -> House:
    """A support team, on both databases."""
    return House(store, clock)
