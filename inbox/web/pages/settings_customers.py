"""What customers are told: that their message arrived, and how the promise is kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from inbox.flow import customers
from inbox.flow.context import Context
from inbox.flow.customers import Told
from inbox.flow.errors import RefusedError
from inbox.flow.sign_in import Signed
from inbox.store import acknowledgements
from inbox.web.choices import zones
from inbox.web.deps import Founder, House
from inbox.web.pages.promise_public import measured, sentence_of
from inbox.web.render import done, page
from inbox.web.words import N_, _, tell

router = APIRouter(prefix="/settings/promise-to-customers")
HERE = "/settings/promise-to-customers"
LOOKED_BACK = timedelta(days=28)
REASONS: Mapping[str, str] = {
    "": N_("Sent"),
    "asked_not_to": N_("The mail asked for no automatic answer"),
    "machine": N_("The address is a program’s"),  # noqa: RUF001 - an apostrophe
    "ourselves": N_("The address is our own"),
    "nobody": N_("Nobody is named as the sender"),
    "not_theirs": N_("The server says that the sender is forged"),
    "not_to_us": N_("The mail was not addressed to us"),
    "not_mail": N_("It was no mail"),
    "not_read": N_("It could not be read"),
    "spam": N_("It was in spam"),
    "too_late": N_("It reached us after its time was over"),
    "enough": N_("The person had as many as one gets in a day"),
    "storm": N_("Too many left in one hour"),
    "not_filled_in": N_("The letter names no time, or a variable that nothing is known for"),
}


@router.get("")
def show(request: Request, house: House, me: Founder) -> Response:
    """Show what is told."""
    with house.store.reading() as session:
        told = customers.read(session)
    return _page(request, house, me, told)


@router.post("")
def save(
    request: Request,
    house: House,
    me: Founder,
    account: Annotated[list[int] | None, Form(max_length=200)] = None,
    a_day: Annotated[int, Form(ge=0, le=1000)] = 2,
    zone: Annotated[str, Form(max_length=80)] = "UTC",
    public: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Keep it."""
    told = Told(tuple(account or ()), a_day, zone, public == "yes")
    try:
        with house.store.unit_of_work() as work:
            customers.save(work, told, me.id)
    except RefusedError as error:
        return _page(request, house, me, told, status=422, problem=tell(error))
    return done(request, HERE, _("Saved."))


def _page(
    request: Request, house: Context, me: Signed, told: Told, *, status: int = 200, problem: str = ""
) -> Response:
    with house.store.reading() as session:
        able = [(one.id, one.name or one.address, one.address) for one in customers.mail_accounts(session)]
        counted = acknowledgements.counts(session, house.clock() - LOOKED_BACK)
    shown: dict[str, Any] = {
        "told": told,
        "able": able,
        "counted": [(_(REASONS.get(why, why)), n) for why, n in sorted(counted.items())],
        "says": [sentence_of(one) for one in measured(request, house).spans],
        "zones": zones(),
        "most": customers.MOST_A_DAY,
        "problem": problem,
    }
    return page(request, "settings/customers.html", me=me, status=status, **shown)
