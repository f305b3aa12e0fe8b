from __future__ import annotations

import base64

import pytest
from rawmail import arrival, mixed, raw, read

from connectors.errors import Unreadable
from connectors.mail.parse import read_mail

PLAIN = "Content-Type: text/plain; charset=utf-8\n\n"
HTML = "Content-Type: text/html; charset=utf-8\n\n"


def test_alternatives_say_one_thing_twice() -> None:
    inbound = read_mail(arrival(mixed(PLAIN + "Hello", HTML + "<p>Hello</p>", kind="alternative")))
    assert (inbound.text, inbound.html) == ("Hello", "<p>Hello</p>")


def test_parts_side_by_side_are_said_one_after_the_other() -> None:
    assert read_mail(arrival(mixed(PLAIN + "one", PLAIN + "two"))).text == "one\ntwo"


def test_html_alone_is_made_readable() -> None:
    assert read("Content-Type: text/html", "<p>Hello,</p><p>it broke</p>").text == "Hello,\n\nit broke"


def test_html_is_read_where_the_text_only_excuses_itself() -> None:
    plain = PLAIN + "Your mail client does not support HTML."
    assert read_mail(arrival(mixed(plain, HTML + "<p>Hello</p>", kind="alternative"))).text == "Hello"


def test_text_then_html_that_says_the_same_is_one_thing() -> None:
    inbound = read_mail(arrival(mixed(PLAIN + "Hello there", HTML + "<p>Hello there</p>")))
    assert (inbound.text, inbound.html) == ("Hello there", "<p>Hello there</p>")


def test_a_footer_in_text_does_not_hide_the_message_in_html() -> None:
    inbound = read_mail(arrival(mixed(HTML + "<p>It broke</p>", PLAIN + "Sent to the team list")))
    assert inbound.text == "It broke\nSent to the team list"
    assert "It broke" in inbound.html
    assert "Sent to the team list" in inbound.html


@pytest.mark.parametrize(
    ("charset", "codec"),
    [
        ("iso-8859-15", "iso-8859-15"),
        ("windows-1252", "cp1252"),
        ("utf-16", "utf-16"),
        ("KOI8-R", "koi8-r"),
        ("no-such", "utf-8"),
        ("", "utf-8"),
        ("us-ascii", "utf-8"),
        ("iso-8859-1", "utf-8"),
        ("utf-8", "cp1252"),
        ('"utf-8"', "utf-8"),
    ],
)
def test_charsets_known_unknown_and_wrong(charset: str, codec: str) -> None:
    text = "Да" if charset == "KOI8-R" else "Größe 5"
    kind = f"; charset={charset}" if charset else ""
    data = base64.b64encode(text.encode(codec)).decode()
    inbound = read(f"Content-Type: text/plain{kind}\nContent-Transfer-Encoding: base64", data)
    assert inbound.text == text
    assert ("unknown_charset" in inbound.notes) == (charset == "no-such")


@pytest.mark.parametrize(
    ("charset", "codec", "text"),
    [
        ("iso-2022-jp", "iso2022_jp", "こんにちは"),
        ("shift_jis", "cp932", "こんにちは①"),
        ("gb2312", "gb18030", "镕基你好"),
        ("big5", "big5", "繁體中文"),
        ("ks_c_5601-1987", "cp949", "안녕하세요"),
        ("hz-gb-2312", "hz", "你好"),
    ],
)
def test_east_asian_charsets(charset: str, codec: str, text: str) -> None:
    data = base64.b64encode(text.encode(codec)).decode()
    head = f"Content-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: base64"
    assert read(head, data).text == text


def test_japanese_of_the_vendors_is_read() -> None:
    body = b"\x1b$B-!\x1b(B and \x1b$B-b\x1b(B 4"
    head = b"From: alice@example.org\nContent-Type: text/plain; charset=iso-2022-jp\n\n"
    assert read_mail(arrival(head + body)).text == "① and № 4"


def test_utf8_cut_in_the_midst_of_a_character_is_still_utf8() -> None:
    assert read_mail(arrival(b"From: a@x.org\n\n" + "Привет, Боб".encode()[:-1])).text == "Привет, Бо\ufffd"


def test_words_that_claim_to_be_base64_are_words() -> None:
    assert read("Content-Transfer-Encoding: base64", "This is plain").text == "This is plain"


def test_utf7_is_refused() -> None:
    assert read("Content-Type: text/html; charset=utf-7", "+ADw-script+AD4-").html == "+ADw-script+AD4-"


@pytest.mark.parametrize("charset", ['"no-such"', '"\x00"', "rot13", "base64", "unicode_escape", "x" * 999])
def test_what_is_no_charset_is_guessed(charset: str) -> None:
    assert read(f"Content-Type: text/plain; charset={charset}", "Grüße").text == "Grüße"


def test_html_may_name_its_own_charset() -> None:
    page = '<meta charset="koi8-r"><p>Привет</p>'
    assert read_mail(arrival(raw("Content-Type: text/html", page, charset="koi8-r"))).text == "Привет"


@pytest.mark.parametrize("encoding", ["base64", "BASE64 ", '"base64"'])
def test_base64_survives_a_footer_and_a_lost_end(encoding: str) -> None:
    data = base64.b64encode(b"Hello there").decode()
    head = f"Content-Transfer-Encoding: {encoding}"
    assert read(head, f"{data}\n\n-- \nsent by a list server\n").text == "Hello there"
    assert read(head, data.rstrip("=")).text == "Hello there"


def test_quoted_printable_is_undone() -> None:
    assert read("Content-Transfer-Encoding: quoted-printable", "Gr=C3=BC=\n=C3=9Fe =\n=zz").text == "Grüße =zz"


def test_a_uuencoded_body_is_undone() -> None:
    body = "begin 644 a.txt\n%2&5L;&\\\n`\nend\n"
    assert read("Content-Transfer-Encoding: x-uuencode", body).text == "Hello"


def test_an_unknown_transfer_encoding_is_none() -> None:
    assert read("Content-Transfer-Encoding: plain", "Hello").text == "Hello"


def test_flowed_lines_are_joined() -> None:
    body = "It broke \nagain.\n> said \n> Bob\n-- \nAlice"
    assert read("Content-Type: text/plain; format=flowed", body).text == "It broke again.\n> said Bob\n-- \nAlice"


def test_flowed_with_delsp_joins_words() -> None:
    assert (
        read("Content-Type: text/plain; format=flowed; delsp=yes", "Donau \ndampf \nschiff").text == "Donaudampfschiff"
    )


def test_a_mail_cut_short_gives_what_is_there() -> None:
    whole = mixed(PLAIN + "Hello", PLAIN + "and more")
    assert read_mail(arrival(whole[: whole.rindex(b" more")])).text == "Hello\nand"


@pytest.mark.parametrize("declared", ["", "; boundary=other", '; boundary=""'])
def test_a_missing_or_wrong_boundary_is_guessed(declared: str) -> None:
    data = mixed(PLAIN + "Hello", HTML + "<b>Hello</b>").replace(b'; boundary="cut"', declared.encode())
    inbound = read_mail(arrival(data))
    assert (inbound.text, inbound.html) == ("Hello", "<b>Hello</b>")


def test_a_multipart_without_parts_is_text() -> None:
    assert read("Content-Type: multipart/mixed; boundary=x", "Just words").text == "Just words"


def test_similar_boundaries_are_told_apart() -> None:
    inner = 'Content-Type: multipart/alternative; boundary="cut2"\n\n--cut2\n' + PLAIN + "Hello\n--cut2--\n"
    assert read_mail(arrival(mixed(inner, PLAIN + "Bye"))).text == "Hello\nBye"


@pytest.mark.parametrize("data", [b"", b" \r\n\r\n", b"\n"])
def test_an_empty_file_is_unreadable(data: bytes) -> None:
    with pytest.raises(Unreadable, match="empty"):
        read_mail(arrival(data))


def test_what_is_no_mail_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="not a mail"):
        read_mail(arrival(b"\x89PNG\r\n\x1a\n\x00\x00"))


def test_nul_characters_are_left_out() -> None:
    assert read("", "a\x00b").text == "ab"
