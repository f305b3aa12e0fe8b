"""What the API of the rota takes and sends."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from inbox.flow.calendar_in import LARGEST
from inbox.flow.handover import LONGEST
from inbox.web.api.given import Given, Moment
from inbox.web.api.shapes import Told

Number = Annotated[int, Field(ge=1, lt=2**63)]
Clock = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


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


class OverrideTold(Told):
    """What is agreed for a time. instead_of_id: who is replaced. swap_id: the swap it comes of."""

    id: int
    kind: str
    teammate_id: int
    instead_of_id: int | None
    swap_id: int | None
    starts_at: datetime
    ends_at: datetime


class HoleTold(Told):
    """A time when nobody will be on duty. usual: how many write then, on average. best: who carries least."""

    start: datetime
    end: datetime
    usual: float
    best: int | None


class CarriedTold(Told):
    """What one carries. hours: by their kind. normal: what it amounts to, had they been here all the time."""

    person: int
    hours: dict[str, float]
    replies: int
    normal: float


class LoadTold(Told):
    """Who carries how much. balance: 1 is even, 0 is one person alone, null where nobody could share."""

    balance: float | None
    loads: list[CarriedTold]


class SwapTold(Told):
    """Somebody asks to be relieved of a time on duty. back_…: the shift they take in return."""

    id: int
    teammate_id: int
    wanted_id: int | None
    taker_id: int | None
    starts_at: datetime
    ends_at: datetime
    state: str
    in_return: bool
    back_starts_at: datetime | None
    back_ends_at: datetime | None


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
    country: str
    region: str
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

    start: Moment
    end: Moment


class SwapGiven(SpanGiven):
    """A time on duty to be relieved of. wanted_id: of whom that is asked; nobody: of anyone.

    in_return: for a shift of theirs; back: which one, else whoever accepts chooses. teammate_id: in whose name.
    """

    wanted_id: Number | None = None
    in_return: bool = False
    back: SpanGiven | None = None
    teammate_id: Number | None = None


class AcceptGiven(Given):
    """How a swap is accepted. back: the shift they take in return. teammate_id: in whose name."""

    back: SpanGiven | None = None
    teammate_id: Number | None = None


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
    region: Annotated[str, Field(max_length=40)] = ""
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
    country: Annotated[str, Field(max_length=2)] = ""
    region: Annotated[str, Field(max_length=40)] = ""
    beside: bool = False


class HolidayTold(Told):
    """A public holiday of somebody's. serves: they do, all the same."""

    teammate_id: int
    day: date
    name: str
    serves: bool


class KeepsTold(Told):
    """Whose public holidays somebody keeps."""

    teammate_id: int
    country: str
    region: str


class KeepsGiven(Given):
    """Whose public holidays somebody keeps; no country is none. teammate_id: who, oneself where it is left out."""

    country: Annotated[str, Field(max_length=2)]
    region: Annotated[str, Field(max_length=40)] = ""
    teammate_id: Number | None = None


class ServesGiven(Given):
    """Whether somebody serves on a public holiday of theirs."""

    serves: bool
    teammate_id: Number | None = None


class CalendarGiven(Given):
    """A calendar: its text (.ics), or its address. containing: only entries with these words in the title."""

    calendar: Annotated[str, Field(max_length=LARGEST)] = ""
    url: Annotated[str, Field(max_length=2000)] = ""
    containing: Annotated[str, Field(max_length=100)] = ""


class AwayTold(Told):
    """A time of absence that a calendar names."""

    start: datetime
    end: datetime


class CalendarFound(Told):
    """What a calendar says. passed: entries that are no absence; odd: those that could not be understood.

    more: it holds more than is read. changed: how many absences are other ones now, 0 where it was only looked at.
    """

    away: list[AwayTold]
    passed: int
    odd: int
    more: bool
    changed: int = 0


class CalendarTold(Told):
    """Which calendars speak with one's rota: the link to one's shifts, and where one's absences come from."""

    link_ending: str | None
    host: str
    containing: str
    entries: int
    read_at: datetime | None
    error: str


class NoteTold(Told):
    """The note as it would go now. left: numbers of conversations by kind. words: what one adds oneself."""

    on_duty: list[int]
    next: SlotTold | None
    left: dict[str, list[int]]
    words: str


class WordsGiven(Given):
    """What one wants to say at the end of one's shift."""

    words: Annotated[str, Field(max_length=LONGEST)]
