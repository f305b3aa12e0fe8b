"""format=flowed (RFC 3676): lines that end in a space go on in the next one."""

from __future__ import annotations


def unwrap(text: str, *, delsp: bool) -> str:
    """Join flowed lines of equal quote depth; with DelSp the space before the line end is dropped too."""
    out: list[str] = []
    parts: list[str] = []
    open_depth = -1
    for line in text.split("\n"):
        depth, content = _depth(line)
        flows = content.endswith(" ") and content != "-- "
        if open_depth != depth or content == "-- ":
            _close(out, parts)
            parts = [_prefix(depth)]
        parts.append(content[:-1] if delsp and flows else content)
        if flows:
            open_depth = depth
        else:
            _close(out, parts)
            parts, open_depth = [], -1
    _close(out, parts)
    return "\n".join(out)


def _close(out: list[str], parts: list[str]) -> None:
    if parts:
        out.append("".join(parts))
        parts.clear()


def _depth(line: str) -> tuple[int, str]:
    if not line.startswith((">", " ")):
        return 0, line
    content = line.lstrip(">")
    depth = len(line) - len(content)
    return depth, content.removeprefix(" ")


def _prefix(depth: int) -> str:
    return ">" * depth + " " if depth else ""
