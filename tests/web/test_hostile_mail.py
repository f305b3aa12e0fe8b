"""What strangers send is shown, and does nothing (S1, S4, S15, S16)."""

from __future__ import annotations

import re
from email.message import EmailMessage

import pytest
from hostile import PAYLOADS
from house import SUPPORT, mail
from team import Team

from inbox.store import messages
from inbox.web import prose, sanitize

BAD = re.compile(
    r"<(script|svg|math|style|iframe|object|embed|form|input|button|link|meta|base|video|audio|template|noscript)\b"
    r"|\son\w+\s*=|javascript:|vbscript:|data:text|expression\(|url\(|position\s*:|\sid=|\sclass=|\sname=|srcset|https://evil",
    re.IGNORECASE,
)
TAG = re.compile(r"<[^>]*>")
WORDS = re.compile(r' (title|alt|lang|dir)="[^"]*"')
"""What only is read; it may say anything."""
CANARY = "\"'><img src=x onerror=alert(7)>{{7*7}}${7*7}"


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_that_acts_is_left(payload: str) -> None:
    cleaned = sanitize.clean(f"<p>Before</p>{payload}<p>After</p>", {}, remote=False)
    assert [tag for tag in TAG.findall(cleaned.html) if BAD.search(WORDS.sub("", tag))] == []
    assert "Before" in cleaned.html


@pytest.mark.parametrize("payload", PAYLOADS)
def test_it_stays_clean_when_read_again(payload: str) -> None:
    made = payload
    rounds = [made := sanitize.clean(made, {}, remote=False).html for _ in range(3)]
    assert rounds[1] == rounds[2]
    assert sorted(rounds[0]) == sorted(rounds[1])


def test_what_people_write_survives() -> None:
    html = '<h2>Hello</h2><table><tr><td colspan="2" style="color: red">x</td></tr></table><a href="https://a.example">a</a>'
    made = sanitize.clean(html, {}, remote=False).html
    assert '<td colspan="2" style="color:red">x</td>' in made
    assert 'rel="noopener noreferrer nofollow"' in made
    assert 'target="_blank"' in made


def test_styles_become_one_sheet_and_words_stay_words() -> None:
    html = (
        '<p style="color: red">say style="color:red"</p><b style="color: red" title=\'a style="x"\'>b</b>'
        '<i style=\'font-family: "}*{color:red"\'>i</i><u style="font-family:\'x">u</u>'
    )
    made, sheet = sanitize.parted(sanitize.clean(html, {}, remote=False).html)
    assert made.startswith('<p class="m0">say style="color:red"</p><b class="m0"')
    assert sheet.splitlines()[0] == ".m0{color:red}"
    assert sheet.count("{") == sheet.count("}") == len(sheet.splitlines())
    assert "<i>" in made


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_sheet_has_nothing_but_plain_declarations(payload: str) -> None:
    made, sheet = sanitize.parted(sanitize.clean(payload, {}, remote=False).html)
    assert not re.search(r"url|@|<|\\\\|expression|/\*", sheet)
    assert " style=" not in "".join(TAG.findall(made))


def test_pictures_from_elsewhere_wait_until_asked_for() -> None:
    html = '<img src="https://t.example/p.gif"><img src="cid:logo@x"><img src="cid:unknown">'
    held = sanitize.clean(html, {"logo@x": "/attachments/5/picture"}, remote=False)
    assert held.held_back == 1
    assert "t.example" not in held.html
    assert '<img src="/attachments/5/picture">' in held.html
    assert "https://t.example/p.gif" in sanitize.clean(html, {}, remote=True).html


@pytest.mark.parametrize(
    "payload", [*PAYLOADS, "[x](javascript:alert(1))", "![x](https://evil.example/t.gif)", "<https://a.example>"]
)
def test_markdown_and_plain_text_carry_no_html(payload: str) -> None:
    for made in (prose.markdown(payload), prose.plain(payload)):
        assert [tag for tag in TAG.findall(made) if BAD.search(tag) and "https://evil" not in tag] == []
        assert "<img" not in made


def test_links_in_text_end_where_people_think() -> None:
    made = prose.plain("See https://a.example/x_(y), or (https://b.example/z). <https://c.example>")
    assert re.findall(r'href="([^"]+)"', made) == [
        "https://a.example/x_(y)",
        "https://b.example/z",
        "https://c.example",
    ]


def html_mail(html: str, **headers: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = headers.get("sender", "Carol <carol@customer.example>"), SUPPORT
    message["Subject"], message["Message-ID"] = headers.get("subject", "Hello"), f"<{abs(hash(html))}@customer.example>"
    message.set_content("The text of it.")
    message.add_alternative(html, subtype="html")
    return message


def test_the_frame_of_a_mail_is_locked(team: Team) -> None:
    team.house.receive(
        team.account, html_mail("<p>Look</p><script>alert(1)</script><img src=https://t.example/p>").as_bytes()
    )
    [talk] = team.house.conversations()
    [message] = team.house.messages(talk.id or 0)
    answer = team.alice.get(f"/messages/{message.id}/body")
    policy = answer.headers["content-security-policy"]
    assert "<p>Look</p>" in answer.text
    assert "alert" not in answer.text
    assert "default-src 'none'" in policy
    assert "script-src 'none'" in policy
    assert "sandbox allow-same-origin allow-popups" in policy
    assert "allow-scripts" not in policy
    assert "https:" not in policy
    assert "https:" in team.alice.get(f"/messages/{message.id}/body?images=yes").headers["content-security-policy"]
    source = team.alice.get(f"/messages/{message.id}/source")
    assert source.headers["content-type"] == "text/plain; charset=utf-8"
    assert "<script>alert(1)</script>" in source.text
    assert "sandbox" in source.headers["content-security-policy"]


NAMES = [
    "../../etc/passwd",
    "C:\\Windows\\cmd.exe",
    'a"b\r\nX-Evil: 1.txt',
    "\u202egpj.exe",
    ".\u200bhtaccess",
    "CON",
    "x" * 400 + ".txt",
    "<svg onload=alert(1)>.html",
    "résumé déjà.pdf",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_files_name_is_only_a_name(name: str) -> None:
    made = sanitize.disposition(name)
    assert made.startswith('attachment; filename="')
    assert "\r" not in made
    assert "\n" not in made
    assert made.isascii()
    assert not re.search(r'filename="[^"]*[/\\:]', made)
    assert made.count('"') == 2


FILES = [
    (b"\x89PNG\r\n\x1a\n....", "image/png", "a.png", "image/png"),
    (b"GIF89a....", "text/html", "a.html", "image/gif"),
    (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "image/svg+xml", "a.svg", ""),
    (b"<script>alert(1)</script>", "image/png", "a.png", ""),
    (b"%PDF-1.7", "application/pdf", "a.pdf", ""),
    (b"RIFF....WEBPVP8 ", "image/webp", "a.webp", "image/webp"),
    (b"\xff\xd8\xff\xe0", "image/jpeg", "a.jpg", "image/jpeg"),
]


def test_files_are_downloaded_and_only_true_pictures_are_shown(team: Team) -> None:
    message = html_mail("<p>Files</p>")
    for data, kind, name, _shown in FILES:
        main, _, sub = kind.partition("/")
        message.add_attachment(data, maintype=main, subtype=sub, filename=name)
    team.house.receive(team.account, message.as_bytes())
    [talk] = team.house.conversations()
    [said] = team.house.messages(talk.id or 0)
    with team.house.store.reading() as session:
        rows = messages.attachments_of(session, [said.id or 0])[said.id or 0]
    assert len(rows) == len(FILES)
    for row, (data, _kind, _name, shown) in zip(rows, FILES, strict=True):
        answer = team.alice.get(f"/attachments/{row.id}")
        assert answer.content == data
        assert answer.headers["content-disposition"].startswith("attachment;")
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in answer.headers["content-security-policy"]
        picture = team.alice.get(f"/attachments/{row.id}/picture")
        assert (
            (picture.status_code, picture.headers["content-type"]) == (200, shown)
            if shown
            else picture.status_code == 404
        )


def test_a_strangers_words_are_never_markup(team: Team) -> None:
    house = team.house
    bob = team.bob.id
    house.receive(
        team.account,
        mail(
            f'"{CANARY.replace(chr(34), "")}" <carol@customer.example>',
            f"{CANARY}\n\nOn Monday Bob wrote:\n> {CANARY}\n",
            subject=CANARY,
        ),
        mail("Carol <carol@customer.example>", CANARY, subject="Other", message_id="other@x"),
    )
    first = house.conversations()[0].id or 0
    contact = house.conversations()[0].contact_id
    team.alice.post(f"/contacts/{contact}", conversation_id=str(first), name=CANARY, notes=CANARY)
    team.alice.post(f"/conversations/{first}/note", text=CANARY)
    team.alice.post(f"/conversations/{first}/close", other=CANARY)
    team.alice.post(f"/conversations/{first}/reopen")
    house.reply(first, bob, CANARY.replace("{{7*7}}", ""))
    pages = [
        "/inbox/waiting",
        "/inbox/all",
        f"/inbox/all/{first}",
        "/search?q=img",
        f"/search?q={CANARY}",
        f"/inbox/all/news?ids={first}",
    ]
    for path in pages:
        text = team.alice.get(path).text
        assert "<img src=x" not in text, path
    assert "{{7*7}}" in team.alice.get(f"/inbox/all/{first}").text
    written = CANARY.replace("{{7*7}}", "")
    held = team.alice.post(f"/conversations/{first}/reply", text=written, version="1", key="k" * 20)
    assert held.status_code == 409
    assert "<img src=x" not in held.text
