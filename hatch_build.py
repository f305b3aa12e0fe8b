"""Fill in the project's dependencies from requirements/runtime.in, so that the list is written once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface


class Dependencies(MetadataHookInterface):
    """Read by hatchling when it builds the project's metadata."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Add every requirement of the list, without its comment."""
        lines = Path(self.root, "requirements", "runtime.in").read_text(encoding="utf-8").splitlines()
        metadata["dependencies"] = [line.split("#")[0].strip() for line in lines if line.split("#")[0].strip()]
