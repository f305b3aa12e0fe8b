"""The system's Chromium, driven by Playwright, kept away from every network but loopback."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from needs import missing
from playwright.sync_api import Browser, expect, sync_playwright

PATIENCE = 20_000
"""Milliseconds for what does not come; what is there is not waited for, so a busy machine alone notices them."""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # Any name but loopback's stays unknown: a page that asks for a stranger's server fails at once, and shows it.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]


def program() -> str | None:
    """Find Chromium."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@contextmanager
def launched() -> Iterator[Browser]:
    """Start Chromium for as long as the block lasts."""
    found = program()
    if found is None:
        missing("Chromium", "Install it as root: scripts/system_packages.sh")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()
