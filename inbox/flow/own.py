"""What a teammate sets for themselves: what they are called, their language, their clock, how screens look."""

from __future__ import annotations

from dataclasses import dataclass

from inbox.flow import holidays, shifts, there, zones
from inbox.flow.errors import RefusedError
from inbox.store.db import Work

LANGUAGES = ("en", "fr")
DENSITIES = ("comfortable", "compact")


@dataclass(frozen=True, slots=True)
class Own:
    """A teammate's choices. language, zone: "" for what their browser says."""

    name: str
    language: str = ""
    zone: str = ""
    density: str = "comfortable"


def save(work: Work, teammate_id: int, own: Own) -> None:
    """Keep a teammate's choices; RefusedError names the one that cannot be."""
    teammate = there.teammate(work.session, teammate_id)
    name = " ".join(own.name.split())
    if not name or len(name) > 100:
        raise RefusedError("Give a name of up to 100 letters.")
    if own.language not in {"", *LANGUAGES} or own.density not in DENSITIES:
        raise RefusedError("Choose one of what is offered.")
    if own.zone:
        zones.check(own.zone)
    renamed, moved = name != teammate.name, own.zone != teammate.zone
    if moved:
        shifts.hold(work)
    teammate.name, teammate.language, teammate.zone = name, own.language, own.zone
    teammate.preferences = {**teammate.preferences, "density": own.density}
    if moved:
        holidays.moved(work, teammate_id)
    if renamed:
        work.announce("teammate.renamed", teammate_id=teammate_id, name=name)
