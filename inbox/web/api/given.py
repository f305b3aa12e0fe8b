"""What the API takes: nothing unknown is let through, and nothing without a bound."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from inbox.store.tools import clean

EARLIEST, LATEST = 1970, 2200
"""Years that a time may lie in: beyond them a calendar ends somewhere, in some zone or some database."""


def _in_calendar(at: datetime) -> datetime:
    if not EARLIEST <= at.year <= LATEST:
        raise PydanticCustomError("moment", "Give a time between 1970 and 2200")
    return at.astimezone(UTC)


Words = Annotated[str, Field(max_length=500)]
Long = Annotated[str, Field(max_length=200_000)]
Moment = Annotated[AwareDatetime, AfterValidator(_in_calendar)]


class Given(BaseModel):
    """A body that is sent to us. Its texts are without what no database keeps (see `clean`)."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _clean(cls, given: Any) -> Any:  # noqa: ANN401 - whatever came as JSON
        return _cleaned(given, 2)


def _cleaned(given: Any, deep: int) -> Any:  # noqa: ANN401 - whatever came as JSON
    """Clean the texts of a body and of what lies in it; what lies deeper is a body of its own."""
    if isinstance(given, str):
        return clean(given)
    if isinstance(given, dict) and deep:
        return {clean(str(name)): _cleaned(value, deep - 1) for name, value in given.items()}
    if isinstance(given, list) and deep:
        return [_cleaned(value, deep - 1) for value in given]
    return given


class Person(Given):
    """Whom to write to."""

    value: Annotated[str, Field(min_length=3, max_length=320)]
    name: Words = ""
    kind: Words = "mail"


class Upload(Given):
    """A file that goes with a reply."""

    filename: Annotated[str, Field(min_length=1, max_length=255)]
    content_type: Words = "application/octet-stream"
    data: Annotated[str, Field(max_length=36_000_000, description="Base64.")]


class Reply(Given):
    """A public reply. `key`: the same key twice is one reply.

    expected_version: the conversation's `version` that the reply was written on; it rises with every message and with
    nothing else, and a newer one stops the send. hold: seconds for which it can be undone. send_at: leave then; after
    the promised time only with `late`. forward: to somebody else (`to`); it answers nobody.
    """

    markdown: Long = ""
    key: Annotated[str, Field(max_length=100)] = ""
    to: Annotated[list[Person], Field(max_length=50)] = []
    cc: Annotated[list[Person], Field(max_length=50)] = []
    files: Annotated[list[Upload], Field(max_length=50)] = []
    expected_version: int | None = None
    close: bool = False
    hold: Annotated[int, Field(ge=0, le=60)] = 0
    send_at: Moment | None = None
    late: bool = False
    forward: bool = False


class Note(Given):
    """An internal note."""

    markdown: Long


class Assignment(Given):
    """Who takes care; null for nobody."""

    assignee_id: int | None


class Reason(Given):
    """Why."""

    reason: Words = ""


class Other(Given):
    """The conversation or contact that this one goes into."""

    into_id: int


class Tag(Given):
    """A tag, put on or taken off."""

    name: Words
    on: bool = True


class ContactChange(Given):
    """What changes; null leaves it as it is."""

    name: Words | None = None
    notes: Annotated[str, Field(max_length=20_000)] | None = None


class AccountSettings(Given):
    """Settings by name; `GET /channels` names them. Secrets are only ever written."""

    settings: Annotated[dict[str, Annotated[str, Field(max_length=10_000)]], Field(max_length=60)]


class Switch(Given):
    """On or off."""

    enabled: bool


class Until(Given):
    """Until when; `past_deadline` says that it may be later than somebody's answer is due."""

    until: Moment
    past_deadline: bool = False


class Seen(Given):
    """Which version of a conversation was before one's eyes."""

    version: Annotated[int, Field(ge=0)]


class Blocked(Given):
    """A mail address or a domain."""

    what: Annotated[str, Field(min_length=3, max_length=300)]


class ViewGiven(Given):
    """A saved view. sorting: newest, or urgent (least time left first)."""

    name: Annotated[str, Field(min_length=1, max_length=60)]
    query: Annotated[str, Field(min_length=1, max_length=500)]
    sorting: Literal["newest", "urgent"] = "newest"
    shared: bool = False


class BulkGiven(Given):
    """What an act on many is told; each kind reads its own."""

    to: int | None = None
    duty: bool = False
    name: Words = ""
    until: Moment | None = None
    past_deadline: bool = False
    reason: Words = ""


class Bulk(Given):
    """One act on many conversations. given: what the act is told, e.g. {"to": 3}, {"name": "vip"}, {"reason": "…"}."""

    kind: Literal[
        "assign", "tag", "untag", "snooze", "wake", "close", "no_reply_needed", "spam", "not_spam", "follow", "unfollow"
    ]
    conversation_ids: Annotated[list[int], Field(min_length=1, max_length=5000)]
    given: BulkGiven = BulkGiven()
