"""What leaves is light: files in gzip and kept for ever, pages in gzip for our own pages only."""

from __future__ import annotations

import gzip
import re

import pytest
from team import Team

OURS = {"Sec-Fetch-Site": "same-origin", "Accept-Encoding": "gzip"}
FILE = re.compile(r'"(/static/v-[0-9a-f]{12}/[^"]+)"')


def raw(team: Team, path: str, **headers: str) -> tuple[dict[str, str], bytes]:
    """Ask as Alice's browser does, and return what went over the wire."""
    asked = {name.replace("_", "-"): value for name, value in headers.items()}
    with team.alice.client.stream("GET", path, headers=asked) as answer:
        assert answer.status_code == 200
        return dict(answer.headers), b"".join(answer.iter_raw())


def files(team: Team) -> list[str]:
    return FILE.findall(team.alice.get("/inbox/waiting").text)


def test_every_file_of_a_page_is_asked_for_by_version_and_kept_for_ever(same_team: Team) -> None:
    text = same_team.alice.get("/inbox/waiting").text
    assert len(files(same_team)) > 8
    assert re.findall(r'(?:href|src)="/static/(?!v-)', text) == []
    for path in files(same_team):
        headers, _body = raw(same_team, path)
        assert headers["cache-control"] == "public, max-age=31536000, immutable", path


def test_texts_leave_in_gzip_and_are_the_same_inside(same_team: Team) -> None:
    for path in (one for one in files(same_team) if one.endswith((".css", ".js"))):
        headers, packed = raw(same_team, path, Accept_Encoding="gzip")
        plain_headers, plain = raw(same_team, path, Accept_Encoding="identity")
        assert headers["content-encoding"] == "gzip"
        assert headers["vary"] == plain_headers["vary"] == "Accept-Encoding"
        assert gzip.decompress(packed) == plain
        assert int(headers["content-length"]) == len(packed)


def test_a_file_asked_for_without_its_version_is_asked_for_again(same_team: Team) -> None:
    headers, _body = raw(same_team, "/static/js/app.js")
    assert headers["cache-control"] == "no-cache"
    same = {"If-None-Match": headers["etag"], "Accept-Encoding": "gzip"}
    assert same_team.alice.get("/static/js/app.js", headers=same).status_code == 304
    assert same_team.alice.get("/static/v-000000000000/js/app.js").headers["cache-control"] == "no-cache"


@pytest.mark.parametrize(
    "path", ["/static/v-/../../../pyproject.toml", "/static/v-x/%2e%2e/%2e%2e/deps.py", "/static/v-x"]
)
def test_no_way_leads_out_of_the_folder(same_team: Team, path: str) -> None:
    assert same_team.mallory.get(path).status_code == 404


def test_a_page_leaves_in_gzip_for_our_own_pages(same_team: Team) -> None:
    headers, packed = raw(same_team, "/inbox/waiting", Sec_Fetch_Site="same-origin", Accept_Encoding="gzip")
    assert headers["content-encoding"] == "gzip"
    assert "Accept-Encoding" in headers["vary"]
    assert gzip.decompress(packed).rstrip().endswith(b"</html>")
    assert int(headers["content-length"]) == len(packed) < 20_000


@pytest.mark.parametrize("site", ["cross-site", "same-site", ""])
def test_nothing_is_packed_that_another_site_asks_for(same_team: Team, site: str) -> None:
    headers, body = raw(same_team, "/search?q=guess", Sec_Fetch_Site=site, Accept_Encoding="gzip")
    assert "content-encoding" not in headers
    assert body.rstrip().endswith(b"</html>")


def test_the_length_of_a_page_tells_little(same_team: Team) -> None:
    asked = {"Sec_Fetch_Site": "same-origin", "Accept_Encoding": "gzip"}
    lengths = {len(raw(same_team, "/ledger", **asked)[1]) for _ in range(12)}
    assert len(lengths) > 4


def test_the_stream_of_changes_is_never_packed(same_team: Team) -> None:
    with same_team.alice.client.stream("GET", "/live", headers=OURS) as answer:
        assert "content-encoding" not in answer.headers
        assert next(answer.iter_lines()) == "retry: 1000"
