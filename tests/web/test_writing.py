"""Saved replies, signatures and drafts over HTTP: who may see and change what, and what is refused."""

from __future__ import annotations

import json
import re
from typing import Any

from house import mail
from smtp_sink import SmtpSink
from team import Team

from connectors.contract import File
from inbox.flow import drafts, saved_replies
from inbox.flow.saved_replies import Given
from inbox.store.tables import Account

CAROL = "Carol Diaz <carol@customer.example>"


def write_in(team: Team, **more: Any) -> int:
    team.house.receive(team.account, mail(CAROL, "Words\n", subject="Matter", **more))
    return team.house.conversations()[-1].id or 0


def version(page: str) -> str:
    found = re.search(r'id="version" value="(\d+)"', page)
    assert found
    return found[1]


def test_saved_replies_are_kept_found_changed_and_removed(team: Team) -> None:
    alice, bob = team.alice, team.bob
    hello = {"name": "Hello", "folder": "Greetings", "text": "Hello {{contact.first_name|there}}"}
    assert alice.post("/settings/replies", **hello).status_code == 303
    assert alice.post("/settings/replies", name="Mine", text="Only mine", personal="yes").status_code == 303
    assert "Greetings" in bob.get("/settings/replies").text
    assert "Only mine" not in bob.get("/settings/replies").text
    assert [one["name"] for one in bob.get("/composer/replies.json?q=").json()] == ["Hello"]
    talk = write_in(team)
    [found] = alice.get(f"/composer/replies.json?q=greet&conversation={talk}").json()
    assert found["text"] == "Hello Carol"
    assert bob.get("/settings/replies/2").status_code == 404
    assert bob.post("/settings/replies/2/remove").status_code == 404
    assert bob.post("/composer/replies/2/used").status_code == 422
    bob.post("/settings/replies/1", **{**hello, "name": "Hello you"})
    bob.post("/composer/replies/1/used")
    page = alice.get("/settings/replies").text
    assert "Hello you" in page
    assert "1 time" in page
    alice.post("/settings/replies/1/remove")
    assert "Hello you" not in alice.get("/settings/replies").text


def test_a_saved_reply_with_a_variable_that_nobody_knows_is_refused(team: Team) -> None:
    answer = team.alice.post("/settings/replies", name="Odd", text="Dear {{contcat.name}} <b>")
    assert answer.status_code == 422
    assert "{{contcat.name}} is not a variable we know." in answer.text
    assert "Dear {{contcat.name}} &lt;b&gt;" in answer.text


def test_the_most_particular_signature_stands_under_a_mail(team: Team, smtp_sink: SmtpSink) -> None:
    sends = {"smtp_host": "127.0.0.1", "smtp_port": str(smtp_sink.port), "smtp_security": "none"}
    team.account = team.house.add_account("help@example.com", **sends)
    talk = write_in(team, to="help@example.com")
    assert team.bob.post("/settings/signatures", whose="team", text="Nope").status_code == 422
    team.alice.post("/settings/signatures", whose="team", text="The {{account.name}} team")
    team.alice.post("/settings/signatures", text="{{me.name}}, support")
    for who, words in ((team.alice, "Alice, support"), (team.bob, "The Example team")):
        page = who.get(f"/inbox/all/{talk}").text
        assert f'data-signature="-- \n{words}"' in page
        who.post(f"/conversations/{talk}/reply", text=f"To {words}", version=version(page))
        team.clock.move(seconds=15)
        team.house.deliver()
        assert f"-- \r\n{words}".encode() in smtp_sink.letters[-1].raw
    said = [(one.text, one.quoted) for one in team.house.messages(talk) if one.direction == "out"]
    assert said[0] == ("To Alice, support", "-- \nAlice, support")


def test_how_long_a_reply_can_be_undone_is_ones_own_choice(team: Team) -> None:
    talk = write_in(team)
    team.alice.post("/settings/signatures/undo", seconds="30")
    team.alice.post(
        f"/conversations/{talk}/reply", text="Hello", version=version(team.alice.get(f"/inbox/all/{talk}").text)
    )
    [message] = [one for one in team.house.messages(talk) if one.direction == "out"]
    row = team.house.delivery(message.id or 0)
    assert (row.not_before - row.created_at).total_seconds() == 30
    assert team.alice.post("/settings/signatures/undo", seconds="3000").status_code == 422


def test_a_draft_is_its_writers_until_it_is_shared(team: Team) -> None:
    talk = write_in(team)
    here = f"/conversations/{talk}/draft"
    assert team.bob.post(here, text="Bob's secret", draft="0").json() == {"draft": 1}
    assert "Bob&#39;s secret" not in team.alice.get(f"/inbox/all/{talk}").text
    assert team.alice.post("/drafts/1/take").status_code == 422
    stale = team.bob.post(here, text="Another", draft="0")
    assert (stale.status_code, stale.json()["theirs"]) == (409, "Bob's secret")
    team.bob.post(f"{here}/share", on="yes")
    assert "Bob&#39;s secret" in team.alice.get(f"/inbox/all/{talk}").text
    assert team.alice.post("/drafts/1/take").status_code == 303
    assert team.bob.post(here, text="Bob's secret, again", draft="1").json()["gone"] is True
    assert team.bob.post(f"{here}/restore").status_code == 422


def test_the_files_of_a_draft_are_only_its_writers_to_remove(team: Team) -> None:
    talk = write_in(team)
    here = f"/conversations/{talk}/draft/files"
    kept = team.bob.post(here, files={"file": ("../../etc/plan.txt", b"the plan", "text/plain")}).json()
    assert (kept["name"], kept["size"]) == ("plan.txt", 8)
    assert team.alice.post(f"/draft-files/{kept['id']}/remove").status_code == 404
    assert team.bob.post(f"/draft-files/{kept['id']}/remove").status_code == 200
    with team.house.store.unit_of_work() as work:
        drafts.add_file(work, talk, team.bob.id, "reply", File("big", "text/plain", b"x" * (25 * 1024 * 1024)))
    full = team.bob.post(here, files={"file": ("one.txt", b"x", "text/plain")})
    assert (full.status_code, "25 MB" in full.json()["problem"]) == (422, True)


def test_a_message_is_forwarded_with_its_files(team: Team, smtp_sink: SmtpSink) -> None:
    sends = {"smtp_host": "127.0.0.1", "smtp_port": str(smtp_sink.port), "smtp_security": "none"}
    team.account = team.house.add_account("help@example.com", **sends)
    talk = write_in(team, to="help@example.com")
    theirs = team.house.messages(talk)[0].id
    assert team.alice.post(f"/messages/{theirs}/forward").status_code == 303
    page = team.alice.get(f"/inbox/all/{talk}").text
    assert "---------- Forwarded message ----------" in page
    text = re.search(r'<textarea[^>]*id="reply-text"[^>]*>([^<]*)</textarea>', page)
    assert text
    form = {"text": text[1], "kind": "forward", "version": version(page)}
    assert "Say to whom this is forwarded." in team.alice.post(f"/conversations/{talk}/reply", **form).text
    team.alice.post(f"/conversations/{talk}/reply", to="dev@partner.example", **form)
    team.clock.move(seconds=15)
    team.house.deliver()
    assert smtp_sink.letters[0].recipients == ["dev@partner.example"]
    assert len(team.house.open_waits()) == 1


def test_what_a_channel_does_not_take_is_said_before_and_refused_after(team: Team) -> None:
    with team.house.store.unit_of_work() as work:
        phone = Account(kind="fake", address="+33100", settings={"poses_as": "sms"}, created_at=work.now)
        work.session.add(phone)
        work.session.flush()
        phone_id = phone.id or 0
    team.house.receive(phone_id, json.dumps({"from": "+33600", "text": "Hi", "to": ["+33100"]}).encode())
    talk = team.house.conversations()[-1].id or 0
    page = team.alice.get(f"/inbox/all/{talk}").text
    assert 'data-count="sms" data-limit="1600"' in page
    assert "data-files" not in page
    assert 'name="cc"' not in page
    form = {"version": version(page)}
    here = f"/conversations/{talk}/reply"
    assert "1600 letters at most" in team.alice.post(here, text="x" * 1601, **form).text
    assert "knows no copies" in team.alice.post(here, text="x", cc="ann@x.example", **form).text
    files = {"files": ("a.txt", b"a", "text/plain")}
    assert "takes no files" in team.alice.post(here, text="x", files=files, **form).text
    assert team.alice.post(here, text="x" * 1600, **form).status_code == 303


def test_strangers_and_other_sites_change_no_draft(team: Team) -> None:
    talk = write_in(team)
    with team.house.store.unit_of_work() as work:
        saved_replies.add(work, team.alice.id, Given("Ours", "For us only"))
    assert team.mallory.get("/composer/replies.json").status_code in {303, 401}
    assert team.mallory.post(f"/conversations/{talk}/draft", text="x").status_code in {303, 401, 403}
    forged = team.alice.client.post(f"/conversations/{talk}/draft", data={"text": "x", "csrf": "wrong"})
    assert forged.status_code == 403
