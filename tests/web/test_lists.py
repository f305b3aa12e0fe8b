"""The lists, acts on many, snoozing, following, blocking and their settings, without scripts and in parts for htmx."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from house import mail
from team import HTMX, Team

from inbox.flow.waits import Closing, answered
from inbox.store.tables import Conversation

REASON = "They only said thanks."


def crowd(team: Team, size: int) -> list[int]:
    letters = [
        mail(f"P{n} <p{n}@x.example>", f"w{n}\n", subject=f"M{n}", message_id=f"n{n}@x", Cc=f"q{n}@x.example")
        for n in range(size)
    ]
    team.house.receive(team.account, *letters)
    return [one.id or 0 for one in team.house.conversations()]


def shown(team: Team, view: str, who: str = "alice") -> set[int]:
    page = getattr(team, who).get(f"/inbox/{view}").text
    return {int(number) for number in re.findall(r'<li class="row[^>]* id="c(\d+)"', page)}


def undo_of(page: str) -> str:
    found = re.search(r'action="(/bulk/\d+/undo)"', page)
    assert found, page
    return found[1]


def test_a_snoozed_conversation_leaves_the_lists_of_work_and_comes_back(team: Team) -> None:
    first, second = crowd(team, 2)
    page = team.alice.get(f"/inbox/waiting/{first}").text
    assert "Tomorrow at 9" in page
    answer = team.alice.post(f"/conversations/{first}/snooze", headers=HTMX, until="2026-11-02T15:00")
    assert "Snoozed. It comes back then, or when they write." in answer.text
    assert shown(team, "waiting") == shown(team, "unassigned") == {second}
    assert shown(team, "snoozed") == {first}
    assert "Alice snoozed this" in team.alice.get(f"/inbox/all/{first}").text
    team.alice.post(undo_of(answer.text), headers=HTMX)
    assert shown(team, "waiting") == {first, second}
    team.alice.post(f"/conversations/{first}/snooze", until="2026-11-02T15:00")
    team.alice.post(f"/conversations/{first}/wake")
    assert shown(team, "snoozed") == set()


def test_past_the_deadline_the_screen_asks_first(team: Team) -> None:
    [talk] = crowd(team, 1)
    asked = team.alice.post(f"/conversations/{talk}/snooze", headers=HTMX, until="2026-11-09T09:00")
    assert asked.headers["hx-retarget"] == "#toasts"
    assert "Somebody waits for an answer before that." in asked.text
    assert "Snooze all the same" in asked.text
    assert shown(team, "snoozed") == set()
    plain = team.alice.post(f"/conversations/{talk}/snooze", until="2026-11-09T09:00")
    assert plain.status_code == 422
    team.alice.post(f"/conversations/{talk}/snooze", until="2026-11-09T09:00", past_deadline="yes")
    assert shown(team, "snoozed") == {talk}
    team.clock.move(hours=25)
    team.alice.sign_in("alice@example.com")
    assert "1 late while snoozed" in team.alice.get("/inbox/waiting").text
    for nonsense in ("", "soon", "2026-13-01T00:00", "2020-01-01T00:00"):
        assert team.alice.post(f"/conversations/{talk}/snooze", until=nonsense).status_code == 422


def test_each_teammate_has_unread_of_their_own(team: Team) -> None:
    [talk] = crowd(team, 1)
    assert 'class="row is-unread"' in team.alice.get("/inbox/waiting").text
    assert team.alice.post(f"/conversations/{talk}/seen", version="1").status_code == 204
    assert 'class="row is-unread"' not in team.alice.get("/inbox/waiting").text
    assert 'class="row is-unread"' in team.bob.get("/inbox/waiting").text
    team.house.receive(team.account, mail("P0 <p0@x.example>", "more\n", message_id="more@x", reply_to_id="n0@x"))
    assert 'class="row is-unread"' in team.alice.get("/inbox/waiting").text
    team.alice.post(f"/conversations/{talk}/seen", version="9999")
    team.alice.post(f"/conversations/{talk}/unread")
    assert 'class="row is-unread"' in team.alice.get("/inbox/waiting").text


def test_a_mention_stands_in_the_list_until_it_is_seen(team: Team) -> None:
    [talk] = crowd(team, 1)
    team.bob.post(f"/conversations/{talk}/note", text="@Alice what do you think?")
    page = team.alice.get("/inbox/mentions").text
    assert "is-you" in page
    assert '<span class="count" data-count="mentions">1</span>' in page
    assert shown(team, "mentions", "bob") == set()
    team.alice.post(f"/conversations/{talk}/seen", version="1")
    page = team.alice.get("/inbox/mentions").text
    assert shown(team, "mentions") == {talk}
    assert "is-you" not in page
    assert '<span class="count" data-count="mentions"></span>' in page


def test_following_is_undone_and_seen_in_the_list(team: Team) -> None:
    [talk] = crowd(team, 1)
    answer = team.alice.post(f"/conversations/{talk}/follow", headers=HTMX)
    assert "Stop following" in answer.text
    assert shown(team, "following") == {talk}
    assert shown(team, "following", "bob") == set()
    team.alice.post(undo_of(answer.text))
    assert shown(team, "following") == set()


def test_what_we_answered_stands_in_sent_and_waits_for_them(team: Team) -> None:
    first, second = crowd(team, 2)
    with team.house.store.unit_of_work() as work:
        answered(work, work.session.get_one(Conversation, first), Closing("replied", work.now), work.now)
    assert shown(team, "waiting-for-them") == shown(team, "sent") == {first}
    assert shown(team, "waiting") == {second}


@pytest.mark.parametrize(
    ("do", "more", "view", "said"),
    [
        ("assign:me", {}, "mine", "3 conversations assigned."),
        ("tag", {"tag": "Billing"}, "waiting", "3 conversations tagged."),
        ("snooze:2026-11-02T15:00", {}, "snoozed", "3 conversations snoozed."),
        ("close", {"reason": REASON}, "closed", "3 conversations closed."),
        ("spam", {}, "spam", "3 conversations put in spam."),
        ("follow", {}, "following", "You follow 3 conversations more."),
    ],
)
def test_many_at_once_with_one_undo(team: Team, do: str, more: dict[str, str], view: str, said: str) -> None:
    talks = crowd(team, 4)
    before = shown(team, view)
    answer = team.alice.post("/bulk", headers=HTMX, ids=[str(one) for one in talks[:3]], view="waiting", do=do, **more)
    assert said.lower() in answer.text.lower()
    assert shown(team, view) >= set(talks[:3])
    undone = team.alice.post(undo_of(answer.text), headers=HTMX)
    assert "Undone for 3 conversations." in undone.text
    assert shown(team, view) == before


def test_a_whole_list_is_done_batch_by_batch(team: Team) -> None:
    crowd(team, 120)
    answer = team.alice.post("/bulk", headers=HTMX, every="yes", view="waiting", do="assign:me")
    assert "50 of 120 so far…" in answer.text
    assert '<progress max="120" value="50"' in answer.text
    steps = 0
    while go := re.search(r'hx-post="(/bulk/\d+/go)" hx-trigger="load"', answer.text):
        answer = team.alice.post(go[1], headers=HTMX, view="waiting")
        steps += 1
    assert steps == 2
    assert "120 conversations assigned." in answer.text
    assert team.bob.post(undo_of(answer.text), headers=HTMX).status_code == 404
    plain = team.alice.post(undo_of(answer.text), view="waiting")
    assert plain.headers["location"] == "/inbox/waiting"
    assert shown(team, "mine") == set()


def test_what_could_not_be_done_is_said_with_the_reason(team: Team) -> None:
    talks = crowd(team, 2)
    answer = team.alice.post("/bulk", headers=HTMX, ids=[str(one) for one in talks], do="close")
    assert "0 conversations closed. 2 could not be." in answer.text
    assert "Somebody still waits for an answer here" in answer.text
    for given in ({"do": "close"}, {"do": "burn", "ids": ["1"]}, {"do": "snooze:never", "ids": ["1"]}):
        assert team.alice.post("/bulk", headers=HTMX, **given).status_code == 422
    assert team.alice.post("/bulk", ids=[str(2**62)], do="spam").status_code == 422


def test_a_blocked_sender_is_listed_and_let_back(team: Team) -> None:
    [talk] = crowd(team, 1)
    answer = team.alice.post(f"/conversations/{talk}/block", headers=HTMX, what="address")
    assert "p0@x.example is blocked; their mail goes to spam." in answer.text
    assert shown(team, "spam") == {talk}
    team.house.receive(team.account, mail("P0 <p0@x.example>", "again\n", message_id="again@x"))
    page = team.alice.get("/settings/senders").text
    assert "p0@x.example" in page
    assert "Alice blocked them" in page
    again = team.house.conversations()[-1].id or 0
    assert shown(team, "spam") == {talk, again}
    assert "Put in spam: the sender is blocked." in team.alice.get(f"/inbox/spam/{again}").text
    unblock = re.search(r'action="(/settings/senders/\d+/unblock)"', page)
    assert unblock
    team.bob.post(unblock[1])
    assert "Nobody is blocked." in team.alice.get("/settings/senders").text
    wrong = team.alice.post("/settings/senders", what="support@example.com")
    assert wrong.status_code == 422
    assert "support@example.com is one of ours." in wrong.text


def test_undoing_a_block_lets_them_write_again(team: Team) -> None:
    [talk] = crowd(team, 1)
    answer = team.alice.post(f"/conversations/{talk}/block", headers=HTMX, what="domain")
    team.alice.post(undo_of(answer.text), headers=HTMX)
    assert "Nobody is blocked." in team.alice.get("/settings/senders").text
    assert shown(team, "waiting") == {talk}


def test_a_saved_view_is_a_list_of_its_own(team: Team) -> None:
    first, second, third = crowd(team, 3)
    for talk in (first, second):
        team.alice.post(f"/conversations/{talk}/tags", name="billing")
    made = team.alice.post("/settings/views", name="Money", query="tag:billing is:open", sorting="urgent", shared="yes")
    where = made.headers["location"]
    assert re.fullmatch(r"/inbox/v\d+", where)
    view = where.rpartition("/")[2]
    assert shown(team, view) == shown(team, view, "bob") == {first, second}
    assert f'href="{where}"' in team.bob.get("/inbox/waiting").text
    news = team.bob.get(f"{where}/news?ids={first},{third}").text
    assert f'id="c{first}"' in news
    assert f'id="c{third}"' not in news
    assert team.alice.get(f"{where}/{first}").status_code == 200
    assert team.bob.post(f"/settings/views/{view[1:]}/delete").status_code == 422
    private = team.bob.post("/settings/views", name="Mine <b>", query="w2", sorting="newest")
    own = private.headers["location"].rpartition("/")[2]
    assert shown(team, own, "bob") == {third}
    assert "Mine &lt;b&gt;" in team.bob.get("/settings/views").text
    assert team.alice.get(f"/inbox/{own}").status_code == 404
    assert team.alice.get("/inbox/v99").status_code == team.alice.get("/inbox/vx").status_code == 404
    done = team.alice.post("/bulk", headers=HTMX, every="yes", view=view, do="close", reason=REASON)
    assert "2 conversations closed." in done.text
    team.alice.post(f"/settings/views/{view[1:]}/delete")
    assert team.bob.get(where).status_code == 404


def test_views_are_changed_and_ordered(team: Team) -> None:
    for name in ("One", "Two"):
        team.alice.post("/settings/views", name=name, query="is:open")
    page = team.alice.get("/settings/views").text
    numbers = re.findall(r'action="/settings/views/(\d+)/move"', page)
    team.alice.post(f"/settings/views/{numbers[-1]}/move", to="up")
    page = team.alice.get("/settings/views").text
    assert page.index(">Two</a>") < page.index(">One</a>")
    team.alice.post(f"/settings/views/{numbers[0]}", name="First", query="is:closed")
    assert ">First</a>" in team.alice.get("/settings/views").text
    for name, query, sorting in (
        ("", "is:open", "newest"),
        ("X", "", "newest"),
        ("X", "words", "urgent"),
        ("X", "y", "z"),
    ):
        wrong = team.alice.post("/settings/views", name=name, query=query, sorting=sorting)
        assert wrong.status_code == 422
        assert 'role="alert"' in wrong.text


def test_tags_are_renamed_joined_and_removed_everywhere(team: Team) -> None:
    first, second = crowd(team, 2)
    team.alice.post(f"/conversations/{first}/tags", name="bug")
    team.alice.post(f"/conversations/{first}/tags", name="bugs")
    team.alice.post(f"/conversations/{second}/tags", name="bugs")
    renamed = team.alice.post("/settings/tags/rename", name="bugs", into="Bug")
    assert renamed.status_code == 303
    page = team.alice.get("/settings/tags").text
    assert '<span class="tag">bug</span>' in page
    assert '<span class="tag">bugs</span>' not in page
    assert re.search(r">2</a>", page)
    assert team.alice.post("/settings/tags/rename", name="bug", into="<b>").status_code == 422
    assert team.alice.post("/settings/tags/rename", name="nothing", into="x").status_code == 404
    team.alice.post("/settings/tags/delete", name="bug")
    assert "No tags yet." in team.alice.get("/settings/tags").text
    assert '<span class="tag">bug' not in team.alice.get("/inbox/waiting").text


def test_what_is_found_is_marked_and_hostile_text_stays_text(team: Team) -> None:
    team.house.receive(team.account, mail(text="The <script>alert(1)</script> invoice\n", subject="Invoice <img>"))
    page = team.alice.get("/search?q=invoice").text
    assert "<mark>Invoice</mark> &lt;img&gt;" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; <mark>invoice</mark>" in page
    team.alice.post("/conversations/1/assign", to="me")
    assert "M0" not in page
    assert "/inbox/all/1#" not in team.bob.get("/search?q=is:mine").text
    assert "/inbox/all/1#" in team.alice.get("/search?q=is:mine").text
    assert "/inbox/all/1#" in team.bob.get("/search?q=assignee:alice").text


def test_nothing_moves_the_wait(team: Team) -> None:
    """Law 5: whatever is done here but closing and spam leaves the wait as it was."""
    [talk] = crowd(team, 1)
    [before] = team.house.open_waits()
    asked: list[tuple[str, dict[str, Any]]] = [
        ("assign", {"to": "me"}),
        ("tags", {"name": "x"}),
        ("snooze", {"until": "2026-11-02T15:00"}),
        ("wake", {}),
        ("follow", {}),
        ("unread", {}),
    ]
    for path, form in asked:
        assert team.alice.post(f"/conversations/{talk}/{path}", **form).status_code == 303, path
    [after] = team.house.open_waits()
    assert (after.id, after.started_at, after.due_at) == (before.id, before.started_at, before.due_at)
    assert after.due_at - after.started_at == timedelta(hours=24)
