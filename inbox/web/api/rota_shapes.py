"""What the API of the rota takes and sends."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field

from inbox.flow.handover import LONGEST
from inbox.web.api.given import Given
from inbox.web.api.shapes import Told

Number = Annotated[int, Field(ge=1, lt=2**63)]
Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class SlotTold(Told):
    """A time with the same people on duty, for the same reasons; nobody, where there is a hole."""

    start: datetime
    end: datetime
    people: tuple[int, ...]
    why: tuple[str, ...]


class NowTold(Told):
    """Who answers now, and who answers next. by_rota: a rota says so, not each for themselves."""

    on_duty: list[int]
    next: SlotTold | None
    by_rota: bool


class SwapTold(Told):
    """Somebody asks to be relieved of a time on duty."""

    id: int
    teammate_id: int
    wanted_id: int | None
    taker_id: int | None
    starts_at: datetime
    ends_at: datetime
    state: str


class AbsenceTold(Told):
    """A time when somebody is away. source: manual, or ical."""

    id: int
    teammate_id: int
    starts_at: datetime
    ends_at: datetime
    source: str


class SeatTold(Told):
    """A place in a rotation."""

    teammate_id: int
    since: date | None
    until: date | None


class LayerTold(Told):
    """A rotation of people. weekdays: Monday is 0. spans: pairs of clock times, none for all day."""

    id: int
    name: str
    priority: int
    unit: str
    length: int
    starts_on: date
    handover: str
    weekdays: list[int]
    spans: list[list[str]]
    holidays: str
    beside: bool
    seats: list[SeatTold]


class RotaTold(Told):
    """The rota of the house."""

    id: int
    zone: str
    country: str
    region: str
    always: bool
    layers: list[LayerTold]


class HandoverTold(Told):
    """A note from one shift to the next. left: numbers of conversations by kind, and how many there were."""

    id: int
    at: datetime
    went: list[int]
    came: list[int]
    left: dict[str, Any]
    words: list[dict[str, Any]]
    taken_at: datetime | None
    taken_by: int | None


class ChangeTold(Told):
    """A time at which others would be on duty."""

    start: datetime
    end: datetime
    before: tuple[int, ...]
    after: tuple[int, ...]


class LinkTold(Told):
    """The secret link to one's shifts, told this once."""

    url: str


class SpanGiven(Given):
    """A time."""

    start: AwareDatetime
    end: AwareDatetime


class SwapGiven(SpanGiven):
    """A time on duty to be relieved of. wanted_id: of whom that is asked; nobody: of anyone."""

    wanted_id: Number | None = None


class AbsenceGiven(SpanGiven):
    """A time when somebody is away; a founder may say whose."""

    teammate_id: Number | None = None


class OverrideGiven(SpanGiven):
    """What is agreed for a time."""

    kind: Literal["add", "remove", "replace"]
    teammate_id: Number
    instead_of: Number | None = None


class FrameGiven(Given):
    """What holds for the whole rota. always: somebody is wanted at every hour."""

    zone: Annotated[str, Field(max_length=80)]
    country: Annotated[str, Field(max_length=2)] = ""
    region: Annotated[str, Field(max_length=10)] = ""
    always: bool = True


class SeatGiven(Given):
    """Who takes turns, from which day on, until which day, that one left out."""

    teammate_id: Number
    since: date | None = None
    until: date | None = None


class LayerGiven(Given):
    """A rotation of people, in the order of their turns."""

    name: Annotated[str, Field(max_length=80)]
    seats: Annotated[list[SeatGiven], Field(max_length=60)]
    starts_on: date
    handover: Clock = "09:00"
    unit: Literal["business_day", "day", "week", "month"] = "week"
    length: Annotated[int, Field(ge=1, le=365)] = 1
    priority: Annotated[int, Field(ge=-99, le=99)] = 0
    weekdays: Annotated[list[int], Field(max_length=7)] = Field(default_factory=lambda: [*range(7)])
    spans: Annotated[list[tuple[Clock, Clock]], Field(max_length=6)] = Field(default_factory=list)
    skip_holidays: bool = False
    beside: bool = False


class WordsGiven(Given):
    """What one wants to say at the end of one's shift."""

    words: Annotated[str, Field(max_length=LONGEST)]
