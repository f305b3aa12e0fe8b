"""The keyboard: every binding, once. The sheet behind "?", the palette and the keys themselves are made of these.

`keys` is one key as browsers name it, or several pressed one after the other ("g i"). `act` is what the scripts do:
the name of an act of inbox/web/static/js/keys.js, or of a button that carries it as data-act, or a path to go to.
"""

from __future__ import annotations

from dataclasses import dataclass

from inbox.store.listing import VIEWS
from inbox.web.words import N_


@dataclass(frozen=True, slots=True)
class Binding:
    """One line of the sheet. `also`: other keys for the same."""

    keys: str
    act: str
    told: str
    also: tuple[str, ...] = ()

    @property
    def shown(self) -> list[str]:
        """The keys as they are written on a keyboard."""
        return self.keys.split(" ")


GROUPS: tuple[tuple[str, tuple[Binding, ...]], ...] = (
    (
        N_("Moving"),
        (
            Binding("j", "next", N_("Next conversation")),
            Binding("k", "previous", N_("Previous conversation")),
            Binding("o", "open", N_("Open it"), ("Enter",)),
            Binding("u", "back", N_("Back to the list")),
            Binding("/", "search", N_("Search")),
            Binding("Control+k", "palette", N_("Do or find anything (⌘ K on a Mac)"), ("Meta+k",)),
            Binding("?", "help", N_("These keys")),
        ),
    ),
    (
        N_("The conversation"),
        (
            Binding("r", "reply", N_("Reply")),
            Binding("n", "note", N_("Note for the team")),
            Binding("a", "assign", N_("Assign")),
            Binding("i", "claim", N_("I'm on it, or let go")),
            Binding("e", "close", N_("Close, or say why no reply is needed")),
            Binding("s", "snooze", N_("Snooze")),
            Binding("t", "tag", N_("Tag")),
            Binding("f", "follow", N_("Follow, or stop following")),
            Binding("m", "merge", N_("Merge into another")),
            Binding("!", "spam", N_("Spam, or not spam")),
            Binding("p", "person", N_("The person beside it")),
            Binding("z", "undo", N_("Undo what was just done")),
        ),
    ),
    (
        N_("Many at once"),
        (
            Binding("x", "select", N_("Select, or leave out")),
            Binding("X", "select-to", N_("Select everything down to here")),
        ),
    ),
    (
        N_("Go to"),
        (
            Binding("g i", "/inbox/waiting", N_("Waiting")),
            Binding("g m", "/inbox/mine", N_("Mine")),
            Binding("g u", "/inbox/unassigned", N_("Unassigned")),
            Binding("g s", "/inbox/snoozed", N_("Snoozed")),
            Binding("g w", "/inbox/waiting-for-them", N_("Waiting for them")),
            Binding("g n", "/inbox/mentions", N_("Mentions of me")),
            Binding("g f", "/inbox/following", N_("Followed by me")),
            Binding("g r", "/inbox/sent", N_("Sent")),
            Binding("g o", "/inbox/open", N_("Open")),
            Binding("g a", "/inbox/all", N_("All")),
            Binding("g c", "/inbox/closed", N_("Closed")),
            Binding("g q", "/quarantine", N_("Quarantine")),
            Binding("g d", "/rota", N_("Rota")),
            Binding("g t", "/settings", N_("Settings")),
        ),
    ),
)


def shown() -> list[tuple[str, list[Binding]]]:
    """Return the bindings by group; a list that does not exist has no key."""
    return [(name, [one for one in bindings if _leads_somewhere(one.act)]) for name, bindings in GROUPS]


def _leads_somewhere(act: str) -> bool:
    return not act.startswith("/inbox/") or act.removeprefix("/inbox/") in VIEWS
