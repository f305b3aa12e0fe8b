"""One's own settings, the house's details and its letters: what is chosen there is what is shown and sent."""

from __future__ import annotations

from sqlmodel import select
from team import Team

from inbox.flow import business, letter_texts
from inbox.store.tables import Delivery

ME = {"name": "Alice", "language": "", "zone": "", "density": "comfortable"}


def test_a_teammate_chooses_french_and_is_answered_in_french(team: Team) -> None:
    team.alice.post("/settings/me", **{**ME, "language": "fr", "zone": "America/Toronto"})
    page = team.alice.get("/settings/me")
    assert '<html lang="fr"' in page.text
    assert "C’est enregistré." in page.text  # noqa: RUF001
    assert "America/Toronto" in page.text
    assert '<html lang="en"' in team.bob.get("/settings/me").text


def test_the_login_page_remembers_the_language_that_was_chosen(team: Team) -> None:
    team.alice.post("/settings/me", **{**ME, "language": "fr"})
    team.alice.post("/logout")
    assert "Se connecter" in team.alice.get("/login").text


def test_a_stranger_is_answered_as_their_browser_asks(team: Team) -> None:
    asked = {"Accept-Language": "de-DE,de;q=0.9,fr;q=0.8,en;q=0.5"}
    assert "Se connecter" in team.mallory.get("/login", headers=asked).text
    assert "Sign in" in team.mallory.get("/login", headers={"Accept-Language": "en-GB,fr;q=0.3"}).text
    refused = team.mallory.post("/login", headers={**asked, "Origin": team.url}, mail="x@example.com", password="no")
    assert "ne vont pas ensemble" in refused.text
    assert "Accept-Language" in refused.headers["vary"]


def test_the_api_stays_english(team: Team) -> None:
    answer = team.mallory.get("/api/v1/conversations", headers={"Accept-Language": "fr"})
    assert answer.json()["error"]["message"] == "Sign in first."


def test_lists_are_as_dense_as_one_wants(team: Team) -> None:
    team.alice.post("/settings/me", **{**ME, "density": "compact"})
    assert 'data-density="compact"' in team.alice.get("/inbox/waiting").text
    assert 'data-density="comfortable"' in team.bob.get("/inbox/waiting").text


def test_what_is_not_offered_is_refused_and_nothing_is_lost(team: Team) -> None:
    refused = team.alice.post("/settings/me", **{**ME, "name": "Alice B.", "zone": "Mars/Olympus"})
    assert refused.status_code == 422
    assert "There is no time zone called Mars/Olympus." in refused.text
    assert "Alice B." in refused.text
    for wrong in ({"language": "tlh"}, {"density": "tiny"}):
        assert team.alice.post("/settings/me", **{**ME, **wrong}).status_code == 422
    assert "Alice B." not in team.alice.get("/settings/me").text


def test_the_house_says_who_it_is_once(team: Team) -> None:
    told = {"name": "Boards Ltd", "site": "https://boards.example", "address": "1 Quay\nLyon", "language": "fr"}
    assert team.bob.post("/settings/business", **told).status_code == 403
    team.alice.post("/settings/business", **told)
    with team.house.store.reading() as session:
        kept = business.read(session)
    assert (kept.name, kept.language) == ("Boards Ltd", "fr")
    assert business.variables(kept)["business.site"] == "https://boards.example"
    assert "Boards Ltd" in team.bob.get("/settings/business").text
    refused = team.alice.post("/settings/business", **{**told, "site": "javascript:alert(1)"})
    assert refused.status_code == 422


def test_a_letter_is_written_in_the_language_of_whom_it_is_for(team: Team) -> None:
    team.alice.post("/settings/business", name="Boards Ltd", language="en")
    known = {"contact.first_name": "Carole", "me.name": "Alice", "me.first_name": "Alice"}
    with team.house.store.reading() as session:
        french = letter_texts.write(session, "welcome", "fr", known)
        unsaid = letter_texts.write(session, "welcome", "", known)
    assert french.subject == "Bienvenue chez Boards Ltd"
    assert "Bonjour Carole," in french.text
    assert "Hello Carole," in unsaid.text


def test_a_letter_can_be_written_anew_and_taken_back(team: Team) -> None:
    here = "/settings/letters/welcome/en"
    team.alice.post(here, subject="Hi {{contact.first_name}}", text="Come in.", act="save")
    assert "your own words" in team.alice.get("/settings/letters").text
    assert "Hi Carol" in team.alice.get(here).text
    team.alice.post(f"{here}/reset")
    assert "Hi {{" not in team.alice.get(here).text
    assert team.bob.post(here, subject="Hi", text="Come in.", act="save").status_code == 403


def test_a_letter_that_names_what_nobody_knows_is_refused(team: Team) -> None:
    wrong = {"subject": "Hi", "text": "Your {{contact.shoe_size}}"}
    refused = team.alice.post("/settings/letters/thanks/fr", **wrong, act="save")
    assert refused.status_code == 422
    assert "{{contact.shoe_size}}" in refused.text
    looked = team.alice.post("/settings/letters/thanks/fr", **wrong, act="look")
    assert looked.status_code == 200
    assert "Without them the letter does not leave." in looked.text


def test_a_letter_can_be_sent_to_oneself(team: Team) -> None:
    team.house.add_account("desk@example.com", smtp_host="127.0.0.1")
    team.alice.post("/settings/business", name="Boards Ltd", language="en")
    written = {"subject": "Bonjour", "text": "Bienvenue chez {{business.name}}."}
    team.alice.post("/settings/letters/welcome/fr", **written, act="send")
    with team.house.store.reading() as session:
        queued = session.exec(select(Delivery).where(Delivery.kind == "letter")).one()
    assert queued.payload["to"] == [{"kind": "mail", "value": "alice@example.com", "name": ""}]
    assert queued.payload["markdown"] == "Bienvenue chez Boards Ltd."


def test_a_letter_with_something_left_open_does_not_leave(team: Team) -> None:
    team.house.add_account("desk@example.com", smtp_host="127.0.0.1")
    written = {"subject": "Bonjour", "text": "Bienvenue chez {{business.name}}."}
    refused = team.alice.post("/settings/letters/welcome/fr", **written, act="send")
    assert refused.status_code == 422
    assert "{{business.name}} is not filled in." in refused.text
    with team.house.store.reading() as session:
        assert session.exec(select(Delivery).where(Delivery.kind == "letter")).all() == []


def test_letters_and_pages_that_do_not_exist_are_not_found(team: Team) -> None:
    assert team.alice.get("/settings/letters/love/en").status_code == 404
    assert team.alice.get("/settings/letters/welcome/tlh").status_code == 404
