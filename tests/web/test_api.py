"""A program of the team's works through the JSON API, and strangers do not."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import httpx
import pytest
from house import House, mail
from program import program, served
from stores import MovedClock

from inbox import wiring
from inbox.flow import sign_in, tokens
from inbox.flow.read import read_pending
from inbox.flow.verify import verify
from inbox.store.db import Store

V1 = "/api/v1"


@pytest.fixture
def house(store: Store, clock: MovedClock) -> House:
    made = House(store, clock)
    made.context = replace(made.context, channels=wiring.Channels(made.context.vault, clock, store))
    return made


@pytest.fixture
def alice(house: House) -> Iterator[httpx.Client]:
    """Alice's program: she is a founder, and support@ has heard from Carol and Dana."""
    account = house.add_account()
    founder = house.add_teammate("Alice", "founder")
    with served(house) as address, program(house, address, founder) as client:
        house.receive(account, mail(text="I can't export my board."))
        house.clock.move(hours=1)
        house.receive(account, mail("Dana <dana@customer.example>", "Where is my invoice?", subject="Invoice"))
        yield client


def get(client: httpx.Client, path: str, **query: Any) -> Any:
    answer = client.get(f"{V1}{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def post(client: httpx.Client, path: str, body: dict[str, Any] | None = None) -> Any:
    answer = client.post(f"{V1}{path}", json=body)
    assert answer.status_code in {200, 201}, answer.text
    return answer.json()


def refused(client: httpx.Client, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, str]:
    answer = client.request(method, f"{V1}{path}", json=body)
    error = answer.json()["error"]
    assert set(error) == {"code", "status", "message", "request_id"}
    assert error["status"] == answer.status_code
    assert error["message"].endswith((".", ")"))
    return answer.status_code, error["code"]


def test_the_list_has_the_most_urgent_first_and_pages_on(alice: httpx.Client) -> None:
    first = get(alice, "/conversations", limit=1)
    second = get(alice, "/conversations", limit=1, cursor=first["next"])
    assert [page["conversations"][0]["contact"] for page in (first, second)] == ["Carol Diaz", "Dana"]
    assert second["next"] is None
    assert refused(alice, "GET", "/conversations?cursor=nonsense") == (404, "not_found")
    assert refused(alice, "GET", "/conversations?limit=9999") == (422, "invalid")
    assert refused(alice, "GET", "/conversations?view=secret") == (422, "invalid")


def test_a_reply_is_queued_once_and_shown_with_what_became_of_it(alice: httpx.Client, house: House) -> None:
    reply = {
        "markdown": "Which board, please?",
        "key": "one",
        "files": [
            {"filename": "how.txt", "content_type": "text/plain", "data": base64.b64encode(b"Click here.").decode()}
        ],
    }
    made = post(alice, "/conversations/1/replies", reply)
    assert post(alice, "/conversations/1/replies", reply) == made

    shown = get(alice, "/conversations/1")
    assert [entry["direction"] for entry in shown["messages"] if entry["kind"] == "message"] == ["in", "out"]
    sent = shown["messages"][-1]
    assert (sent["id"], sent["delivery"]["state"]) == (made["id"], "queued")
    assert [file["filename"] for file in sent["attachments"]] == ["how.txt"]
    assert shown["waits"][0]["closed_at"] is None
    assert post(alice, f"/deliveries/{sent['delivery']['id']}/cancel") == {"ok": True}
    assert verify(house.store) == []


def test_files_and_originals_are_saved_and_never_shown(alice: httpx.Client, house: House) -> None:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "erin@customer.example", "support@example.com", "A page"
    letter.set_content("See the page.")
    letter.add_attachment(b"<script>alert(1)</script>", maintype="text", subtype="html", filename="pa;ge\u00e9.html")
    house.receive(1, letter.as_bytes())
    message = get(alice, "/conversations/3")["messages"][0]
    saved = alice.get(f"{V1}/attachments/{message['attachments'][0]['id']}")
    assert saved.content == b"<script>alert(1)</script>"
    assert saved.headers["content-type"] == "application/octet-stream"
    assert saved.headers["content-disposition"].startswith("attachment; filename*=UTF-8''pa%3Bge")
    assert alice.get(f"{V1}/messages/{message['id']}/raw").content == letter.as_bytes()
    assert refused(alice, "GET", "/attachments/99") == (404, "not_found")


def test_a_reply_to_what_has_changed_is_stopped(alice: httpx.Client, house: House) -> None:
    seen = get(alice, "/conversations/1")["version"]
    post(alice, "/conversations/1/notes", {"markdown": "Bob knows this bug."})
    post(alice, "/conversations/1/replies", {"markdown": "Written after the note", "expected_version": seen})
    stale = {"markdown": "Hello", "expected_version": seen}
    assert refused(alice, "POST", "/conversations/1/replies", stale) == (409, "conflict")


def test_a_reply_can_be_held_undone_and_sent_later(alice: httpx.Client, house: House) -> None:
    made = post(alice, "/conversations/1/replies", {"markdown": "Hasty", "key": "one", "hold": 30})
    assert house.deliver() == 0
    assert post(alice, f"/messages/{made['id']}/undo") == {"ok": True}
    assert [one.text for one in house.messages(1) if one.direction == "out"] == []
    again = {"markdown": "Hasty", "key": "one"}
    assert refused(alice, "POST", "/conversations/1/replies", again) == (422, "refused")
    at = (house.clock.now + timedelta(hours=2)).isoformat()
    later = post(alice, "/conversations/1/replies", {"markdown": "Later", "send_at": at})
    vague = {"markdown": "x", "send_at": "2026-11-02T09:00:00"}
    assert refused(alice, "POST", "/conversations/1/replies", vague) == (422, "invalid")
    told = next(one for one in get(alice, "/conversations/1")["messages"] if one["id"] == later["id"])
    assert told["delivery"]["state"] == "queued"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"markdown": ""}, "refused"),
        ({"markdown": "x", "surprise": 1}, "invalid"),
        ({"markdown": "x", "to": [{"value": "not an address"}]}, "refused"),
        ({"markdown": "x", "files": [{"filename": "a", "data": "***"}]}, "refused"),
        ({"markdown": ["x"]}, "invalid"),
    ],
)
def test_a_reply_that_cannot_be_is_refused(alice: httpx.Client, body: dict[str, Any], code: str) -> None:
    assert refused(alice, "POST", "/conversations/1/replies", body) == (422, code)


def test_acts(alice: httpx.Client, house: House) -> None:
    me = get(alice, "/me")
    assert post(alice, "/conversations/1/assign", {"assignee_id": me["id"]}) == {"ok": True}
    assert [row["id"] for row in get(alice, "/conversations", view="mine")["conversations"]] == [1]
    post(alice, "/conversations/1/tags", {"name": "export"})
    assert get(alice, "/conversations/1")["tags"] == ["export"]
    post(alice, "/conversations/1/tags", {"name": "export", "on": False})
    assert refused(alice, "POST", "/conversations/1/close", {}) == (422, "reason_needed")
    post(alice, "/conversations/1/close", {"reason": "He rang and it works now"})
    assert get(alice, "/conversations/1")["waits"][0]["cause"] == "no_reply_needed"
    post(alice, "/conversations/1/reopen")
    assert get(alice, "/conversations/1")["waits"][0]["cause"] is None
    post(alice, "/conversations/1/no-reply-needed", {"reason": "He rang after all"})
    post(alice, "/conversations/2/spam")
    assert get(alice, "/conversations")["conversations"] == []
    post(alice, "/conversations/2/not-spam")
    assert [row["id"] for row in get(alice, "/conversations")["conversations"]] == [2]
    post(alice, "/conversations/2/no-reply-needed", {"reason": "Paid meanwhile"})
    assert refused(alice, "POST", "/conversations/99/close", {"reason": "x"}) == (404, "not_found")
    assert verify(house.store) == []


def test_conversations_are_merged_split_and_parted(alice: httpx.Client, house: House) -> None:
    done = post(alice, "/conversations/2/merge", {"into_id": 1})
    assert get(alice, "/conversations/2")["merged_into"] == 1
    post(alice, f"/merges/{done['id']}/undo")
    post(alice, "/conversations/2/merge", {"into_id": 1})
    dana = next(m["id"] for m in get(alice, "/conversations/1")["messages"] if "invoice" in m["text"])
    made = post(alice, f"/messages/{dana}/split")
    assert get(alice, f"/conversations/{made['id']}")["subject"] == "Invoice"
    assert verify(house.store) == []


def test_people(alice: httpx.Client) -> None:
    [carol] = get(alice, "/contacts", q="carol@")
    assert carol["identities"] == [{"kind": "mail", "value": "carol@customer.example", "name": "Carol Diaz"}]
    changed = alice.patch(f"{V1}/contacts/{carol['id']}", json={"notes": "Teaches in Lyon."})
    assert (changed.json()["name"], changed.json()["notes"]) == ("Carol Diaz", "Teaches in Lyon.")
    [dana] = get(alice, "/contacts", q="dana@")
    done = post(alice, f"/contacts/{dana['id']}/merge", {"into_id": carol["id"]})
    assert len(get(alice, f"/contacts/{carol['id']}/conversations")["conversations"]) == 2
    post(alice, f"/contact-merges/{done['id']}/undo")
    assert refused(alice, "GET", "/contacts/99") == (404, "not_found")
    assert [one["name"] for one in get(alice, "/teammates")] == ["Alice"]


def test_search(alice: httpx.Client) -> None:
    found = get(alice, "/search", q="invoice")
    assert [(row["contact"], row["id"]) for row in found["conversations"]] == [("Dana", 2)]
    assert refused(alice, "GET", "/search?q=x&cursor=zzz") == (404, "not_found")


def test_the_ledger_and_the_quarantine(alice: httpx.Client, house: House) -> None:
    house.receive(1, b"Only words.\n", mail("Robot <r@x.example>", "Invoice", Auto_Submitted="auto-generated"))
    ledger = get(alice, "/ledger")
    assert (ledger["arrivals"], ledger["threaded"], ledger["quarantined"], ledger["ignored"]) == (4, 2, 1, 1)
    assert ledger["balanced"]
    assert ledger["accounts"][0]["arrivals"] == 4

    [aside] = get(alice, "/arrivals", state="quarantined")["arrivals"]
    assert alice.get(f"{V1}/arrivals/{aside['id']}/raw").content == b"Only words.\n"
    assert alice.get(f"{V1}/arrivals/{aside['id']}/raw").headers["content-type"] == "application/octet-stream"
    post(alice, f"/arrivals/{aside['id']}/retry")
    read_pending(house.context)
    post(alice, f"/arrivals/{aside['id']}/discard", {"reason": "A log file"})
    [_, robot] = get(alice, "/arrivals", state="ignored")["arrivals"][::-1]
    robot = next(a for a in get(alice, "/arrivals", state="ignored")["arrivals"] if a["id"] != aside["id"])
    post(alice, f"/arrivals/{robot['id']}/accept")
    read_pending(house.context)
    assert get(alice, "/ledger")["threaded"] == 3
    pages = get(alice, "/arrivals", limit=3)
    assert len(get(alice, "/arrivals", cursor=pages["next"])["arrivals"]) == 1


def test_changes_are_followed_by_number(alice: httpx.Client) -> None:
    last = get(alice, "/changes")["last"]
    post(alice, "/conversations/1/tags", {"name": "export"})
    fresh = get(alice, "/changes", since=last)
    assert [change["conversation_id"] for change in fresh["changes"]] == [1]
    assert get(alice, "/changes", since=fresh["last"]) == {"changes": [], "last": fresh["last"], "complete": True}


def test_a_mail_is_read_without_being_kept(alice: httpx.Client) -> None:
    told = alice.post(f"{V1}/read", content=mail(text="How are you?")).json()
    [message] = told["messages"]
    assert (message["subject"], message["sender"]["value"]) == ("Can't export my board", "carol@customer.example")
    assert alice.post(f"{V1}/read", content=b"no mail").json()["error"]["code"] == "refused"
    assert get(alice, "/ledger")["arrivals"] == 2


def test_accounts_show_no_secret(alice: httpx.Client) -> None:
    given = {"address": "sales@example.com", "imap_host": "127.0.0.1", "imap_port": "1", "password": "open sesame"}
    made = post(alice, "/accounts/mail", {"settings": given})
    listed = alice.get(f"{V1}/accounts")
    assert "open sesame" not in listed.text
    assert listed.json()[1]["secrets"] == ["password"]
    assert alice.patch(f"{V1}/accounts/{made['id']}", json={"settings": {"name": "Sales"}}).json() == {"ok": True}
    assert refused(alice, "POST", f"/accounts/{made['id']}/test") == (502, "channel")
    post(alice, f"/accounts/{made['id']}/enabled", {"enabled": False})
    assert refused(alice, "POST", "/accounts/pigeon", {"settings": {}}) == (404, "not_found")
    assert refused(alice, "POST", "/accounts/mail", {"settings": {"address": "nowhere"}}) == (502, "channel")
    assert {channel["kind"] for channel in get(alice, "/channels")} >= {"mail"}


def test_strangers_are_kept_out_of_everything(alice: httpx.Client) -> None:
    described = get(alice, "/openapi.json")
    calls = [(method, path) for path, methods in described["paths"].items() for method in methods]
    assert len(calls) >= 35
    with httpx.Client(base_url=alice.base_url) as mallory:
        for method, path in calls:
            one = re.sub(r"\{\w+_id\}", "1", path).replace("{kind}", "mail")
            assert mallory.request(method, one, json={}).status_code == 401, (method, path)
            for header in ("Bearer", "Bearer u24_guess", "Basic abc"):
                assert mallory.request(method, one, headers={"Authorization": header}).status_code == 401


def test_members_do_not_change_accounts(alice: httpx.Client, house: House) -> None:
    with program(house, str(alice.base_url), house.add_teammate("Bob")) as bob:
        assert refused(bob, "POST", "/accounts/mail", {"settings": {}}) == (403, "not_allowed")
        assert refused(bob, "POST", "/accounts/1/enabled", {"enabled": False}) == (403, "not_allowed")
        assert get(bob, "/me")["name"] == "Bob"


def test_a_token_that_was_revoked_is_nobody(alice: httpx.Client, house: House) -> None:
    with house.store.unit_of_work() as work:
        token = tokens.new_api_token(work, 1, "old program")
        tokens.revoke_api_token(work, 1, sign_in.digest(token))
    with httpx.Client(base_url=alice.base_url, headers={"Authorization": f"Bearer {token}"}) as stranger:
        assert stranger.get(f"{V1}/me").status_code == 401


def test_the_api_is_described(alice: httpx.Client) -> None:
    described = get(alice, "/openapi.json")
    assert described["openapi"].startswith("3.")
    assert "/api/v1/conversations/{conversation_id}/replies" in described["paths"]
    assert not any(path.startswith("/inbox") for path in described["paths"])
