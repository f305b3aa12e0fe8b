from __future__ import annotations

from rules.joining import Join, Known, join

CAROL, DAVE, MALLORY = ("mail", "carol@c.example"), ("mail", "dave@c.example"), ("mail", "mallory@evil.example")


def ours(conversation_id: int = 1) -> Known:
    return Known(conversation_id, vouched=True, participants={CAROL})


def theirs(conversation_id: int = 2) -> Known:
    return Known(conversation_id, vouched=False, participants={CAROL, DAVE})


def test_the_token_is_believed_first() -> None:
    assert join([7], [ours()], [CAROL]) == Join(7, "token")


def test_a_reference_to_our_mail_is_proof_that_the_writer_read_it() -> None:
    assert join([], [ours()], [CAROL]) == Join(1, "our_message")


def test_who_was_not_part_of_it_is_named_a_newcomer() -> None:
    assert join([], [ours()], [MALLORY]) == Join(1, "our_message", newcomer=True)


def test_a_reference_to_a_customers_mail_counts_for_those_who_take_part() -> None:
    assert join([], [theirs()], [DAVE]) == Join(2, "their_message")
    assert join([], [theirs()], [MALLORY]) is None


def test_the_direct_reference_comes_before_older_ones() -> None:
    assert join([], [theirs(3), ours(4)], [CAROL]) == Join(3, "their_message")


def test_a_stranger_without_proof_gets_a_conversation_of_their_own() -> None:
    assert join([], [], [MALLORY]) is None
    assert join([], [theirs()], []) is None
