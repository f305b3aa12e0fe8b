from __future__ import annotations

from rawmail import arrival, mixed, raw, read

from connectors.mail.parse import read_mail

INVITE = """BEGIN:VCALENDAR
METHOD:REQUEST
BEGIN:VEVENT
SUMMARY:Release\\, part two
DTSTART;TZID=Europe/Paris:20260504T140000
DTEND;TZID=Europe/Paris:20260504T150000
LOCATION:Room 5
ORGANIZER;CN=Bob:mailto:bob@example.org
ATTENDEE;CN=Alice;PARTSTAT=ACCEPTED:mailto:alice@exa
 mple.org
BEGIN:VALARM
SUMMARY:not this
END:VALARM
END:VEVENT
END:VCALENDAR
"""
SAID = """Invitation: Release, part two
When: 2026-05-04 14:00 to 15:00 (Europe/Paris)
Where: Room 5
Organiser: Bob <bob@example.org>
Who: Alice <alice@example.org> (accepted)"""


def test_an_invitation_is_told_in_words() -> None:
    inbound = read("Content-Type: text/calendar; method=REQUEST; charset=utf-8", INVITE)
    assert inbound.text == SAID
    assert "calendar" in inbound.notes
    assert [a.filename for a in inbound.attachments] == ["invite.ics"]


def test_an_invitation_beside_words_is_told_after_them() -> None:
    words = "Content-Type: text/plain\n\nDo come!"
    inbound = read_mail(arrival(mixed(words, "Content-Type: text/calendar\n\n" + INVITE, kind="alternative")))
    assert inbound.text == f"Do come!\n\n{SAID}"
    assert inbound.new_text == inbound.text


def test_whole_days_long_lists_and_odd_times_are_told() -> None:
    guests = "".join(f"ATTENDEE:mailto:g{n}@x.org\n" for n in range(12))
    event = (
        f"BEGIN:VEVENT\nDTSTART;VALUE=DATE:20260504\nDTEND;VALUE=DATE:20260506\nRRULE:FREQ=WEEKLY\n{guests}END:VEVENT"
    )
    said = read("Content-Type: text/calendar", f"METHOD:CANCEL\n{event}").text
    assert said.startswith("Cancelled: without a title\nWhen: 2026-05-04 to 2026-05-06, repeated\nWho: g0@x.org")
    assert said.endswith("g9@x.org and 2 more")
    assert "When: soon" in read("Content-Type: text/calendar", "BEGIN:VEVENT\nDTSTART:soon\nEND:VEVENT").text


def test_a_calendar_without_event_says_nothing() -> None:
    assert read("Content-Type: text/calendar", "BEGIN:VCALENDAR\nEND:VCALENDAR").text == ""


def test_a_pgp_encrypted_mail_is_shown_as_what_it_is() -> None:
    parts = ("Content-Type: application/pgp-encrypted\n\nVersion: 1", "Content-Type: application/octet-stream\n\nhQEM")
    inbound = read_mail(arrival(mixed(*parts, kind="encrypted")))
    assert "encrypted" in inbound.notes
    assert "encrypted" in inbound.text
    assert len(inbound.attachments) == 2


def test_smime_tells_encrypted_from_signed() -> None:
    sealed = read("Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m", "MIAG")
    signed = read("Content-Type: application/pkcs7-mime; smime-type=signed-data; name=smime.p7m", "MIAG")
    assert ("encrypted" in sealed.notes, "signed" in signed.notes) == (True, True)
    assert "decrypt" in sealed.text
    assert "signature" in signed.text


def test_a_signed_mail_says_its_words() -> None:
    parts = ("Content-Type: text/plain\n\nHello", "Content-Type: application/pgp-signature\n\nsig")
    inbound = read_mail(arrival(mixed(*parts, kind="signed")))
    assert inbound.text == "Hello"
    assert "signed" in inbound.notes


def test_pgp_armour_in_the_text_is_taken_off() -> None:
    body = (
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nHello\n- -- \n-----BEGIN PGP SIGNATURE-----\nx\n-----END"
    )
    inbound = read("", body)
    assert inbound.text.strip() == "Hello\n--"
    assert "signed" in inbound.notes


def test_a_pgp_message_in_the_text_is_noted() -> None:
    inbound = read_mail(arrival(raw("", "-----BEGIN PGP MESSAGE-----\n\nhQEM\n-----END PGP MESSAGE-----")))
    assert "encrypted" in inbound.notes
    assert "cannot decrypt" in inbound.text
