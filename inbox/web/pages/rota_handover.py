"""The note from one shift to the next: as it would go now, with one's own words; and the notes that went."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from inbox.flow import duty, handover
from inbox.flow.context import Context
from inbox.flow.errors import RefusedError
from inbox.flow.sign_in import Signed
from inbox.store import handovers, teammates
from inbox.web import rota_words
from inbox.web.deps import House, Me
from inbox.web.render import done, page, zone_of
from inbox.web.words import N_, _, tell

router = APIRouter(prefix="/rota/handover")
HERE = "/rota/handover"
PAGE = 10
HEADINGS = {
    "due": N_("Due within 12 hours"),
    "open": N_("Open in their name"),
    "later": N_("Replies that leave later"),
    "snoozed": N_("Back from their snooze soon"),
    "claimed": N_("Claimed"),
}


@router.get("")
def show(request: Request, house: House, me: Me) -> Response:
    """Show the note as it would go now, and those that went."""
    return _show(request, house, me)


@router.post("")
def write(
    request: Request, house: House, me: Me, words: Annotated[str, Form(max_length=handover.LONGEST * 2)] = ""
) -> Response:
    """Keep what the reader wants to say at the end of their shift."""
    try:
        with house.store.unit_of_work() as work:
            handover.write(work, me.id, words)
    except RefusedError as error:
        return _show(request, house, me, status=422, problem=tell(error), words=words)
    return done(request, HERE, _("Kept. It goes with the note when your shift ends."))


@router.post("/{handover_id}/take")
def take(request: Request, house: House, me: Me, handover_id: int) -> Response:
    """Say that one took over."""
    with house.store.unit_of_work() as work:
        handover.take(work, handover_id, me.id)
    return done(request, HERE, _("Taken over. Nobody else is called."))


def _show(request: Request, house: Context, me: Signed, *, status: int = 200, **told: Any) -> Response:  # noqa: ANN401
    now, zone = house.clock(), zone_of(request)
    with house.store.reading() as session:
        serving, following = duty.on_duty(session, now), duty.next_slot(session, now)
        mine = handovers.words(session, [me.id])
        shown: dict[str, Any] = {
            "names": teammates.names(session),
            "serving": serving,
            "at": rota_words.moment(following.start, now, zone) if following else "",
            "next": following.people if following else (),
            "left": handovers.left(session, serving, now),
            "others": [one for one in handovers.words(session, serving) if one.teammate_id != me.id],
            "notes": [handover.shown(session, one) for one in handovers.newest(session, PAGE)],
            "words": mine[0].text if mine else "",
            "problem": "",
            "headings": HEADINGS,
            "people": rota_words.people,
        }
    return page(request, "rota/handover.html", me=me, status=status, **{**shown, **told})
