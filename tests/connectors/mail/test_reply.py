# ruff: noqa: RUF001  # other alphabets have letters that look like ours

from __future__ import annotations

import pytest
from rawmail import read

from connectors.mail import reply

QUOTES = [
    "On Mon, May 4, 2026 at 2:00 PM Bob <bob@example.org> wrote:",
    "On Monday, May 4, 2026, Bob\n<bob@example.org> wrote:",
    "Le lun. 4 mai 2026 à 14:00, Bob <bob@example.org> a écrit :",
    "Am 04.05.2026 um 14:00 schrieb Bob:",
    "Am Mo., 4. Mai 2026 um 14:00 Uhr schrieb Bob <bob@example.org>:",
    "El lun, 4 may 2026 a las 14:00, Bob (<bob@example.org>) escribió:",
    "Op ma 4 mei 2026 om 14:00 schreef Bob <bob@example.org>:",
    "Em seg., 4 de mai. de 2026 às 14:00, Bob <bob@example.org> escreveu:",
    "Il giorno lun 4 mag 2026 alle ore 14:00 Bob <bob@example.org> ha scritto:",
    "pon., 4 maj 2026 o 14:00 Bob <bob@example.org> napisał(a):",
    "пн, 4 мая 2026 г. в 14:00, Bob <bob@example.org>:",
    "Den mån 4 maj 2026 kl 14:00 skrev Bob <bob@example.org>:",
    "ma 4. toukok. 2026 klo 14.00 Bob (bob@example.org) kirjoitti:",
    "2026年5月4日(月) 14:00 Bob <bob@example.org>:",
    "---- On Mon, 04 May 2026 14:00:00 +0200 Bob <bob@example.org> wrote ----",
]


@pytest.mark.parametrize("marked", ["> It broke\n> again", "It broke\nagain"])
@pytest.mark.parametrize("attribution", QUOTES)
def test_the_quoted_tail_is_cut(attribution: str, marked: str) -> None:
    assert reply.new_text(f"Thanks, solved.\n\n{attribution}\n\n{marked}\n") == "Thanks, solved."


@pytest.mark.parametrize(
    "block",
    [
        "From: Bob <bob@example.org>\nSent: Monday, May 4, 2026 2:00 PM\nTo: Alice\nSubject: It broke",
        "______________\nVon: Bob <bob@example.org>\nGesendet: Montag, 4. Mai 2026\nAn: Alice\nBetreff: Kaputt",
        "De : Bob <bob@example.org>\nEnvoyé : lundi 4 mai 2026 14:00\nÀ : Alice\nObjet : Panne",
        "De: Bob <bob@example.org>\nEnviado el: lunes, 4 de mayo\nPara: Alice\nAsunto: Roto",
        "Van: Bob <bob@example.org>\nVerzonden: maandag 4 mei\nAan: Alice\nOnderwerp: Kapot",
        "Da: Bob <bob@example.org>\nInviato: lunedì 4 maggio\nA: Alice\nOggetto: Rotto",
        "De: Bob <bob@example.org>\nEnviada em: segunda-feira\nPara: Alice\nAssunto: Quebrado",
        "*From:* Bob [mailto:bob@example.org]\n*Sent:* Monday\n*To:* Alice\n*Subject:* It broke",
        "-----Original Message-----\nFrom: Bob",
        "-----Ursprüngliche Nachricht-----\nVon: Bob",
        "-------- Message d'origine --------\nDe : Bob",
        "----- Mensaje original -----\nDe: Bob",
    ],
)
def test_header_blocks_begin_the_quoted_tail(block: str) -> None:
    assert reply.new_text(f"Thanks, solved.\n\n{block}\n\nIt broke") == "Thanks, solved."


def test_answers_between_the_lines_keep_what_they_answer() -> None:
    text = "On May 4, 2026 Bob <bob@example.org> wrote:\n> One?\n\nYes.\n\n> Two?\n\nNo."
    assert reply.new_text(text) == text


def test_an_answer_below_one_quotation_stands_alone() -> None:
    assert reply.new_text("On 04/05/2026 14:00, Bob wrote:\n> It broke\n> again\n\nSolved.") == "Solved."


def test_a_wrapped_line_within_a_quotation_belongs_to_it() -> None:
    long = "> " + "a line that is as long as lines are before a mail program wraps them"
    assert reply.new_text(f"Yes.\n\nOn May 4, 2026 Bob wrote:\n{long}\nhere\n> and goes on") == "Yes."


def test_answers_between_the_quoted_questions_are_kept() -> None:
    text = "Hi,\n\nOn May 4, 2026 Bob wrote:\n> What's your order no?\n4711\n> And your address?\nMain St 1\n> Bye"
    assert "4711" in reply.new_text(text)
    assert "Main St 1" in reply.new_text(text)


@pytest.mark.parametrize(
    "words",
    [
        "ich kann die Rechnung nicht herunterladen\n\nKönnen Sie mir helfen? Bestellnr. 4711.",
        "von meinem Konto wurde zweimal abgebucht\n\nBitte prüfen Sie das.",
        "Ik kan de factuur niet downloaden\n\nKunt u helpen?",
        "Bitte liefern Sie an folgende Adresse:\n\nAnna Meier\nHauptstr. 1\n12345 Berlin\nTel. 030 12345\na@x.example",
        "These are broken:\n\nhttps://shop.example/a\nhttps://shop.example/b",
    ],
)
def test_a_customers_own_words_are_no_signature(words: str) -> None:
    assert reply.new_text(f"Hallo,\n\n{words}") == f"Hallo,\n\n{words}"


@pytest.mark.parametrize(
    "text",
    [
        "On the other hand, it works.\nOn average: fine.",
        "From: our office\nwe write to you.",
        "Trip wanted:\nFrom: Paris\nTo: Rome\nDate: 4 May",
        "I wanted to answer:\n\n> this\n\nwith that",
        "He wrote:\nnothing at all",
        "Points:\n-- one\n-- two\n-- three",
        "Heading\n----\n\nText below\n\n====\n\nMore",
        "The mail was sent from my iPhone app.",
        "Regards,\n\nAlice",
        "Meet me at 14:00:\nthe usual place",
    ],
)
def test_what_is_no_quotation_stays(text: str) -> None:
    assert reply.new_text(text) == text


@pytest.mark.parametrize(
    "tail",
    [
        "-- \nAlice\nExample Ltd",
        "--\nAlice",
        "Sent from my iPhone",
        "Envoyé de mon iPhone",
        "Von meinem iPhone gesendet",
        "Gesendet von Outlook für Android<https://aka.ms/x>",
        "Enviado desde mi iPhone",
        "Verstuurd vanaf mijn iPhone",
        "Enviado do meu iPhone",
        "Inviato da iPhone",
        "Get Outlook for iOS<https://aka.ms/x>",
        "iPhoneから送信",
        "—————\nAlice\nalice@example.org\n+33 1 23 45 67 89",
        "Alice Example\nalice@example.org\n(555) 346-9947\nwww.example.org",
    ],
)
def test_signatures_are_cut(tail: str) -> None:
    assert reply.new_text(f"It broke.\n\n{tail}\n") == "It broke."


@pytest.mark.parametrize(
    "mark",
    [
        "---------- Forwarded message ---------\nFrom: Bob <bob@example.org>",
        "Begin forwarded message:\n\n> From: Bob <bob@example.org>",
        "-------- Weitergeleitete Nachricht --------\nVon: Bob",
        "-------- Message transféré --------\nDe : Bob",
        "-------- Mensaje reenviado --------\nDe: Bob",
        "-------- Doorgestuurd bericht --------\nVan: Bob",
        "-------- Messaggio inoltrato --------\nDa: Bob",
        "---------- Mensagem encaminhada ---------\nDe: Bob",
    ],
)
def test_forwarded_mail_is_kept_whole(mark: str) -> None:
    text = f"Please look.\n\n{mark}\n\nIt broke\n-- \nBob"
    assert reply.split(text) == reply.Reply(text, forwarded=True)


def test_outlook_forwards_are_known_by_their_subject() -> None:
    body = "Please look.\n\nFrom: Bob <bob@example.org>\nSent: Monday\nTo: Alice\nSubject: It broke\n\nIt broke"
    inbound = read("Subject: FW: It broke", body)
    assert inbound.new_text == inbound.text == body
    assert "forwarded" in inbound.notes
    assert read("Subject: Re: It broke", body).new_text == "Please look."


def test_a_reply_without_new_words_has_none() -> None:
    assert reply.new_text("> It broke\n> again") == ""


def test_quoted_html_is_cut_too() -> None:
    page = "<p>Solved.</p><div>On Mon, May 4, 2026 Bob wrote:<blockquote>It broke</blockquote></div>"
    assert read("Content-Type: text/html", page).new_text == "Solved."
