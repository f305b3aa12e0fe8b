"""The power is cut once the team's room has a message, before that is written down: it knows the second by its id."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hook_server import HookServer
from house import mail
from loopback import eventually
from smtp_sink import SmtpSink
from sqlmodel import select
from worker import Worker, outgoing

from connectors.contract import Arrival
from inbox.flow import reach
from inbox.flow.context import Context
from inbox.flow.hear import hear
from inbox.flow.read import read_items
from inbox.store import accounts
from inbox.store.tables import PolicyVersion, Teammate, TellingSend
from rules.escalation import DEFAULT, Ladder, Step, dump

pytestmark = pytest.mark.chaos

PATIENCE = 30.0
"""Seconds until a process has come up and told of what is due, on a machine that has other things to do."""


def somebody_waits(context: Context, room: str) -> None:
    """Carol wrote 17 hours ago; the ladder tells the room of it."""
    with context.store.unit_of_work() as work:
        alice = Teammate(name="Alice", mail="alice@home.example", role="founder", created_at=work.now)
        work.session.add(alice)
        work.session.flush()
        steps = tuple(Step(one.name, one.before, one.whom, ("app", "webhook")) for one in DEFAULT.steps)
        work.session.execute(sa.update(PolicyVersion).values(ladder=json.dumps(dump(Ladder(steps)))))
        reach.set_hook(work, context.vault, room, alice.id or 0, loopback=True)
        account = accounts.by_address(work.session, "mail", "support@example.com")
        account_id = account.id or 0 if account else 0
    at = context.clock() - timedelta(hours=17)
    read_items(context, hear(context, account_id, [Arrival("1", mail(message_id="1@customer.example"), at)]))


def states(worker: Worker) -> list[str]:
    with worker.opened() as context, context.store.reading() as session:
        return list(session.exec(select(TellingSend.state).where(TellingSend.means == "webhook")).all())


@pytest.mark.timeout(180)
def test_what_the_room_may_have_had_comes_again_under_the_same_id(smtp_sink: SmtpSink, tmp_path: Path) -> None:
    env = {**outgoing(smtp_sink), "INBOX_WEBHOOKS_LOOPBACK": "yes"}
    with HookServer(drip=True) as room, Worker(tmp_path, env) as worker:
        with worker.opened() as context:
            somebody_waits(context, room.url)
        worker.start()
        assert eventually(lambda: len(room.calls) == 1, PATIENCE, 0.01), worker.log()
        worker.kill()  # the room has read all of it, and its answer never came
        assert states(worker) == ["handed"]

        with worker.opened() as context, context.store.unit_of_work() as work:
            sent = work.session.exec(select(TellingSend).where(TellingSend.means == "webhook")).one()
            assert sent.left_at is not None
            sent.left_at -= timedelta(minutes=3)  # whoever had it in hand has had it for too long
        room.drip = False
        worker.start()
        assert eventually(lambda: len(room.calls) == 2, PATIENCE, 0.01), worker.log()
        assert eventually(lambda: worker.look().number(SENT) == 1, PATIENCE, 0.05)
        assert worker.stop() == 0
        said = [json.loads(call.body) for call in room.calls]

    assert [one["id"] for one in said] == [call.headers["webhook-id"] for call in room.calls]
    assert said[0]["id"] == said[1]["id"]
    assert all("Carol" in one["text"] for one in said)


SENT = "SELECT count(*) FROM telling_sends WHERE means = 'webhook' AND state = 'sent'"
