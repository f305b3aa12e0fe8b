from __future__ import annotations

import time

import pytest

from connectors import text


@pytest.mark.parametrize(
    ("markup", "read"),
    [
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("One<br>Two<br/><br>Three", "One\nTwo\n\nThree"),
        ("<div>One</div><div>Two</div>", "One\nTwo"),
        ("a  b\n c", "a b c"),
        ("<b>bold</b> and <i>it</i>", "bold and it"),
        ("<ul><li>One</li><li>Two<ul><li>Deep</li></ul></li></ul>", "- One\n- Two\n  - Deep"),
        ('<ol start="3"><li>One</li><li>Two</li></ol>', "3. One\n4. Two"),
        ('<a href="https://x.org/a">here</a>', "here (https://x.org/a)"),
        ('<a href="https://x.org/">https://x.org</a>', "https://x.org"),
        ('<a href="mailto:alice@example.org">alice@example.org</a>', "alice@example.org"),
        ('<a href="javascript:alert(1)">here</a>', "here"),
        ("<table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>2</td></tr></table>", "A | B\n1 | 2"),
        (
            "Yes<blockquote>One<br>Two<blockquote>Deep</blockquote></blockquote>No",
            "Yes\n\n> One\n> Two\n>\n>> Deep\n\nNo",
        ),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ('<img alt="Logo" src=x>text', "[Logo]text"),
        ("<style>p{}</style><script>x</script><title>t</title>Hi<!-- no -->", "Hi"),
        ('<div style="display:none">Preheader</div><p>Hi</p>', "Hi"),
        ('<span style="DISPLAY : none"><span>x</span>y</span>Hi', "Hi"),
        ("&lt;b&gt; &amp; &euro; &#8364; &#xD800;", "<b> & € € \ufffd"),
        ("a &lt; b < c", "a < b < c"),
        ('<p title="a > b">Hi</p>', "Hi"),
        ("&nbsp;&zwnj;&nbsp;&zwnj;Hi", "Hi"),
        ("one<hr>two", "one\n________________________________\ntwo"),
        ("<p>never closed", "never closed"),
        ("<script>never closed", ""),
        ("<", "<"),
        ("", ""),
    ],
)
def test_html_is_read_as_text(markup: str, read: str) -> None:
    assert text.from_html(markup) == read


def test_a_mail_that_is_all_hidden_is_read_all_the_same() -> None:
    assert text.from_html('<div style="display:none">Only this') == "Only this"


@pytest.mark.parametrize(
    "hostile",
    [
        "<" * 400_000,
        "<a " * 150_000,
        "<div>" * 80_000,
        "<blockquote>" * 40_000,
        "<!--" * 100_000,
        "<svg>" * 80_000,
        "<title>" * 70_000,
        '<a href=">' * 50_000,
        '<p style="display:none">' * 20_000,
        "<p style='display:none'></p>" * 15_000,
        "&#" + "1" * 400_000,
        "<a" + " style=" * 60_000 + ">x",
        "<table><tr><td>" * 30_000,
    ],
)
def test_hostile_markup_takes_no_time(hostile: str) -> None:
    start = time.process_time()
    text.from_html(hostile)
    assert time.process_time() - start < 0.5


def test_html_may_declare_its_charset() -> None:
    assert text.declared_charset(b'<html><meta http-equiv=x content="text/html; charset=KOI8-R">') == "KOI8-R"
