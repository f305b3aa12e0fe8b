"""How fast it feels, measured in Chromium beside a store of 100,000 conversations."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from house import House
from playwright.sync_api import Browser, Page, expect
from stores import MovedClock, sqlite_store
from team import PASSWORD, Served, give_password

from bench.fill import build
from bench.world import END
from inbox.web import create_app

CONVERSATIONS = 100_000
WRITTEN = 5_000
WAITING = 2_000
OPENED = 40
PAUSE = 120
LIMIT = 100
HEAVIEST = 150_000

# From the key to the frame after the one in which the conversation stands there: then it is on the screen.
STOPWATCH = """() => {
  window.took = [];
  let pressed = 0;
  const shown = () => document.getElementById("conversation")?.dataset.id;
  let before = shown();
  document.addEventListener("keydown", (event) => { pressed = event.timeStamp; }, true);
  new MutationObserver(() => {
    if (!shown() || shown() === before || !pressed) return;
    before = shown();
    const since = pressed;
    pressed = 0;
    requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = () => window.took.push(performance.now() - since);
      channel.port2.postMessage(null);
    });
  }).observe(document.getElementById("detail"), { childList: true });
}"""

# In each frame: what stands in the list, every 24 px from its top to its end.
LOOKOUT = """() => {
  window.frames_seen = 0;
  window.blanks = 0;
  const rows = document.getElementById("rows");
  const look = () => {
    const box = rows.getBoundingClientRect();
    const x = box.left + box.width / 2;
    for (let y = box.top + 4; y < Math.min(box.bottom, innerHeight) - 4; y += 24) {
      const there = document.elementFromPoint(x, y);
      if (!there?.closest(".row")?.textContent.trim()) window.blanks += 1;
    }
    window.frames_seen += 1;
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A team with 100,000 conversations, 2,000 of them waiting."""
    clock = MovedClock(END)
    with sqlite_store(tmp_path_factory.mktemp("crowd"), clock) as store:
        build(store, CONVERSATIONS, waiting=WAITING, base=WRITTEN)
        house = House(store, clock)
        give_password(house, 1)
        with Served(create_app(house.context)) as app:
            yield app.url


@pytest.fixture
def page(browser: Browser, served: str) -> Iterator[Page]:
    """Grace, at a desk; she has signed in before, and her browser has nothing kept."""
    first = browser.new_context()
    door = first.new_page()
    door.goto(f"{served}/login")
    door.fill("[name=mail]", "grace@example.com")
    door.fill("[name=password]", PASSWORD)
    door.press("[name=password]", "Enter")
    door.wait_for_url("**/inbox/waiting")
    context = browser.new_context(viewport={"width": 1280, "height": 800}, storage_state=first.storage_state())
    first.close()
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def test_a_conversation_is_read_100_ms_after_the_key(page: Page, served: str) -> None:
    """Three tries: what else this machine does at the time is not ours to answer for."""
    page.goto(f"{served}/inbox/waiting")
    page.keyboard.press("j")
    page.keyboard.press("o")
    expect(page.locator("#conversation-title")).to_be_focused()
    page.evaluate(STOPWATCH)
    told = []
    for _ in range(3):
        took = opened_by_key(page)
        p95 = statistics.quantiles(took, n=20)[-1]
        told.append(f"median {statistics.median(took):.0f} ms, p95 {p95:.0f} ms, longest {max(took):.0f} ms")
        if p95 <= LIMIT:
            break
    print(told)
    assert p95 <= LIMIT, told


def opened_by_key(page: Page) -> list[float]:
    """Go down the list as somebody who reads quickly does; return the milliseconds of each step."""
    page.evaluate("window.took.length = 0")
    page.wait_for_timeout(500)
    for number in range(1, OPENED + 1):
        page.keyboard.press("j")
        page.wait_for_function("count => window.took.length >= count", arg=number)
        assert page.locator("#timeline .said .prose").first.inner_text().strip()
        page.wait_for_timeout(PAUSE)
    took: list[float] = page.evaluate("window.took")
    return took


def test_the_list_scrolls_without_a_blank_row(page: Page, served: str) -> None:
    page.goto(f"{served}/inbox/waiting")
    expect(page.locator("#rows .row")).to_have_count(50)
    box = page.locator("#rows").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 100, box["y"] + 200)
    page.evaluate(LOOKOUT)
    for _ in range(60):
        page.mouse.wheel(0, 400)
        page.wait_for_timeout(50)
    page.wait_for_timeout(500)
    seen, blanks = page.evaluate("[window.frames_seen, window.blanks]")
    assert page.locator("#rows .row").count() >= 250
    assert seen > 30
    assert blanks == 0, f"{blanks} blank places in {seen} frames"


def test_a_first_visit_weighs_little_and_asks_nobody_else(page: Page, served: str) -> None:
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    urls: dict[str, str] = {}
    weights: dict[str, int] = {}
    session.on("Network.requestWillBeSent", lambda told: urls.update({told["requestId"]: told["request"]["url"]}))
    session.on(
        "Network.loadingFinished", lambda told: weights.update({told["requestId"]: int(told["encodedDataLength"])})
    )
    page.goto(f"{served}/inbox/waiting", wait_until="load")
    expect(page.locator("#rows .row")).to_have_count(50)
    page.wait_for_timeout(1_000)
    origin = urlsplit(served).netloc
    assert {urlsplit(url).netloc for url in urls.values() if not url.startswith("data:")} == {origin}
    heaviest = sorted(((weight, urls[one]) for one, weight in weights.items()), reverse=True)
    told = "\n".join(f"{weight:>7} {urlsplit(url).path}" for weight, url in heaviest)
    print(sum(weights.values()), told, sep="\n")
    assert sum(weights.values()) <= HEAVIEST, told
    assert len(weights) > 10
