"""Letter templates: what each letter says in either language, how it reads, and back to the one we bring."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from inbox.flow import business, letter_texts, letters
from inbox.flow.acknowledge import deadline
from inbox.flow.context import Context
from inbox.flow.errors import RefusedError
from inbox.flow.letter_texts import Letter
from inbox.flow.sign_in import Signed
from inbox.web import prose
from inbox.web.deps import Founder, House, Me
from inbox.web.language import LANGUAGES
from inbox.web.render import done, new_key, page
from inbox.web.words import N_, _, tell
from rules import variables

router = APIRouter(prefix="/settings/letters")
HERE = "/settings/letters"
Text = Annotated[str, Form(max_length=20_000)]
NAMES = {
    "welcome": (N_("Welcome"), N_("To somebody who has just signed up.")),
    "acknowledgement": (
        N_("We have your message"),
        N_("To somebody who has just written. It is no reply: they wait on."),
    ),
    "follow_up": (N_("Did that help?"), N_("To somebody who did not answer our reply for some days.")),
    "thanks": (N_("Thank you"), N_("To somebody who told us what they think.")),
}


@router.get("")
def show(request: Request, house: House, me: Me) -> Response:
    """Show every letter, and in which language the team has written its own."""
    with house.store.reading() as session:
        shown = [
            (kind, [(code, letter_texts.read(session, kind, code)) for code in LANGUAGES])
            for kind in letter_texts.KINDS
        ]
    return page(request, "letters/page.html", me=me, shown=shown, names=NAMES, languages=LANGUAGES)


@router.get("/{kind}/{code}")
def one(request: Request, house: House, me: Me, kind: str, code: str) -> Response:
    """Show a letter and how it reads."""
    with house.store.reading() as session:
        letter = letter_texts.read(session, kind, code)
    return _page(request, house, me, (kind, code), letter)


@router.post("/{kind}/{code}")
def save(
    request: Request,
    house: House,
    me: Founder,
    kind: str,
    code: str,
    subject: Text = "",
    text: Text = "",
    act: Text = "",
) -> Response:
    """Keep it, show how it reads, or send it to oneself, too."""
    ours = letter_texts.brought(kind, code)
    letter = Letter(subject, text, ours=(subject, text.replace("\r\n", "\n").strip()) == (ours.subject, ours.text))
    if act == "look":
        return _page(request, house, me, (kind, code), letter)
    try:
        with house.store.unit_of_work() as work:
            letter_texts.save(work, kind, code, letter, me.id)
            if act == "send":
                written = letter_texts.complete(letter_texts.write(work.session, kind, code, _example(me, code)))
                letters.queue_letter(work, me.mail, written.subject, written.text, f"letter-trial:{new_key()}")
    except RefusedError as error:
        return _page(request, house, me, (kind, code), letter, status=422, problem=tell(error))
    if act == "send":
        house.bells.queued.ring()
    said = _("Saved, and sent to {address}.").format(address=me.mail) if act == "send" else _("Saved.")
    return done(request, f"{HERE}/{kind}/{code}", said)


@router.post("/{kind}/{code}/reset")
def reset(request: Request, house: House, me: Founder, kind: str, code: str) -> Response:
    """Take the letter we bring again."""
    with house.store.unit_of_work() as work:
        letter_texts.reset(work, kind, code, me.id)
    return done(request, f"{HERE}/{kind}/{code}", _("It is the letter that Under24 brings again."))


def _page(
    request: Request,
    house: Context,
    me: Signed,
    which: tuple[str, str],
    letter: Letter,
    *,
    status: int = 200,
    problem: str = "",
) -> Response:
    kind, code = which
    with house.store.reading() as session:
        known = {**business.variables(business.read(session)), **_example(me, code)}
    text = variables.fill(letter.text, known)
    shown = {
        "kind": kind,
        "code": code,
        "letter": letter,
        "title": NAMES[kind][0],
        "told": NAMES[kind][1],
        "example": variables.fill(letter.subject, known),
        "read": prose.markdown(text),
        "empty": variables.unfilled(f"{variables.fill(letter.subject, known)}\n{text}"),
        "variables": letter_texts.known_in(kind),
        "languages": LANGUAGES,
        "problem": problem,
    }
    return page(request, "letters/one.html", me=me, status=status, **shown)


def _example(me: Signed, code: str) -> dict[str, str]:
    """Return somebody to write to, for the preview and for the letter to oneself."""
    name = {"fr": "Carole Diaz"}.get(code, "Carol Diaz")
    return {
        "contact.name": name,
        "contact.first_name": variables.first_name(name),
        "conversation.subject": {"fr": "Exporter mon tableau"}.get(code, "Exporting my board"),
        "promise.deadline": deadline(datetime(2026, 11, 24, 9, 15, tzinfo=UTC), code, 60, "UTC"),
        "me.name": me.name,
        "me.first_name": variables.first_name(me.name),
    }
