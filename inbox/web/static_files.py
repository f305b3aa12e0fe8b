"""Our own files, as light and as lasting as they can be: gzip made once, and names that change when the files do.

A page asks for /static/v-<version>/css/base.css. The version is a digest of all files, so a browser may keep what it
has for ever, and an upgrade is seen at once. Modules and style sheets name each other relatively: one version for all.
"""

from __future__ import annotations

import gzip
import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles

if TYPE_CHECKING:
    from starlette.types import Scope

STATIC = Path(__file__).parent / "static"
TEXTS = frozenset({".css", ".js", ".svg", ".json", ".map", ".txt"})
FOR_EVER = "public, max-age=31536000, immutable"


@cache
def version() -> str:
    """Return the digest of all our files, by name, size and time of change."""
    found = sorted(path for path in STATIC.rglob("*") if path.is_file())
    told = [f"{path.relative_to(STATIC)} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in found]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:12]


def static(path: str) -> str:
    """Return the address of one of our files."""
    return f"/static/v-{version()}/{path}"


class LightFiles(StaticFiles):
    """Static files, in gzip for whoever takes it; those asked for by version are kept for ever."""

    def __init__(self) -> None:
        """Serve our own folder and no other."""
        super().__init__(directory=STATIC)
        self._packed: dict[str, tuple[float, bytes]] = {}

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer with a file."""
        first, _slash, rest = path.partition("/")
        lasting = first == f"v-{version()}"
        answer = await super().get_response(rest if first.startswith("v-") else path, scope)
        answer.headers["Cache-Control"] = FOR_EVER if lasting else "no-cache"
        packed = self._pack(answer, Headers(scope=scope))
        return packed or answer

    def _pack(self, answer: Response, asked: Headers) -> Response | None:
        if not isinstance(answer, FileResponse) or Path(answer.path).suffix not in TEXTS or "range" in asked:
            return None
        answer.headers["Vary"] = "Accept-Encoding"
        if "gzip" not in asked.get("accept-encoding", ""):
            return None
        name, changed = str(answer.path), Path(answer.path).stat().st_mtime
        kept = self._packed.get(name)
        if kept is None or kept[0] != changed:
            kept = self._packed[name] = (changed, gzip.compress(Path(name).read_bytes(), 9, mtime=0))
        headers = {
            key: value for key, value in answer.headers.items() if key not in {"content-length", "accept-ranges"}
        }
        if "etag" in headers:
            headers["etag"] = f"W/{headers['etag']}"
        return Response(kept[1], headers={**headers, "Content-Encoding": "gzip"}, media_type=answer.media_type)
