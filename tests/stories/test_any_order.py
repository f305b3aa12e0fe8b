"""Mail may come in any order: each thread is one conversation all the same, and waits since its first mail."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
import truth
from house import House

from bench.mails import mails
from connectors.contract import Arrival
from inbox.flow.hear import hear
from inbox.flow.read import read_items

MAILS = 150


@pytest.mark.parametrize("batch", [1, 7])
def test_threads_are_whole_in_whatever_order_their_mails_come(house: House, batch: int) -> None:
    account, sent = house.add_account(), list(mails(MAILS, seed=696))
    came = [
        Arrival(str(number), raw, house.clock.now - timedelta(minutes=MAILS - number))
        for number, raw in enumerate(sent)
    ]
    random.Random(24).shuffle(came)

    for start in range(0, MAILS, batch):
        read_items(house.context, hear(house.context, account, came[start : start + batch]))

    assert truth.split_threads(house.store, truth.threads(sent)) == []
    assert truth.wrong_waits(house.store) == []
    assert house.ledger().threaded == MAILS
