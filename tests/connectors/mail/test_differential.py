"""Our splitter and the standard library's parser see the same leaves in every well-formed multipart of the corpus."""

from __future__ import annotations

import email
import os
from email import policy
from email.message import Message
from pathlib import Path

import pytest

from connectors.mail import mime, pieces

CORPUS = Path(os.environ.get("UNDER24_CORPUS") or Path(__file__).parents[3] / ".." / "shared" / "corpus")
FOLDERS = (
    "imap_tools",
    "php_mime_mail_parser",
    "cpython",
    "django_helpdesk",
    "django_mailbox",
    "flanker",
    "flufl_bounce",
)

if not CORPUS.is_dir() and os.environ.get("CI") != "true":
    pytest.skip("no mail corpus beside the repository (UNDER24_CORPUS says where it is)", allow_module_level=True)


def test_the_corpus_is_there() -> None:
    assert CORPUS.is_dir(), f"CI needs the mail corpus at {CORPUS}"


def sound(message: Message) -> bool:
    return message.is_multipart() and not any(part.defects for part in message.walk())


def theirs(message: Message) -> list[tuple[str, bytes]]:
    """The leaves as the standard library reads them, attached mails whole."""
    if message.get_content_maintype() == "multipart" and message.is_multipart():
        inner = message.get_payload()
        assert isinstance(inner, list)
        return [leaf for part in inner if isinstance(part, Message) for leaf in theirs(part)]
    if message.is_multipart():
        return [(message.get_content_type(), b"")]
    data = message.get_payload(decode=True)
    return [(message.get_content_type(), data if isinstance(data, bytes) else b"")]


def ours(mail: mime.Mail, kinds: list[str]) -> list[tuple[str, bytes]]:
    parts = list(pieces.leaves(mail.root))
    whole = {number for number, kind in enumerate(kinds) if kind.startswith("message/")}
    return [(part.type, b"" if n in whole else mime.payload(mail.raw, part)) for n, part in enumerate(parts)]


NOT_BASE64 = {
    "flufl_bounce/groupwise_03.txt",  # the poster wrote "(removed)" over the picture: we give those words
    "php_mime_mail_parser/m0018",  # a picture cut short: the standard library gives it undecoded
    "php_mime_mail_parser/m0028",  # a sentence that says it is base64: we give the sentence
}


def well_formed() -> list[str]:
    paths = (path for folder in FOLDERS for path in CORPUS.glob(f"{folder}/**/*") if path.is_file())
    sound_ones = (p for p in paths if sound(email.message_from_bytes(p.read_bytes(), policy=policy.compat32)))
    return sorted({str(path.relative_to(CORPUS)) for path in sound_ones} - NOT_BASE64)


def bare(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n").rstrip(b"\n")


def test_there_is_something_to_compare() -> None:
    assert len(well_formed()) > 80


@pytest.mark.parametrize("name", well_formed())
def test_the_leaves_are_the_same(name: str) -> None:
    data = (CORPUS / name).read_bytes()
    want = theirs(email.message_from_bytes(data))
    found = ours(mime.split(data), [kind for kind, _ in want])
    assert [(kind, bare(content)) for kind, content in found] == [(kind, bare(content)) for kind, content in want]
