"""What was done with many conversations, in words."""

from __future__ import annotations

from inbox.flow.bulk import Progress
from inbox.web.words import _, _n


def said(told: Progress) -> str:
    """Say how far an act is, or how it ended."""
    if told.state == "running":
        return _("{n} of {total} so far…").format(n=told.passed, total=told.total)
    if told.state == "undoing":
        return _("Undoing: {n} to go…").format(n=told.tally.count("done"))
    if told.state == "undone":
        return _undone(told)
    return _done(told)


def _undone(told: Progress) -> str:
    undone, kept = told.tally.count("undone"), told.tally.count("kept")
    text = _n("Undone for {n} conversation.", "Undone for {n} conversations.", undone)
    if kept:
        text += " " + _n("{n} was changed since and stays.", "{n} were changed since and stay.", kept)
    return text


def _done(told: Progress) -> str:
    number, refused, same = told.tally.count("done"), told.tally.count("refused"), told.tally.count("same")
    text = _what(told.kind, number)
    if same:
        text += " " + _n("{n} was so already.", "{n} were so already.", same)
    if refused:
        text += " " + _n("{n} could not be.", "{n} could not be.", refused)
    return text


def _what(kind: str, n: int) -> str:
    words = {
        "assign": _n("{n} conversation assigned.", "{n} conversations assigned.", n),
        "tag": _n("{n} conversation tagged.", "{n} conversations tagged.", n),
        "untag": _n("The tag is off {n} conversation.", "The tag is off {n} conversations.", n),
        "snooze": _n("{n} conversation snoozed.", "{n} conversations snoozed.", n),
        "wake": _n("{n} conversation brought back.", "{n} conversations brought back.", n),
        "close": _n("{n} conversation closed.", "{n} conversations closed.", n),
        "no_reply_needed": _n(
            "Nobody waits in {n} conversation any more.", "Nobody waits in {n} conversations any more.", n
        ),
        "spam": _n("{n} conversation put in spam.", "{n} conversations put in spam.", n),
        "block": _n("{n} sender blocked.", "{n} senders blocked.", n),
        "not_spam": _n("{n} conversation taken out of spam.", "{n} conversations taken out of spam.", n),
        "follow": _n("You follow {n} conversation more.", "You follow {n} conversations more.", n),
        "unfollow": _n("You follow {n} conversation less.", "You follow {n} conversations less.", n),
    }
    return words[kind]
