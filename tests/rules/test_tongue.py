from __future__ import annotations

import pytest

from rules.tongue import guess


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Hello, I can't export my board. Could you tell me what I should do? Thanks, Carol", "en"),
        ("Bonjour, je n’arrive pas à exporter mon tableau depuis hier. Pouvez-vous m’aider ? Merci, Carole", "fr"),  # noqa: RUF001
        ("Bonjour madame, j'ai perdu le mot de passe de mon compte, que dois-je faire ? Cordialement", "fr"),
        ("Hallo, ich kann mein Board nicht exportieren. Können Sie mir bitte helfen? Danke", ""),
        ("Hola, no puedo exportar el tablero y necesito ayuda para los alumnos. Gracias", ""),
        ("Buongiorno, non riesco a esportare la lavagna, che cosa devo fare? Grazie", ""),
        ("Help!", ""),
        ("OK merci", ""),
        ("", ""),
        ("404 NullPointerException at com.example.Export.run(Export.java:88)", ""),
        (
            "Bonjour, here is what the page says: the export could not be made, and it was not. Merci, je suis là",
            "",
        ),
    ],
)
def test_a_language_is_named_only_when_it_is_certain(text: str, language: str) -> None:
    assert guess(text) == language


def test_a_long_text_costs_no_more_than_its_beginning() -> None:
    assert guess("the and you have " * 100_000) == "en"
