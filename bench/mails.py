"""Support mail as it comes: many charsets, half with HTML, threads, some attachments; about 6.7 kB on average."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime

SAID = {
    "utf-8": "the board export fails when I share it with my class and then reload the page please help größer élève",
    "iso-8859-1": "bonjour je n'arrive pas à créer un tableau depuis hier merci de votre réponse très vite café",
    "iso-8859-15": "prix en € naïve où être façon garçon déjà réglé",
    "windows-1252": "I can't log in \u201cagain\u201d since Monday \u2013 the password reset never arrives",
    "koi8-r": "здравствуйте не могу экспортировать доску помогите пожалуйста",
    "iso-2022-jp": "ボード を 共有 できません 助けて ください よろしく お願い します",
}
WORDS = {charset: said.split() for charset, said in SAID.items()}
START = datetime(2026, 10, 26, tzinfo=UTC)


def mails(count: int, seed: int = 24) -> Iterator[bytes]:
    """Yield distinct mails; a third answer an earlier one of the same person."""
    source = random.Random(seed)
    sent: list[tuple[str, str, str]] = []
    for number in range(count):
        yield _mail(source, number, sent)


def _mail(source: random.Random, number: int, sent: list[tuple[str, str, str]]) -> bytes:
    charset = source.choice(list(WORDS))
    message = EmailMessage()
    answered = source.choice(sent) if sent and source.random() < 0.33 else None
    person = answered[1] if answered else f"Person {number % 700} <person{number % 700}@customer{number % 90}.example>"
    subject = f"Re: {answered[2]}" if answered else " ".join(source.choices(WORDS["utf-8"], k=6))
    name = f"m{number}.{source.getrandbits(48):x}@customer.example"
    message["From"], message["To"], message["Subject"] = person, "Support <support@example.com>", subject
    message["Date"] = format_datetime(START + timedelta(seconds=number * 30))
    message["Message-ID"] = f"<{name}>"
    if answered:
        message["In-Reply-To"] = message["References"] = f"<{answered[0]}>"
    for hop in range(4):
        message["Received"] = (
            f"from mx{hop}.customer.example by mx{hop + 1}.example with ESMTPS id {source.getrandbits(60):x};"
            f" Mon, 26 Oct 2026 10:00:0{hop} +0000"
        )
    message["X-Mailer"] = "Bench 1.0"
    message["DKIM-Signature"] = "v=1; a=rsa-sha256; d=customer.example; s=k1; b=" + "".join(
        source.choices("ABCDEFGHabcdefgh0123456789+/", k=340)
    )
    text = _text(source, charset)
    message.set_content(
        text + (f"\n\nOn Monday, Support wrote:\n> {text[:400]}\n" if answered else "\n\n-- \nPerson\n"),
        charset=charset,
    )
    if number % 2:
        rows = "".join(f"<p style='margin:0'>{line}</p>\n" for line in text.split("\n"))
        message.add_alternative(
            f"<html><head><style>p{{color:#333}}</style></head><body>{rows}</body></html>",
            subtype="html",
            charset="utf-8",
        )
    if number % 10 == 3:
        message.add_attachment(source.randbytes(9000), maintype="image", subtype="png", filename=f"screen {number}.png")
    sent.append((name, person, subject.removeprefix("Re: ")))
    return message.as_bytes()


def _text(source: random.Random, charset: str) -> str:
    lines = [" ".join(source.choices(WORDS[charset], k=11)) for _ in range(source.randint(8, 32))]
    return "\n".join(lines)
