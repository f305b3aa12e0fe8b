"""Writing in a browser: nothing typed is lost, nothing leaves too early, and nobody writes over a colleague."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import FilePayload, Page, expect
from sqlmodel import select
from team import Opener, Team

from inbox.flow import drafts as flow_drafts
from inbox.flow import saved_replies
from inbox.flow.drafts import Typed
from inbox.flow.saved_replies import Given
from inbox.store.tables import Mention, SavedDraft, SavedReply

AXE = (Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")


def drafts(team: Team) -> list[str]:
    with team.house.store.reading() as session:
        rows = session.exec(select(SavedDraft)).all()
    return [row.text for row in rows if row.discarded_at is None]


def sent(team: Team, talk: int = 1) -> list[str]:
    return [one.text for one in team.house.messages(talk) if one.direction == "out"]


def opened_at(page: Page, team: Team, talk: int = 1) -> Page:
    page.goto(f"{team.url}/inbox/waiting/{talk}")
    expect(page.locator("#reply-text")).to_be_visible()
    return page


def send(page: Page) -> None:
    page.locator("#reply-form .button.first", has_text="Send").first.click()


def test_a_sent_reply_can_be_taken_back_before_it_leaves(team: Team, opened: Opener) -> None:
    page = opened_at(opened(), team)
    page.fill("#reply-text", "Too hasty")
    send(page)
    expect(page.locator("#toasts")).to_contain_text("Your reply is on its way.")
    expect(page.locator("#timeline")).to_contain_text("Too hasty")
    [message] = [one for one in team.house.messages(1) if one.direction == "out"]
    row = team.house.delivery(message.id or 0)
    assert row.not_before - row.created_at == timedelta(seconds=15)
    assert team.house.deliver() == 0
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(page.locator("#reply-text")).to_have_value("Too hasty")
    expect(page.locator("#timeline")).not_to_contain_text("Too hasty")
    assert sent(team) == []
    assert len(team.house.open_waits()) == 3


def test_a_draft_is_on_every_device_and_can_be_shared_and_taken_over(team: Team, opened: Opener) -> None:
    alice = opened_at(opened("alice"), team)
    alice.fill("#reply-text", "Half a thought")
    expect(alice.locator("#reply-form [data-state]")).to_have_text("Draft saved")
    elsewhere = opened_at(opened("alice"), team)
    expect(elsewhere.locator("#reply-text")).to_have_value("Half a thought")

    bob = opened_at(opened("bob"), team)
    expect(bob.locator(".team-draft")).to_have_count(0)
    alice.get_by_role("button", name="Share draft").click()
    expect(bob.locator("#team-drafts")).to_contain_text("Half a thought")
    bob.get_by_role("button", name="Take it over").click()
    expect(bob.locator("#reply-text")).to_have_value("Half a thought")
    alice.locator("#reply-text").press_sequentially("!")
    expect(alice.locator("#reply-form [data-state]")).to_contain_text("taken over elsewhere")
    assert drafts(team) == ["Half a thought"]


def test_two_tabs_never_write_over_each_other(team: Team, opened: Opener) -> None:
    first = opened_at(opened(), team)
    second = opened_at(opened(), team)
    first.fill("#reply-text", "From the first")
    expect(first.locator("#reply-form [data-state]")).to_have_text("Draft saved")
    second.fill("#reply-text", "From the second")
    expect(second.locator("#reply-form [data-state]")).to_contain_text("changed in another tab")
    assert drafts(team) == ["From the first"]
    second.get_by_role("button", name="Keep mine").click()
    expect(second.locator("#reply-form [data-state]")).to_have_text("Draft saved")
    assert drafts(team) == ["From the second"]


def test_what_is_discarded_comes_back(team: Team, opened: Opener) -> None:
    page = opened_at(opened(), team)
    page.fill("#reply-text", "Worth keeping")
    expect(page.locator("#reply-form [data-state]")).to_have_text("Draft saved")
    page.locator("#reply-form").get_by_role("button", name="Discard").click()
    expect(page.locator("#reply-text")).to_have_value("")
    page.locator("#reply-form").get_by_role("button", name="Undo").click()
    expect(page.locator("#reply-text")).to_have_value("Worth keeping")
    expect(page.locator("#reply-form [data-state]")).to_have_text("Draft saved")
    page.reload()
    expect(page.locator("#reply-text")).to_have_value("Worth keeping")


def test_a_saved_reply_is_found_by_keyboard_and_filled_in(team: Team, opened: Opener) -> None:
    with team.house.store.unit_of_work() as work:
        export = Given("How to export", "Hello {{contact.first_name}},\n\nopen Board, then Export. {{me.first_name}}")
        saved_replies.add(work, team.alice.id, export)
        saved_replies.add(work, team.alice.id, Given("Refund", "It is on its way."))
    page = opened_at(opened(), team)
    page.focus("#reply-text")
    page.keyboard.type("/")
    expect(page.locator("#saved-search")).to_be_focused()
    page.keyboard.type("export")
    expect(page.locator("#saved-list [role=option]")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("#reply-text")).to_have_value("Hello Carol,\n\nopen Board, then Export. Alice")
    expect(page.locator("#reply-text")).to_be_focused()
    send(page)
    expect(page.locator("#timeline")).to_contain_text("Hello Carol,")
    with team.house.store.reading() as session:
        assert session.exec(select(SavedReply.used).where(SavedReply.name == "How to export")).one() == 1


def test_files_are_pasted_dropped_chosen_and_removed(team: Team, opened: Opener) -> None:
    page = opened_at(opened(), team)
    give = """([kind, name]) => {
        const data = new DataTransfer();
        data.items.add(new File(["the bytes of " + name], name, { type: "text/plain" }));
        const field = document.getElementById("reply-text");
        const how = { bubbles: true, cancelable: true };
        const event = kind === "paste" ? new ClipboardEvent("paste", { clipboardData: data, ...how })
            : new DragEvent("drop", { dataTransfer: data, ...how });
        field.dispatchEvent(event);
    }"""
    page.evaluate(give, ["paste", "pasted.txt"])
    page.evaluate(give, ["drop", "dropped.txt"])
    chosen: FilePayload = {"name": "chosen.txt", "mimeType": "text/plain", "buffer": b"the bytes of chosen.txt"}
    page.set_input_files("[data-files]", [chosen])
    expect(page.locator("[data-chosen] [data-file]")).to_have_count(3)
    page.get_by_role("button", name="Remove dropped.txt").click()
    expect(page.locator("[data-chosen] [data-file]")).to_have_count(2)
    page.reload()
    expect(page.locator("[data-chosen] [data-file]")).to_have_count(2)
    page.fill("#reply-text", "Two files")
    send(page)
    expect(page.locator("#timeline .ours .file")).to_have_count(2)
    [message] = [one for one in team.house.messages(1) if one.direction == "out"]
    names = [file["filename"] for file in team.house.delivery(message.id or 0).payload["files"]]
    assert names == ["pasted.txt", "chosen.txt"]
    assert drafts(team) == []


def test_a_colleague_who_was_quicker_stops_the_send(team: Team, opened: Opener) -> None:
    alice, bob = opened_at(opened("alice"), team), opened_at(opened("bob"), team)
    alice.fill("#reply-text", "Alice's answer")
    bob.fill("#reply-text", "Bob's answer")
    send(bob)
    expect(bob.locator("#toasts")).to_contain_text("Your reply is on its way.")
    send(alice)
    expect(alice.locator("#held")).to_contain_text(
        "Bob answered Carol Diaz while you were writing. Read it first, then send or discard yours."
    )
    expect(alice.locator("#timeline")).to_contain_text("Bob's answer")
    expect(alice.locator("#reply-text")).to_have_value("Alice's answer")
    assert sent(team) == ["Bob's answer"]
    alice.get_by_role("button", name="Send anyway").click()
    expect(alice.locator("#timeline")).to_contain_text("Alice's answer")
    assert sent(team) == ["Bob's answer", "Alice's answer"]


def test_keys_write_markdown(team: Team, opened: Opener) -> None:
    page = opened_at(opened(), team)
    page.fill("#reply-text", "bold")
    page.press("#reply-text", "Control+a")
    page.press("#reply-text", "Control+b")
    expect(page.locator("#reply-text")).to_have_value("**bold**")
    page.press("#reply-text", "Control+b")
    expect(page.locator("#reply-text")).to_have_value("bold")
    page.fill("#reply-text", "one\ntwo")
    page.press("#reply-text", "Control+a")
    page.get_by_role("button", name="Numbered list").click()
    expect(page.locator("#reply-text")).to_have_value("1. one\n2. two")
    page.press("#reply-text", "Control+z")
    expect(page.locator("#reply-text")).to_have_value("one\ntwo")


def test_send_and_next_by_keyboard(team: Team, opened: Opener) -> None:
    page = opened_at(opened(), team)
    page.fill("#reply-text", "Done, who is next?")
    page.press("#reply-text", "Control+Shift+Enter")
    expect(page.locator("#conversation-title")).to_have_text("Matter 2")
    expect(page).to_have_url(re.compile("/inbox/waiting/2$"))
    assert sent(team) == ["Done, who is next?"]
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(page).to_have_url(re.compile("/inbox/waiting/1$"))
    expect(page.locator("#reply-text")).to_have_value("Done, who is next?")


def test_a_reply_leaves_later_and_can_be_changed(team: Team, opened: Opener) -> None:
    page = opened_at(opened(), team, 3)
    page.fill("#reply-text", "In the morning")
    page.locator("summary[aria-label='More ways to send']").click()
    page.get_by_role("button", name="In 2 hours").click()
    expect(page.locator("#timeline")).to_contain_text("unless they write first")
    assert team.house.deliver() == 0
    page.locator("#timeline").get_by_role("button", name="Edit").click()
    expect(page.locator("#reply-text")).to_have_value("In the morning")
    expect(page.locator("#timeline")).not_to_contain_text("In the morning")


def test_later_than_the_promise_asks(team: Team, opened: Opener) -> None:
    page = opened_at(opened(), team, 1)
    page.fill("#reply-text", "Far too late")
    page.locator("summary[aria-label='More ways to send']").click()
    page.get_by_role("button", name="In 2 hours").click()
    expect(page.locator("#held")).to_contain_text("later than the answer they were promised")
    assert sent(team) == []
    page.get_by_role("button", name="Send it then all the same").click()
    expect(page.locator("#timeline")).to_contain_text("unless they write first")


def test_a_colleague_is_named_in_a_note(team: Team, opened: Opener) -> None:
    page = opened_at(opened(), team)
    page.keyboard.press("n")
    page.keyboard.type("Ask @bo")
    expect(page.locator("#mention-list [role=option]")).to_have_text(["Bob "])
    page.keyboard.press("Enter")
    expect(page.locator("#note-text")).to_have_value("Ask @Bob ")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#timeline .note")).to_contain_text("Ask @Bob")
    with team.house.store.reading() as session:
        assert [one.teammate_id for one in session.exec(select(Mention)).all()] == [team.bob.id]


def findings(page: Page) -> list[str]:
    """Return what axe finds on the page as it is now, and that it is too wide where it is."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found] + (["too wide"] if wide else [])


def test_every_state_of_the_composer_is_for_everyone(team: Team, opened: Opener) -> None:
    with team.house.store.unit_of_work() as work:
        saved_replies.add(work, team.alice.id, Given("Refund", "It is on its way."))
        flow_drafts.save(work, Typed(1, team.bob.id, "reply", "Bob's beginning"))
        flow_drafts.share(work, 1, team.bob.id, "reply", on=True)
    page = opened_at(opened(width=360, color_scheme="dark"), team)
    expect(page.locator(".team-draft")).to_contain_text("Bob's beginning")
    page.click("#reply-text")
    page.keyboard.type("/")
    expect(page.locator("#saved-list [role=option]")).to_have_count(1)
    assert findings(page) == []
    page.keyboard.type("nothing like it")
    expect(page.locator("[data-none]")).to_be_visible()
    assert findings(page) == []
    page.keyboard.press("Escape")
    page.locator("summary[aria-label='More ways to send']").click()
    assert findings(page) == []
    page.keyboard.press("Escape")
    page.locator("[data-toggle-cc]").click()
    page.locator("[data-see]").click()
    expect(page.locator("[data-preview]")).to_be_visible()
    assert findings(page) == []
    for path in ("replies", "signatures"):
        page.goto(f"{team.url}/settings/{path}")
        assert findings(page) == [], path
