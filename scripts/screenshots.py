"""Take the README's pictures from the demo's week: `make screenshots`. They go to docs/."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))

from chromium import launched  # noqa: E402 - tests/support is not a package
from loopback import answers, free_port  # noqa: E402
from playwright.sync_api import Page  # noqa: E402

PHONE = 500
CAROL = "person:Carol Diaz"

# name, width, height, light or dark, and where: an address of ours, or somebody in the list
SHOTS: tuple[tuple[str, int, int, Literal["light", "dark"], str], ...] = (
    ("inbox", 1440, 900, "light", CAROL),
    ("inbox-dark", 1440, 900, "dark", CAROL),
    ("phone", 360, 740, "light", "/inbox/waiting"),
    ("phone-conversation", 360, 740, "dark", CAROL),
    ("search", 1440, 900, "light", "/search?q=board"),
    ("settings", 1440, 900, "dark", "/settings"),
    ("promise", 1440, 1100, "light", "/promise/team"),
    ("rota", 1440, 1100, "light", "/rota"),
)


@contextmanager
def demo() -> Iterator[tuple[str, str, str]]:
    """Run the demo on a data directory of its own; gives its address, and whom to sign in as."""
    port = free_port()
    with tempfile.TemporaryDirectory() as home:
        env = {**os.environ, "INBOX_DATA_DIR": home, "INBOX_DATABASE_URL": "", "INBOX_PORT": str(port)}
        command = [sys.executable, "-m", "inbox.cli", "demo"]
        process = subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        try:
            said = process.stdout.readline() if process.stdout else ""
            found = re.search(r"as (\S+) with the password (\S+)", said)
            if not found:
                sys.exit("The demo did not say whom to sign in as.")
            for _ in range(200):
                if answers(port):
                    break
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}", found[1], found[2]
        finally:
            process.terminate()
            process.wait(timeout=20)


def sign_in(page: Page, url: str, who: str, password: str) -> None:
    """Come in by the door."""
    page.goto(f"{url}/login")
    page.get_by_label("Mail address").fill(who)
    page.get_by_label("Password", exact=True).fill(password)
    page.keyboard.press("Enter")
    page.wait_for_url("**/inbox/**")


def take(page: Page, url: str, name: str, where: str) -> None:
    """Go there, take the picture."""
    if where.startswith("person:"):
        page.goto(f"{url}/inbox/waiting")
        page.get_by_role("link", name=re.compile(where.removeprefix("person:"))).first.click()
        page.wait_for_url(re.compile(r"/\d+$"))
    else:
        page.goto(url + where)
    page.wait_for_timeout(500)
    page.screenshot(path=ROOT / "docs" / f"{name}.png")


def main() -> None:
    """Take them all; names on the command line take those alone."""
    wanted = sys.argv[1:]
    with demo() as (url, who, password), launched() as browser:
        for name, width, height, scheme, where in SHOTS:
            if wanted and name not in wanted:
                continue
            phone = width < PHONE
            context = browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme=scheme,
                is_mobile=phone,
                has_touch=phone,
                timezone_id="Europe/Paris",
                locale="en-GB",
            )
            page = context.new_page()
            sign_in(page, url, who, password)
            take(page, url, name, where)
            context.close()


if __name__ == "__main__":
    main()
