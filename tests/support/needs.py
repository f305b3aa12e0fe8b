"""What a test does when a program that it needs is missing: skip with a hint on a desk, fail on CI."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def missing(program: str, hint: str) -> NoReturn:
    """Skip the test, or fail it where everything was to be installed: there, a skip would hide that nothing ran."""
    message = f"{program} is missing. {hint}"
    if os.environ.get("CI") == "true":
        pytest.fail(message, pytrace=False)
    pytest.skip(message)
