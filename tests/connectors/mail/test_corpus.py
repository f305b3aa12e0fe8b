"""Real mail that others collected, and what they expect of it; the corpus stands beside the repository, not in it.

Where ours differs, the file is listed here with the reason why ours is better. Rules that hold for all files:
attachments are never nameless, an attached mail is one file and its words are not ours, HTML alone is made readable,
and an attached mail is handed out byte for byte, not as the standard library would write it again.
"""

from __future__ import annotations

import json
import os
import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.errors import Unreadable
from connectors.mail import reply
from connectors.mail.parse import describe, open_part
from connectors.text import from_html

CORPUS = Path(os.environ.get("UNDER24_CORPUS") or Path(__file__).parents[3] / ".." / "shared" / "corpus")
FOUND = CORPUS.is_dir()

if not FOUND and os.environ.get("CI") != "true":
    pytest.skip("no mail corpus beside the repository (UNDER24_CORPUS says where it is)", allow_module_level=True)


def test_the_corpus_is_there() -> None:
    assert FOUND, f"CI needs the mail corpus at {CORPUS}"


def expected(folder: str) -> dict[str, Any]:
    path = CORPUS / folder / "expected.json"
    return json.loads(path.read_text()) if path.is_file() else {}


def files(*patterns: str) -> list[str]:
    other = ("ORIGIN.md", "README.md", "expected.json")
    paths = (path for pattern in patterns for path in CORPUS.glob(pattern))
    return sorted(
        str(p.relative_to(CORPUS)) for p in paths if p.is_file() and p.name not in other and "LICENSE" not in p.name
    )


def same(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")).strip()


def described(data: bytes) -> dict[str, object] | str:
    try:
        return describe(data)
    except Unreadable as error:
        return str(error)


@pytest.mark.parametrize("name", files("*/*", "*/*/*", "*/*/*/*"))
def test_every_file_is_read_fast_or_unreadable_in_a_sentence(name: str) -> None:
    data = (CORPUS / name).read_bytes()
    start = time.process_time()
    said = described(data)
    json.dumps(said, ensure_ascii=False).encode()
    assert isinstance(said, dict) or said.endswith(".")
    assert time.process_time() - start < 0.5


# imap_tools -----------------------------------------------------------------------------------------------------------

IMAP_TOOLS = expected("imap_tools")
IMAP_TOOLS_BETTER = {
    # Attached mail is a file; its text, HTML and files are not the words and files of this mail.
    "attachment_2_base64.eml": {"text"},
    "attachment_7bit.eml": {"attachments"},
    "attachment_8bit.eml": {"text", "html"},
    "attachment_emails/attachment_message_rfc822.eml": {"text", "attachments"},
    "mime_emails/raw_email_with_mimepart_without_content_type.eml": {"text", "attachments"},
    "multipart_report_emails/multi_address_bounce1.eml": {"text", "attachments"},
    "multipart_report_emails/multi_address_bounce2.eml": {"text", "attachments"},
    "multipart_report_emails/multipart_report_multiple_status.eml": {"text", "html", "attachments"},
    # UTF-8 that calls itself ASCII or western, and windows-1252 that calls itself ASCII: read, not garbled or dropped.
    "error_emails/content_transfer_encoding_7-bit.eml": {"text", "html"},
    "error_emails/content_transfer_encoding_empty.eml": {"html"},
    "error_emails/content_transfer_encoding_plain.eml": {"text"},
    "error_emails/invalid_subject_characters.eml": {"subject"},
    "plain_emails/raw_email6.eml": {"text"},
    # Not addresses: a name without one, an address without a name, an address as another's display name.
    "error_emails/encoding_madness.eml": {"reply_to"},
    "error_emails/missing_body.eml": {"to"},
    "mime_emails/raw_email11.eml": {"to"},
    "plain_emails/mix_caps_content_type.eml": {"from"},
    "plain_emails/raw_email_with_at_display_name.eml": {"to"},
    # Comments are no part of a name; blanks within an address are refused (strict reading, CVE-2023-27043).
    "rfc2822/example10.eml": {"from", "to"},
    "rfc2822/example11.eml": {"to"},
    # Broken lines in a header do not hide the fields after them.
    "plain_emails/raw_email_incorrect_header.eml": {"from", "to", "subject", "date", "text"},
    "rfc2822/example13.eml": {"subject", "text"},
    # A blank before an encoded word stays (RFC 2047 section 6.2 drops it only between two of them).
    "rfc2822/example14.eml": {"subject"},
    # An image without disposition is a file; a text with a Content-ID and no name is words, and was both there.
    "error_emails/missing_content_disposition.eml": {"attachments"},
    "text_with_content_id.eml": {"attachments"},
    # The year 3609.
    "plain_emails/raw_email_bad_time.eml": {"date"},
    # Text parts each begin a line; a rich copy of a text in the alternative is not said again.
    "mime_emails/raw_email4.eml": {"text"},
}


def imap_tools_says(want: dict[str, Any]) -> dict[str, object]:
    date = datetime.fromisoformat(want["date"])
    utc = (date if date.tzinfo else date.replace(tzinfo=UTC)).astimezone(UTC)
    author = want["from_values"] or {"name": "", "email": ""}
    return {
        "from": (author["name"], author["email"]),
        **{key: [(one["name"], one["email"]) for one in want[f"{key}_values"]] for key in ("to", "cc", "reply_to")},
        "subject": same(want["subject"]),
        "date": None if date.year == 1900 else utc.isoformat(),
        "text": same(want["text"]),
        "html": same(want["html"]),
        "attachments": [(one["filename"], one["payload"]["sha256"]) for one in want["attachments"]],
    }


def ours(said: dict[str, Any], want: dict[str, Any]) -> dict[str, object]:
    author = said["from"] or {"name": "", "address": ""}
    names = [one["filename"] for one in want["attachments"]] + [""] * len(said["attachments"])
    return {
        "from": (author["name"], author["address"]),
        **{key: [(one["name"], one["address"]) for one in said[key]] for key in ("to", "cc", "reply_to")},
        "subject": same(said["subject"]),
        "date": said["date"],
        "text": same(said["text"]) if want["text"] or not want["html"] else "",
        "html": same(said["html"]),
        "attachments": [
            (one["filename"] if name else "", one["sha256"])
            for one, name in zip(said["attachments"], names, strict=False)
        ],
    }


@pytest.mark.parametrize("name", IMAP_TOOLS)
def test_imap_tools(name: str) -> None:
    want = IMAP_TOOLS[name]
    theirs = imap_tools_says(want)
    mine = ours(describe((CORPUS / "imap_tools" / name).read_bytes()), want)
    assert {key for key in theirs if theirs[key] != mine[key]} == IMAP_TOOLS_BETTER.get(name, set())


# php_mime_mail_parser -------------------------------------------------------------------------------------------------

PHP = expected("php_mime_mail_parser")
PHP_BETTER = {
    "m0008": {"text"},  # "Please use an HTML capable mail program" is no message: the HTML is read
    "m0025": {"text"},  # the same
    "m0020": {"text", "files"},  # the invitation is told in words, and is a file called invite.ics
}


def holds(check: list[Any], text: str) -> bool:
    if check[0] == "MATCH":
        return same(check[1]) == same(text)
    return text.count(str(check[2]).replace("\r\n", "\n")) == int(check[1])


@pytest.mark.parametrize("name", PHP)
def test_php_mime_mail_parser(name: str) -> None:
    want = PHP[name]
    data = (CORPUS / "php_mime_mail_parser" / name).read_bytes()
    said: dict[str, Any] = describe(data)
    people = [said["from"], *said["to"]]
    named = [*want["fromAddressesExpected"], *want["toAddressesExpected"]]
    wrong = {
        "subject": said["subject"] != want["subjectExpected"],
        "people": [p["address"] for p in people] != [p["address"] for p in named]
        or [p["name"] or p["address"] for p in people] != [p["display"] for p in named],
        "text": not holds(want["textExpected"], said["text"]),
        "html": not holds(want["htmlExpected"], said["html"].replace("\r\n", "\n")),
        "files": [(a["filename"], a["content_type"]) for a in said["attachments"]]
        != [(a["filename"], a["content_type"]) for a in want["attachmentsExpected"]],
        "content": any(
            open_part(data, index).count(one["contains"].encode()) != one["contains_times"]
            for index, one in enumerate(want["attachmentsExpected"])
            if one["contains"]
        ),
    }
    assert {key for key, is_wrong in wrong.items() if is_wrong} == PHP_BETTER.get(name, set())


# flufl_bounce, sisimai ------------------------------------------------------------------------------------------------

FLUFL = expected("flufl_bounce")
FLUFL_BETTER = {
    "groupwise_02.txt": ["userx@example.com"],  # named in the report, missed by the one detector that was asked
    "simple_42.txt": ["david...@gmail.com"],  # named in the machine-readable part, though the local part is masked
}


@pytest.mark.parametrize("name", FLUFL)
def test_flufl_bounce(name: str) -> None:
    said: dict[str, Any] = describe((CORPUS / "flufl_bounce" / name).read_bytes())
    found = said["bounce"] or []
    assert sorted(one["recipient"] for one in found) == (FLUFL_BETTER.get(name) or sorted(FLUFL[name]["addresses"]))
    if FLUFL[name]["addresses"]:
        assert any(not one["permanent"] for one in found) == FLUFL[name]["temporary"]


@pytest.mark.parametrize("name", expected("sisimai"))
def test_sisimai(name: str) -> None:
    want = expected("sisimai")[name]
    auto: Any = describe((CORPUS / "sisimai" / name).read_bytes())["auto"]
    assert auto["kind"] == ("auto_reply" if want == "vacation" else "abuse_report")
    kind = re.search(r"feedback: ([\w-]+)", want)
    assert kind is None or kind[1] in auto["reason"]


@pytest.mark.parametrize("name", files("mox/dmarc-reports/*", "mox/tlsreports/*"))
def test_statistics_are_kept_apart(name: str) -> None:
    auto: Any = describe((CORPUS / name).read_bytes())["auto"]
    assert auto["kind"] == "report"


@pytest.mark.parametrize("name", files("flanker/bounce/*"))
def test_flanker_bounces(name: str) -> None:
    assert describe((CORPUS / name).read_bytes())["bounce"]


# Replies --------------------------------------------------------------------------------------------------------------

CRISP = expected("crisp_reply_parser")


@pytest.mark.parametrize("name", CRISP)
def test_crisp_replies(name: str) -> None:
    text = (CORPUS / "crisp_reply_parser" / name).read_text("utf-8").replace("\r\n", "\n")
    assert reply.new_text(text) == same(CRISP[name]["first_fragment_equals"])


@pytest.mark.parametrize("name", files("talon/standard_replies/*.eml"))
def test_talon_plain_replies(name: str) -> None:
    assert describe((CORPUS / name).read_bytes())["reply_text"] == "Hello"


@pytest.mark.parametrize("name", files("talon/html_replies/*"))
def test_talon_html_replies(name: str) -> None:
    found = reply.new_text(from_html((CORPUS / name).read_text("utf-8")))
    assert found.replace("\n\n", "\n") == "Hi. I am fine.\nThanks,\nAlex"


SIGNATURES_BETTER = {
    "jeff_body",  # a name and two words: nothing marks them as a signature, and they may be what is said
    "short_url_body",  # "Thank you, Noam" is what a person says; talon itself keeps "Thanks, Alex" in its replies
}


@pytest.mark.parametrize("name", files("talon/signature/emails/stripped/*_body"))
def test_talon_signatures(name: str) -> None:
    text = (CORPUS / name).read_text("utf-8")
    signature = (CORPUS / name.replace("_body", "_signature")).read_text("utf-8")
    words = text[: text.rindex(signature)] if signature else text
    assert reply.new_text(text) == (text if Path(name).name in SIGNATURES_BETTER else words).strip()
