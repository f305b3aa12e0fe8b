"""What servers answer, read without trust: tables of lines and what they mean."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from connectors.contract import IdPage
from connectors.errors import Permanent
from connectors.mail import answers, cursor, fields, folders, inventory
from connectors.mail.answers import Meta
from connectors.mail.folders import Folder
from connectors.mail.stream import MAX_LINE, FloodError, Splitter


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        (b'INTERNALDATE "21-Nov-2026 12:30:00 +0100"', datetime(2026, 11, 21, 11, 30, tzinfo=UTC)),
        (b'INTERNALDATE " 1-Jan-2026 00:00:00 -0530"', datetime(2026, 1, 1, 5, 30, tzinfo=UTC)),
        (b'internaldate "31-dec-1999 23:59:60 +0000"', datetime(2000, 1, 1, tzinfo=UTC)),  # a leap second
        (b'INTERNALDATE "31-Feb-2026 12:00:00 +0000"', None),
        (b'INTERNALDATE "01-Foo-2026 12:00:00 +0000"', None),
        (b'INTERNALDATE "01-Jan-0001 00:00:00 +2300"', None),
        (b'INTERNALDATE "01-Jan-2026 12:00:00 +9999"', None),
        (b"INTERNALDATE NIL", None),
        (b"", None),
    ],
)
def test_dates(text: bytes, meant: datetime | None) -> None:
    assert answers.read_date(text) == meant


@pytest.mark.parametrize(
    ("data", "metas"),
    [
        ([b"1 (UID 5 RFC822.SIZE 10)"], [Meta(5, 10, None)]),
        ([b"1 (RFC822.SIZE 10 UID 5)"], [Meta(5, 10, None)]),
        ([b"1 (UID 5)"], []),  # no size
        ([b"1 (UID 6 RFC822.SIZE 10)"], []),  # not asked for
        ([b"1 (RFC822.SIZE 10)"], []),  # about nobody
        ([b"1 (UID 5 RFC822.SIZE 10)", b"1 (UID 5 RFC822.SIZE 99)"], [Meta(5, 10, None)]),
        ([None, (b"x", None), 7], []),  # what imaplib2 says when there is nothing, and what it never says
        ([b'1 (X " UID 5 " RFC822.SIZE 10)'], []),  # words of a stranger
    ],
)
def test_sizes(data: list[object], metas: list[Meta]) -> None:
    assert answers.metas(data, [5]) == metas


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ([b"1 2 3"], [2, 3]),
        ([b"3 2", b"2"], [2, 3]),
        ([b"1 9"], []),
        ([b"", None, b"x -2 2.5"], []),
        ([b"2 99999999999999999999"], [2]),
    ],
)
def test_searches(data: list[object], found: list[int]) -> None:
    assert answers.uids(data, 2, 5) == found


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (b'(\\HasNoChildren) "/" "INBOX"', [Folder(frozenset({"\\hasnochildren"}), "INBOX")]),
        (b'(\\Sent) "." Sent', [Folder(frozenset({"\\sent"}), "Sent")]),
        (b'() NIL "a\\"b\\\\c"', [Folder(frozenset(), 'a"b\\c')]),
        ((b'() "/" {4}', b"S&-t"), [Folder(frozenset(), "S&t")]),
        (b'() "/" "Gesendete &- &APw-ber"', [Folder(frozenset(), "Gesendete & über")]),
        (b'() "/" "&broken"', [Folder(frozenset(), "&broken")]),
        (b'() "/" "&AA-"', [Folder(frozenset(), "&AA-")]),
        (b"nonsense", []),
        (None, []),
    ],
)
def test_lists(answer: object, found: list[Folder]) -> None:
    assert folders.read_list([answer]) == found


@pytest.mark.parametrize(
    ("names", "sent"),
    [
        ([("INBOX", ""), ("Gesendet", "\\sent"), ("Sent", "")], "Gesendet"),
        ([("INBOX", ""), ("Sent Items", "")], "Sent Items"),
        ([("[Gmail]", "\\noselect"), ("[Gmail]/Sent Mail", "")], "[Gmail]/Sent Mail"),
        ([("Sent", "\\noselect")], ""),
        ([("INBOX", "")], ""),
    ],
)
def test_which_folder_is_sent(names: list[tuple[str, str]], sent: str) -> None:
    assert folders.find_sent([Folder(frozenset({flag}), name) for name, flag in names]) == sent


def test_names_of_mails_come_back_even_from_odd_folders() -> None:
    assert cursor.parse_name(cursor.name("a;b;7", 5, 9)) == ("a;b;7", 5, 9)
    for other in ("", "a;b", ";1;2", "a;1;x", "a;-1;2"):
        assert cursor.parse_name(other) is None


@pytest.mark.parametrize("page", ["x", "[]", "[1]", '["a","b"]', "7"])
def test_a_page_that_is_none_of_ours_is_refused(page: str) -> None:
    with pytest.raises(Permanent, match="stored page"):
        inventory.list_page(None, ["INBOX"], page)  # type: ignore[arg-type]


def test_a_page_of_a_folder_that_we_no_longer_read_is_the_end() -> None:
    assert inventory.list_page(None, ["INBOX"], '["Old", 1]') == IdPage([], None)  # type: ignore[arg-type]


def test_a_line_without_end_is_a_flood() -> None:
    splitter = Splitter(10 * MAX_LINE)
    assert splitter.feed(b"x" * MAX_LINE) == []
    with pytest.raises(FloodError):
        splitter.feed(b"x")


@pytest.mark.parametrize("value", ["a\r\nBcc: x", "a\nb", "a\rb", "a\0b", "x" * 1000, "é" * 600])
def test_one_field_is_one_field(value: str) -> None:
    with pytest.raises(Permanent, match="nothing was sent"):
        fields.field("X-Test", value)


@pytest.mark.parametrize("domain", ["x" * 70 + "é.example", "é..example"])
def test_domains_that_no_server_could_look_up_are_refused(domain: str) -> None:
    with pytest.raises(Permanent, match="not a domain"):
        fields.address(f"alice@{domain}")
