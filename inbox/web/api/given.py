"""What the API takes: nothing unknown is let through, and nothing without a bound."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

Words = Annotated[str, Field(max_length=500)]
Long = Annotated[str, Field(max_length=200_000)]


class Given(BaseModel):
    """A body that is sent to us."""

    model_config = ConfigDict(extra="forbid")


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
    send_at: AwareDatetime | None = None
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

    until: AwareDatetime
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
    until: AwareDatetime | None = None
    past_deadline: bool = False
    reason: Words = ""


class Bulk(Given):
    """One act on many conversations. given: what the act is told, e.g. {"to": 3}, {"name": "vip"}, {"reason": "…"}."""

    kind: Literal[
        "assign", "tag", "untag", "snooze", "wake", "close", "no_reply_needed", "spam", "not_spam", "follow", "unfollow"
    ]
    conversation_ids: Annotated[list[int], Field(min_length=1, max_length=5000)]
    given: BulkGiven = BulkGiven()
