"""The letters the house sends by itself: what each says, in either language, and how one is written for a person.

The texts we bring stand in inbox/letters; what the team writes instead is kept beside them and can be taken back.
Variables are those of `rules.variables`; a letter that names one nobody knows is refused when it is saved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from inbox.flow import audit, business
from inbox.flow.errors import NotFoundError, RefusedError
from inbox.say import say
from inbox.store import values
from inbox.store.db import Session, Work
from rules import variables

BROUGHT = Path(__file__).parents[1] / "letters"
KINDS = ("welcome", "acknowledgement", "follow_up", "thanks")
LANGUAGES = ("en", "fr")
VARIABLES = (
    "contact.first_name",
    "contact.name",
    "conversation.subject",
    "me.first_name",
    "me.name",
    *business.VARIABLES,
)
MORE: Mapping[str, tuple[str, ...]] = {"acknowledgement": ("promise.deadline",)}
"""What only one kind of letter may name, and must."""
LONGEST_SUBJECT = 200
LONGEST_TEXT = 10_000


@dataclass(frozen=True, slots=True)
class Letter:
    """A subject and a text, in Markdown. ours: it is the one we bring."""

    subject: str
    text: str
    ours: bool = False


@cache
def brought(kind: str, language: str) -> Letter:
    """Return the letter we bring."""
    if kind not in KINDS or language not in LANGUAGES:
        raise NotFoundError("There is no such letter.")
    subject, _, text = (BROUGHT / language / f"{kind}.txt").read_text(encoding="utf-8").partition("\n\n")
    return Letter(subject.strip(), text.strip(), ours=True)


def read(session: Session, kind: str, language: str) -> Letter:
    """Return a letter as the team wants it."""
    ours = brought(kind, language)
    kept = values.get(session, _key(kind, language))
    return Letter(str(kept["subject"]), str(kept["text"])) if kept else ours


def save(work: Work, kind: str, language: str, letter: Letter, by: int) -> None:
    """Keep what the team wrote; RefusedError says what is wrong with it."""
    ours, subject, text = brought(kind, language), " ".join(letter.subject.split()), letter.text.strip()
    if not subject or not text:
        raise RefusedError("A letter has a subject and a text.")
    if len(subject) > LONGEST_SUBJECT or len(text) > LONGEST_TEXT:
        raise RefusedError(say("A letter has at most {n} letters, its subject {m}.", n=LONGEST_TEXT, m=LONGEST_SUBJECT))
    unknown = strange(f"{subject}\n{text}", kind)
    if unknown:
        raise RefusedError(say("Nobody knows {variable}. Choose one of those that are listed.", variable=unknown[0]))
    missing = next((name for name in MORE.get(kind, ()) if variables.fill(text, {name: "x"}) == text), None)
    if missing is not None:
        raise RefusedError(
            say(
                "This letter names the time they are promised: write {variable} into it.", variable=f"{{{{{missing}}}}}"
            )
        )
    same = (subject, text) == (ours.subject, ours.text)
    values.put(work, _key(kind, language), {} if same else {"subject": subject, "text": text})
    audit.record(work, by, "letter.changed", letter=kind, language=language)
    work.announce("letter.changed", teammate_id=by, letter=kind, language=language)


def reset(work: Work, kind: str, language: str, by: int) -> None:
    """Take the letter we bring again."""
    brought(kind, language)
    values.put(work, _key(kind, language), {})
    audit.record(work, by, "letter.reset", letter=kind, language=language)
    work.announce("letter.reset", teammate_id=by, letter=kind, language=language)


def known_in(kind: str) -> tuple[str, ...]:
    """Return the variables that a kind of letter may name."""
    return (*VARIABLES, *MORE.get(kind, ()))


def strange(text: str, kind: str = "") -> list[str]:
    """Return the variables of a text that nobody knows."""
    return variables.unfilled(variables.fill(text, dict.fromkeys(known_in(kind), "x")))


def write(session: Session, kind: str, language: str, known: Mapping[str, str]) -> Letter:
    """Write a letter for a person: in their language, else the house's. What nobody knows stays visible in it."""
    house = business.read(session)
    letter = read(session, kind, language if language in LANGUAGES else house.language)
    filled = {**business.variables(house), **known}
    return Letter(variables.fill(letter.subject, filled), variables.fill(letter.text, filled), letter.ours)


def complete(letter: Letter) -> Letter:
    """Return a letter that can leave; RefusedError names what is not filled in."""
    left = variables.unfilled(f"{letter.subject}\n{letter.text}")
    if left:
        raise RefusedError(say("{variable} is not filled in. Write what belongs there, then send.", variable=left[0]))
    return letter


def _key(kind: str, language: str) -> str:
    return f"letter.{kind}.{language}"
