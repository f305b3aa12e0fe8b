"""Time zones come from the pinned package in a real process, whatever the machine's own database says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest
from commands import Run

# British Columbia keeps its summer time for good since tzdata 2026b: -7 h in December. A machine that was not updated
# says -8 h, as Los Angeles does.
LOOK = """
import atexit
from datetime import datetime
from zoneinfo import ZoneInfo

def look():
    winter = datetime(2026, 12, 1, tzinfo=ZoneInfo("America/Vancouver")).utcoffset()
    print("Vancouver", winter.total_seconds() / 3600)

atexit.register(look)
"""


@pytest.fixture
def old_machine(tmp_path: Path) -> dict[str, str]:
    """The environment of a machine with old time zones, on which every Python says at its end what it believes."""
    stale = files("tzdata").joinpath("zoneinfo", "America", "Los_Angeles").read_bytes()
    (tmp_path / "zones" / "America").mkdir(parents=True)
    (tmp_path / "zones" / "America" / "Vancouver").write_bytes(stale)
    (tmp_path / "look").mkdir()
    (tmp_path / "look" / "sitecustomize.py").write_text(LOOK)
    return {"PYTHONTZPATH": str(tmp_path / "zones"), "PYTHONPATH": str(tmp_path / "look")}


def test_a_process_goes_by_the_pinned_zones_on_a_machine_with_old_ones(run: Run, old_machine: dict[str, str]) -> None:
    plain = subprocess.run(
        [sys.executable, "-c", ""], env={**os.environ, **old_machine}, capture_output=True, text=True, check=True
    )
    assert plain.stdout == "Vancouver -8.0\n"
    answer, _, believed = run("verify", "--quick", "--json", **old_machine).stdout.partition("Vancouver")
    assert believed.strip() == "-7.0"
    assert json.loads(answer)["zones"].startswith("tzdata 202")
