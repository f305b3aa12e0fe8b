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

SHOTS: tuple[tuple[str, int, int, Literal["light", "dark"], str], ...] = (
    ("inbox", 1440, 900, "light", "Carol Diaz"),
    ("inbox-dark", 1440, 900, "dark", "Carol Diaz"),
    ("phone", 360, 740, "light", ""),
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


def take(page: Page, url: str, who: str, password: str, name: str, person: str) -> None:
    """Sign in, open somebody's conversation, take the picture."""
    page.goto(f"{url}/login")
    page.get_by_label("Mail address").fill(who)
    page.get_by_label("Password").fill(password)
    page.keyboard.press("Enter")
    page.wait_for_url("**/inbox/**")
    if person:
        page.get_by_role("link", name=re.compile(person)).first.click()
        page.wait_for_url(re.compile(r"/\d+$"))
        page.wait_for_timeout(500)
    page.screenshot(path=ROOT / "docs" / f"{name}.png")


def main() -> None:
    """Take them all."""
    with demo() as (url, who, password), launched() as browser:
        for name, width, height, scheme, person in SHOTS:
            context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
            take(context.new_page(), url, who, password, name, person)
            context.close()


if __name__ == "__main__":
    main()
