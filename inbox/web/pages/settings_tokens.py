"""API tokens: one's own, and for founders those of everybody."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from inbox.flow import tokens
from inbox.flow.context import Context
from inbox.flow.errors import RefusedError
from inbox.flow.sign_in import Signed
from inbox.store import teammates
from inbox.web.deps import House, Me, Sure
from inbox.web.entry import digest_of
from inbox.web.render import done, page
from inbox.web.words import N_, _, tell

router = APIRouter(prefix="/settings/tokens")
HERE = "/settings/tokens"
Text = Annotated[str, Form(max_length=300)]
SCOPES = (
    ("read", N_("Read"), N_("conversations, people, counts")),
    ("write", N_("Read and answer"), N_("also reply, assign, close, note")),
    ("admin", N_("Everything you may"), N_("also change settings")),
)
LIVES = (("30", N_("30 days")), ("90", N_("90 days")), ("365", N_("a year")), ("never", N_("until it is revoked")))
SHOWN = 200


@router.get("")
def list_tokens(request: Request, house: House, me: Me) -> Response:
    """Show the tokens that work now."""
    return _show(request, house, me)


@router.post("")
def add(
    request: Request, house: House, me: Sure, name: Text = "", scope: Text = "write", days: Text = "90"
) -> Response:
    """Make a token of one's own and show it, once."""
    try:
        with house.store.unit_of_work() as work:
            token = tokens.new_api_token(work, me.id, name, scope, int(days) if days.isdecimal() else None)
    except RefusedError as error:
        return _show(request, house, me, status=422, problem=tell(error), name=name)
    return _show(request, house, me, token=token)


@router.post("/{digest}/revoke")
def revoke(request: Request, house: House, me: Me, digest: str) -> Response:
    """Make a token useless: one's own, or as a founder anybody's."""
    with house.store.unit_of_work() as work:
        tokens.revoke_api_token(work, me.id, digest_of(digest), anyones=me.founder)
    return done(request, HERE, _("Nothing can come in with this token any more."))


def _show(request: Request, house: Context, me: Signed, *, status: int = 200, **told: Any) -> Response:  # noqa: ANN401
    now = house.clock()
    with house.store.reading() as session:
        mine = [(row.id.hex(), row) for row in teammates.tokens_of(session, me.id)]
        others = teammates.tokens(session, SHOWN) if me.founder else []
    theirs = [(row.id.hex(), row, whose) for row, whose in others if row.teammate_id != me.id]
    shown = {"mine": mine, "theirs": theirs, "scopes": SCOPES, "lives": LIVES, "at": now, "sure": me.sure(now)}
    empty = {"problem": "", "name": "", "token": ""}
    return page(request, "settings/tokens.html", me=me, status=status, **{**empty, **shown, **told})
