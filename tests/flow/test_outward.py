"""An address that somebody typed leads to the public internet, or nowhere."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from hook_server import HookServer
from hypothesis import given
from hypothesis import strategies as st
from loopback import HOST, Certificates

from inbox.flow import outward
from inbox.flow.outward import ForbiddenAddressError, UnreachableError, checked, is_public, post

PUBLIC = "93.184.216.34"


def leads_to(*addresses: str) -> outward.Resolve:
    return lambda _host, _port: addresses


@pytest.fixture
def receiver() -> Iterator[HookServer]:
    with HookServer() as made:
        yield made


INSIDE = [
    *("127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1"),
    *("169.254.169.254", "100.64.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.192", "192.0.2.1"),
    *("198.18.0.1", "198.51.100.7", "203.0.113.9", "192.88.99.1", "224.0.0.1", "239.255.255.255", "240.0.0.1"),
    *("255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:93.184.216.34", "::127.0.0.1"),
    *("64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::", "2001::1", "2001:db8::1"),
    *("2001:0:53aa:64c:0:fbff:80ff:fffe", "fe80::1", "fe80::1%lo", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1"),
    *("100::1", "5f00::1", "3fff::1", "not an address", ""),
]


@pytest.mark.parametrize("address", INSIDE)
def test_what_is_not_the_public_internet_is_refused(address: str) -> None:
    assert not is_public(address)
    with pytest.raises(ForbiddenAddressError, match="not on the public internet"):
        checked("https://hook.example/", look_up=leads_to(address))


@pytest.mark.parametrize("address", INSIDE)
def test_one_inner_address_among_public_ones_is_enough_to_refuse(address: str) -> None:
    with pytest.raises(ForbiddenAddressError):
        checked("https://hook.example/", look_up=leads_to(PUBLIC, "2606:2800:220:1::1", address))


@pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "2606:2800:220:1:248:1893:25c8:1946", "2a00:1450:4007::1"])
def test_the_public_internet_may_be_called(address: str) -> None:
    assert checked("https://hook.example/a?b=c", look_up=leads_to(address)).addresses == (address,)


@given(st.ip_addresses())
def test_nothing_that_python_knows_to_be_inside_is_public(address: object) -> None:
    if is_public(str(address)):
        assert not getattr(address, "is_private", False) or str(address).startswith(("2001:", "192."))
        assert not getattr(address, "is_loopback", False)
        assert not getattr(address, "is_multicast", False)
        assert not getattr(address, "is_link_local", False)


HOSTILE = [
    *("http://hook.example/", "ftp://hook.example/", "file:///etc/passwd", "gopher://hook.example/_x", "javascript:1"),
    *("//hook.example/", "hook.example", "", "https://", "https:///path", "https://@/", "https://user@hook.example/"),
    *("https://user:word@hook.example/", "https://hook.example:22/", "https://hook.example:25/", "https://h:99999/"),
    *("https://hook.example:0x50/", "https://hook.example\\@127.0.0.1/", "https://hook.example/\r\nHost: inner"),
    *("https://hook .example/", "https://hook.example/\x00", "https://" + "a" * 64 + ".example/", "https://[::1/"),
    *("https://hook.example/é", "https://hook.example/" + "a" * 3000),
]


@pytest.mark.parametrize("url", HOSTILE)
def test_a_strange_address_is_refused_before_anything_is_looked_up(url: str) -> None:
    def never(host: str, port: int) -> list[str]:
        raise AssertionError(f"{host}:{port} was looked up")

    with pytest.raises(ForbiddenAddressError):
        checked(url, look_up=never)


ODDLY_SPELT = [
    *("https://127.0.0.1/", "https://127.1/", "https://0x7f.0.0.1/", "https://2130706433/", "https://0177.0.0.1/"),
    *("https://localhost/", "https://localhost./", "https://[::1]/", "https://[::ffff:7f00:1]/", "https://0/"),
    *("https://169.254.169.254/latest/meta-data/", "https://[fd00:ec2::254]/", "https://①②⑦.⓪.⓪.①/"),
]


@pytest.mark.parametrize("url", ODDLY_SPELT)
def test_this_machine_is_not_called_however_it_is_spelt(url: str) -> None:
    with pytest.raises((ForbiddenAddressError, UnreachableError)):
        post(url, b"", {})


def test_a_name_is_looked_up_once_and_its_checked_address_is_called(receiver: HookServer) -> None:
    asked: list[str] = []

    def rebinding(host: str, _port: int) -> list[str]:
        asked.append(host)
        return [HOST] if len(asked) == 1 else ["10.0.0.1"]

    url = f"http://hook.example:{receiver.port}/in?x=1"
    answer = post(url, b"{}", {"Content-Type": "application/json"}, loopback=True, look_up=rebinding)

    assert asked == ["hook.example"]
    assert answer.status == 204
    assert receiver.calls[0].path == "/in?x=1"
    assert receiver.calls[0].headers["host"] == f"hook.example:{receiver.port}"


def test_a_name_that_points_inside_the_second_time_is_refused_then() -> None:
    answers = iter([[PUBLIC], ["169.254.169.254"]])
    assert checked("https://hook.example/", look_up=lambda _h, _p: next(answers)).addresses == (PUBLIC,)
    with pytest.raises(ForbiddenAddressError):
        checked("https://hook.example/", look_up=lambda _h, _p: next(answers))


def test_the_certificate_must_be_of_the_name_though_the_address_is_called(tls: Certificates) -> None:
    with HookServer(certificates=tls) as receiver:
        more = {"loopback": True, "look_up": leads_to(HOST), "trust": tls.client_context()}
        assert post(f"https://localhost:{receiver.port}/", b"{}", {}, **more).status == 204  # type: ignore[arg-type]
        assert receiver.names == ["localhost"]
        with pytest.raises(UnreachableError, match="certificate"):
            post(f"https://hook.example:{receiver.port}/", b"{}", {}, **more)  # type: ignore[arg-type]
        with pytest.raises(UnreachableError, match="certificate"):
            post(f"https://localhost:{receiver.port}/", b"{}", {}, loopback=True, look_up=leads_to(HOST))
        assert len(receiver.calls) == 1


def test_a_redirect_is_an_answer_and_is_not_followed(receiver: HookServer) -> None:
    receiver.answers.append((307, {"location": receiver.url + "/inner"}, b""))
    assert post(receiver.url, b"{}", {}, loopback=True).status == 307
    assert len(receiver.calls) == 1


def test_only_the_beginning_of_an_answer_is_read(receiver: HookServer) -> None:
    receiver.answers.append((200, {}, b"x" * 10_000_000))
    assert post(receiver.url, b"{}", {}, loopback=True).body == b"x" * outward.KEPT


def test_a_server_that_drips_is_cut_off_in_time(receiver: HookServer) -> None:
    receiver.drip = True
    began = time.monotonic()
    with pytest.raises(UnreachableError, match="did not answer in time"):
        post(receiver.url, b"{}", {}, loopback=True, seconds=0.5)
    assert time.monotonic() - began < 5


def test_loopback_is_for_loopback_only() -> None:
    for address in (PUBLIC, "10.0.0.1", "169.254.169.254"):
        with pytest.raises(ForbiddenAddressError):
            checked("http://hook.example/", loopback=True, look_up=leads_to(HOST, address))


def test_no_other_file_opens_a_way_out() -> None:
    import ast
    from pathlib import Path

    root = Path(outward.__file__).parent.parent
    out = {"httpx", "requests", "urllib.request", "aiohttp", "http.client"}
    found = {
        file.name
        for file in root.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names])
        if name in out
    }
    assert found <= {"outward.py"}
