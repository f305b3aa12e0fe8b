"""The inbox without scripts: lists, conversations, replies and acts, as Alice and Bob use them."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from house import mail
from smtp_sink import SmtpSink
from team import HTMX, Team


def write_in(team: Team, number: int = 1, **more: Any) -> int:
    """Let somebody write, and return the conversation."""
    sender = f"Person {number} <p{number}@customer.example>"
    team.house.receive(team.account, mail(sender, f"Words {number}\n", subject=f"Matter {number}", **more))
    return team.house.conversations()[-1].id or 0


def version(page: str) -> str:
    found = re.search(r'id="version" value="(\d+)"', page)
    assert found
    return found[1]


def key(page: str) -> str:
    found = re.search(r'name="key" value="([^"]+)"', page)
    assert found
    return found[1]


def test_the_most_urgent_comes_first(team: Team) -> None:
    first = write_in(team, 1)
    team.clock.move(hours=3)
    second = write_in(team, 2)
    page = team.alice.get("/inbox/waiting").text
    assert page.index(f'id="c{first}"') < page.index(f'id="c{second}"')
    assert "21 h left" in page
    assert "Waiting for 3 h. 21 h left of 24 h." in page
    team.clock.move(hours=22)
    team.alice.sign_in("alice@example.com")
    page = team.alice.get("/inbox/waiting").text
    assert "1 h late" in page
    assert 'data-state="late"' in page
    assert "1 late" in page


def test_an_empty_inbox_says_who_answered_last(team: Team) -> None:
    assert "Nobody is waiting." in team.alice.get("/inbox/waiting").text
    talk = write_in(team)
    team.house.reply(talk, team.bob.id)
    team.alice.post(f"/conversations/{talk}/close", reason="They only said thanks.")
    team.clock.move(minutes=14)
    assert re.search(r"Last reply <time[^>]*>14 min ago</time>", team.alice.get("/inbox/waiting").text)


def test_lists_hold_what_belongs_to_them(team: Team) -> None:
    talks = [write_in(team, number) for number in range(1, 5)]
    team.alice.post(f"/conversations/{talks[0]}/assign", to="me")
    team.alice.post(f"/conversations/{talks[1]}/assign", to=str(team.bob.id))
    team.alice.post(f"/conversations/{talks[2]}/spam")
    team.alice.post(f"/conversations/{talks[3]}/close", reason="Answered elsewhere.")
    expected = {
        "mine": [0],
        "unassigned": [],
        "open": [0, 1],
        "all": [0, 1, 2, 3],
        "closed": [3],
        "spam": [2],
        "waiting": [0, 1],
    }
    for view, places in expected.items():
        page = team.alice.get(f"/inbox/{view}").text
        assert set(re.findall(r'id="c(\d+)"', page)) == {str(talks[place]) for place in places}, view
    assert f'id="c{talks[1]}"' in team.bob.get("/inbox/mine").text


def test_a_long_list_pages_on_without_gaps(team: Team) -> None:
    senders = [mail(f"P{n} <p{n}@x.example>", f"w{n}", subject=f"M{n}", message_id=f"n{n}@x") for n in range(120)]
    team.house.receive(team.account, *senders)
    for view in ("waiting", "all"):
        seen: list[str] = []
        path: str | None = f"/inbox/{view}"
        while path:
            page = team.alice.get(path).text
            seen += re.findall(r'id="c(\d+)"', page)
            found = re.search(r'class="button" href="([^"]+before=[^"]+)"', page)
            path = found[1] if found else None
        assert len(seen) == len(set(seen)) == 120
    assert "120" in team.alice.get("/inbox/mine").text


def test_a_reply_goes_out_once_however_often_send_is_pressed(team: Team) -> None:
    talk = write_in(team)
    page = team.alice.get(f"/inbox/waiting/{talk}").text
    form: dict[str, Any] = {"text": "Hello **you**", "version": version(page), "key": key(page), "view": "waiting"}
    for _ in range(3):
        sent = team.alice.post(f"/conversations/{talk}/reply", **form)
        assert (sent.status_code, sent.headers["location"]) == (303, f"/inbox/waiting/{talk}")
    said = [one for one in team.house.messages(talk) if one.direction == "out"]
    assert [one.text for one in said] == ["Hello **you**"]
    shown = team.alice.get(f"/inbox/waiting/{talk}").text
    assert "Hello <strong>you</strong>" in shown
    assert "Leaves in a moment" in shown
    assert "Your reply is on its way." in shown
    assert "Your reply is on its way." not in team.alice.get(f"/inbox/waiting/{talk}").text


def test_what_arrives_meanwhile_stops_the_send_and_keeps_the_words(team: Team) -> None:
    talk = write_in(team)
    page = team.alice.get(f"/inbox/waiting/{talk}").text
    team.house.reply(talk, team.bob.id, "Bob was quicker")
    form: dict[str, Any] = {
        "text": "Alice's words",
        "version": version(page),
        "key": key(page),
        "view": "waiting",
        "cc": "ann@x.example",
    }
    held = team.alice.post(f"/conversations/{talk}/reply", **form)
    assert held.status_code == 409
    assert "Bob answered Person 1 while you were writing. Read it first, then send or discard yours." in held.text
    assert "Bob was quicker" in held.text
    assert "Alice&#39;s words" in held.text
    assert 'value="ann@x.example"' in held.text
    parts = team.alice.post(f"/conversations/{talk}/reply", headers=HTMX, **form)
    assert parts.status_code == 409
    assert 'hx-target="#timeline"' in parts.text
    assert 'id="composer"' not in parts.text
    again = team.alice.post(f"/conversations/{talk}/reply", **{**form, "version": version(parts.text)})
    assert again.status_code == 303
    assert [one.text for one in team.house.messages(talk) if one.direction == "out"][-1] == "Alice's words"


def test_send_and_close_closes_once_it_has_left(team: Team, smtp_sink: SmtpSink) -> None:
    sends = {"smtp_host": "127.0.0.1", "smtp_port": str(smtp_sink.port), "smtp_security": "none"}
    team.account = team.house.add_account("help@example.com", **sends)
    talk = write_in(team, to="help@example.com")
    page = team.alice.get(f"/inbox/waiting/{talk}").text
    team.alice.post(f"/conversations/{talk}/reply", text="Done.", version=version(page), key=key(page), then="close")
    team.house.deliver()
    assert (team.house.conversations()[0].status, len(team.house.open_waits())) == ("open", 1)
    team.clock.move(seconds=15)
    team.house.deliver()
    assert (team.house.conversations()[0].status, team.house.open_waits()) == ("closed", [])


def test_files_and_copies_go_with_a_reply(team: Team) -> None:
    talk = write_in(team)
    page = team.alice.get(f"/inbox/waiting/{talk}").text
    files = [("files", ("../../a<b>.txt", b"abc", "text/plain")), ("files", ("b.bin", b"\x00" * 2000, "x/y; a=b"))]
    form: dict[str, Any] = {
        "text": "See files",
        "version": version(page),
        "key": key(page),
        "cc": "Ann@x.example, ben@x.example",
    }
    assert team.alice.post(f"/conversations/{talk}/reply", files=files, **form).status_code == 303
    shown = team.alice.get(f"/inbox/waiting/{talk}").text
    assert "a&lt;b&gt;.txt" in shown
    assert "../" not in shown
    assert "2 kB" in shown
    assert "copy to ann@x.example, ben@x.example" in re.sub(r"\s+", " ", shown)
    number = re.search(r'href="/attachments/(\d+)"', shown)
    assert number
    assert team.bob.get(f"/attachments/{number[1]}").content == b"abc"
    wrong = team.alice.post(f"/conversations/{talk}/reply", **{**form, "cc": "not an address", "key": "z" * 20})
    assert wrong.status_code == 422
    assert "is not a mail address" in wrong.text
    assert "See files" in wrong.text


def test_too_large_files_are_refused_and_words_stay(team: Team) -> None:
    talk = write_in(team)
    page = team.alice.get(f"/inbox/waiting/{talk}").text
    files = [("files", ("big.bin", b"\0" * (26 * 1024 * 1024), "application/octet-stream"))]
    form: dict[str, Any] = {"text": "My words", "version": version(page), "key": key(page)}
    answer = team.alice.post(f"/conversations/{talk}/reply", files=files, **form)
    assert answer.status_code == 422
    assert "larger than 25 MB" in answer.text
    assert "My words" in answer.text


def test_a_note_is_for_the_team_and_closes_no_wait(team: Team) -> None:
    talk = write_in(team)
    answer = team.bob.post(f"/conversations/{talk}/note", headers=HTMX, text="Ask *Ann*", view="waiting")
    assert "Ask <em>Ann</em>" in answer.text
    assert "note for the team" in answer.text
    assert 'id="composer"' in answer.text
    assert len(team.house.open_waits()) == 1


def test_closing_while_somebody_waits_needs_a_reason(team: Team) -> None:
    talk = write_in(team)
    assert team.alice.post(f"/conversations/{talk}/close").status_code == 422
    refused = team.alice.post(f"/conversations/{talk}/close", headers=HTMX)
    assert refused.headers["hx-retarget"] == "#toasts"
    assert "say why no reply is needed" in refused.text
    assert team.alice.post(f"/conversations/{talk}/close", other="We spoke on the phone").status_code == 303
    assert "Alice closed this: We spoke on the phone" in team.alice.get(f"/inbox/all/{talk}").text
    assert team.house.open_waits() == []
    team.alice.post(f"/conversations/{talk}/reopen")
    assert team.house.conversations()[0].status == "open"


def test_spam_and_back_again(team: Team) -> None:
    talk = write_in(team)
    [before] = team.house.open_waits()
    answer = team.alice.post(f"/conversations/{talk}/spam", headers=HTMX)
    assert f'action="/conversations/{talk}/not-spam"' in answer.text
    assert team.house.open_waits() == []
    team.alice.post(f"/conversations/{talk}/not-spam")
    [after] = team.house.open_waits()
    assert (after.id, after.due_at) == (before.id, before.due_at)


def test_merge_split_and_undo(team: Team) -> None:
    first, second = write_in(team, 1), write_in(team, 2)
    merged = team.alice.post(f"/conversations/{second}/merge", into=f"#{first}", view="waiting")
    assert merged.headers["location"] == f"/inbox/waiting/{first}"
    page = team.alice.get(f"/inbox/waiting/{first}").text
    assert "Words 2" in page
    assert "Alice merged conversation" in page
    assert team.alice.get(f"/inbox/waiting/{second}").text.count("Words 1") >= 1
    undo = re.search(r'action="(/merges/\d+/undo)"', page)
    assert undo
    assert team.alice.post(undo[1], conversation_id=str(first)).status_code == 303
    assert "Words 2" not in re.sub(
        r"<ol class=\"rows.*?</ol>", "", team.alice.get(f"/inbox/all/{first}").text, flags=re.DOTALL
    )
    team.alice.post(f"/conversations/{second}/merge", into=str(first))
    moved = [one for one in team.house.messages(first) if one.kind == "message"][-1]
    begun = team.alice.post(f"/messages/{moved.id}/split", view="all")
    assert begun.headers["location"] not in {f"/inbox/all/{first}", f"/inbox/all/{second}"}
    for nonsense in ("", "abc", "9" * 30, "-1"):
        assert team.alice.post(f"/conversations/{first}/merge", into=nonsense).status_code == 422


def test_tags(team: Team) -> None:
    talk = write_in(team)
    team.alice.post(f"/conversations/{talk}/tags", name="Billing")
    assert '<span class="tag">billing</span>' in team.alice.get("/inbox/waiting").text
    team.alice.post(f"/conversations/{talk}/tags", name="billing", off="yes")
    assert '<span class="tag">billing</span>' not in team.alice.get("/inbox/waiting").text


def test_a_person_is_named_noted_and_joined(team: Team) -> None:
    first, second = write_in(team, 1), write_in(team, 2)
    contacts = [one.contact_id for one in team.house.conversations()]
    here: dict[str, Any] = {"conversation_id": str(first), "view": "all"}
    team.alice.post(f"/contacts/{contacts[0]}", name="Carol Diaz", notes="Teacher", **here)
    page = team.alice.get(f"/inbox/all/{first}").text
    assert "Carol Diaz" in page
    assert "Teacher" in page
    assert team.alice.post(f"/contacts/{contacts[0]}/merge", same_as="nobody@x.example", **here).status_code == 422
    team.alice.post(f"/contacts/{contacts[0]}/merge", same_as="P2@customer.example", **here)
    page = team.alice.get(f"/inbox/all/{first}").text
    assert "p1@customer.example" in page
    assert f'href="/conversations/{second}"' in page
    undo = re.search(r'action="(/contacts/merges/\d+/undo)"', page)
    assert undo
    team.alice.post(undo[1], **here)
    assert f'href="/conversations/{second}"' not in team.alice.get(f"/inbox/all/{first}").text


def test_a_send_that_failed_is_said_in_words_and_can_be_decided(team: Team) -> None:
    talk = write_in(team)
    said = team.house.reply(talk, team.bob.id)
    row = team.house.delivery(said)
    cancelled = team.alice.post(f"/deliveries/{row.id}/cancel", headers=HTMX, message_id=str(said))
    assert "Taken back before it left" in cancelled.text
    assert "Send again" in cancelled.text
    team.alice.post(f"/deliveries/{row.id}/again", message_id=str(said))
    assert team.house.delivery(said).state == "queued"
    team.house.deliver()
    page = team.alice.get(f"/inbox/all/{talk}").text
    assert "Could not be sent: support@example.com: no server for sending is set." in page
    assert team.alice.post(f"/deliveries/{row.id}/burn", message_id=str(said)).status_code == 422


def test_what_is_odd_about_a_mail_is_said_in_words(team: Team) -> None:
    late = team.clock.now - timedelta(hours=7)
    team.house.receive(team.account, mail(), at=late)
    team.house.receive(
        team.account, mail(text="Something else entirely.\n", message_id=team.house.messages(1)[0].rfc_message_id)
    )
    pages = "".join(team.alice.get(f"/inbox/all/{talk.id}").text for talk in team.house.conversations())
    assert "Reached us late: 7 h after it was sent." in pages
    assert "This mail re-used another mail&#39;s id." in pages
    assert "reached us late" in team.alice.get("/inbox/waiting").text


def test_search_finds_and_leads_to_the_message(team: Team) -> None:
    talk = write_in(team, 7)
    page = team.alice.get("/search?q=words").text
    assert re.search(rf'href="/inbox/all/{talk}#m\d+"', page)
    assert "Nothing was found." in team.alice.get("/search?q=zebra").text
    for odd in ('"', "NEAR(", "*", "from:", "a" * 2000, "%00", "before:x"):
        assert team.alice.get("/search", params={"q": odd}).status_code == 200


def test_parts_for_htmx_are_parts(team: Team) -> None:
    talk = write_in(team)
    part = team.alice.get(f"/inbox/waiting/{talk}", headers=HTMX).text
    assert "<html" not in part
    assert 'id="timeline"' in part
    news = team.alice.get(f"/inbox/mine/news?ids={talk},x,,999").text
    assert "<li" not in news
    assert '<data data-count="waiting">1</data>' in news


def test_nonsense_in_addresses_is_not_found(team: Team) -> None:
    for path in ("/inbox/nothing", "/inbox/waiting/0", f"/inbox/waiting/{2**62}", "/messages/1/body", "/attachments/1"):
        assert team.alice.get(path).status_code == 404, path
    for before in ("x", "1-", "-1", "9" * 40 + "-1", "1-" + "9" * 40):
        assert team.alice.get(f"/inbox/waiting?before={before}").status_code == 200
