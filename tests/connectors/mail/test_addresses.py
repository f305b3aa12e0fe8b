from __future__ import annotations

import pytest
from rawmail import read

from connectors.mail import addresses


def parsed(value: str) -> list[tuple[str, str]]:
    return [(box.name, box.address) for box in addresses.parse([value])]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("alice@example.org", [("", "alice@example.org")]),
        ("Alice <alice@example.org>", [("Alice", "alice@example.org")]),
        ('"Doe, Alice" <alice@example.org>', [("Doe, Alice", "alice@example.org")]),
        ("alice@example.org (Alice)", [("Alice", "alice@example.org")]),
        ("=?utf-8?q?Al=C3=ADce?= <alice@example.org>", [("Alíce", "alice@example.org")]),
        ("a@x.org, b@x.org; c@x.org", [("", "a@x.org"), ("", "b@x.org"), ("", "c@x.org")]),
        ("Team: a@x.org, Bob <b@x.org>;", [("", "a@x.org"), ("Bob", "b@x.org")]),
        ("undisclosed-recipients:;", []),
        ('"Alice <alice@example.org>', [("Alice", "alice@example.org")]),
        ("<@relay.org,@other.org:alice@example.org>", [("", "alice@example.org")]),
        ("Alice <alice(home)@example.org>", [("Alice", "alice@example.org")]),
        ("Älice <älice@exämple.org>", [("Älice", "älice@exämple.org")]),
        ("alice@[192.0.2.1]", [("", "alice@[192.0.2.1]")]),
        ("alice@example.org <mallory@evil.org>", [("alice@example.org", "mallory@evil.org")]),
        ('"alice@example.org" <mallory@evil.org>', [("alice@example.org", "mallory@evil.org")]),
    ],
)
def test_addresses_are_read(written: str, meant: list[tuple[str, str]]) -> None:
    assert parsed(written) == meant


@pytest.mark.parametrize(
    "written",
    [
        "alice@example.org)bob@evil.org",
        "alice@example.org(bob@evil.org",
        "<alice@example.org>bob@evil.org",
        "alice@example.org bob@evil.org",
        "alice@example.org@evil.org",
        "<alice@example.org",
        "alice",
        "<>",
        "Alice <>",
        "alice@exam ple.org x",
        "alice\x00@example.org",
    ],
)
def test_what_cannot_be_read_for_certain_is_nobody(written: str) -> None:
    assert parsed(written) == []


def test_the_first_author_is_the_sender() -> None:
    inbound = read("From: Alice <ALICE@Example.ORG>, bob@example.org\nSender: mallory@evil.org")
    assert inbound.sender is not None
    assert (inbound.sender.value, inbound.sender.name) == ("alice@example.org", "Alice")


def test_sender_and_reply_to_never_say_who_wrote() -> None:
    inbound = read("From: nobody in particular\nSender: mallory@evil.org\nReply-To: bob@example.org")
    assert inbound.sender is None
    assert inbound.reply_to is not None
    assert inbound.reply_to.value == "bob@example.org"


def test_a_name_that_looks_like_another_address_is_noted() -> None:
    assert "misleading_name" in read('From: "alice@example.org" <mallory@evil.org>').notes
    assert "misleading_name" not in read('From: "alice@example.org" <alice@example.org>').notes


def test_answers_to_the_sender_need_no_reply_to() -> None:
    assert read("Reply-To: alice@example.org").reply_to is None


def test_at_most_two_hundred_addresses_are_read() -> None:
    assert len(addresses.parse([", ".join(f"u{n}@x.org" for n in range(900))])) == 200


def test_tokens_stand_behind_the_plus_of_our_own_addresses() -> None:
    head = "Delivered-To: support+two@example.com\nTo: Support+One@example.com, other+no@example.com\nCc: x@example.com"
    facts = {"rcpt_to": "support+three@example.com"}
    assert read(head, "Hi", "support@example.com", facts=facts).tokens == ("three", "two", "One")
