"""Who the house is, as letters and signatures say it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from urllib.parse import urlsplit

from inbox.flow import audit
from inbox.flow.errors import RefusedError
from inbox.say import say
from inbox.store import values
from inbox.store.db import Session, Work

KEY = "business"
LIMIT = 2_000
VARIABLES = ("business.name", "business.site", "business.address", "business.hours", "business.imprint")


@dataclass(frozen=True, slots=True)
class Business:
    """What people read about the house. Empty is allowed: the variable then stays visible and nothing leaves with it.

    language: in which letters are written to whom nobody knows the language of.
    """

    name: str = ""
    site: str = ""
    address: str = ""
    hours: str = ""
    imprint: str = ""
    language: str = "en"


def read(session: Session) -> Business:
    """Return what is set."""
    known = {one.name for one in fields(Business)}
    return Business(**{key: str(value) for key, value in values.get(session, KEY).items() if key in known})


def save(work: Work, business: Business, by: int) -> None:
    """Keep it; RefusedError names what cannot be."""
    told = {name: text.strip() for name, text in asdict(business).items()}
    if any(len(text) > LIMIT for text in told.values()):
        raise RefusedError(say("Each of these is at most {n} letters long.", n=LIMIT))
    if told["site"] and not _is_site(told["site"]):
        raise RefusedError("The site is an address that begins with https://.")
    if told["language"] not in {"en", "fr"}:
        raise RefusedError("Letters are written in English or in French.")
    if told != asdict(read(work.session)):
        values.put(work, KEY, dict(told))
        work.announce("business.changed", teammate_id=by)
        audit.record(work, by, "business.changed")


def _is_site(text: str) -> bool:
    try:
        site = urlsplit(text)
    except ValueError:
        return False
    return site.scheme in {"http", "https"} and "." in site.netloc and " " not in text


def variables(business: Business) -> dict[str, str]:
    """Return what letters, signatures and saved replies may name."""
    told = asdict(business)
    return {name: told[name.removeprefix("business.")] for name in VARIABLES}
