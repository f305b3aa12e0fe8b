"""Tags of the whole house: rename one, join two, remove one."""

from __future__ import annotations

from inbox.flow import audit
from inbox.flow.act import tag_name
from inbox.flow.errors import NotFoundError, RefusedError
from inbox.say import say
from inbox.store import tags
from inbox.store.db import Work


def rename(work: Work, name: str, into: str, by: int) -> int:
    """Give a tag another name everywhere; a name that is taken joins the two. Returns on how many it was."""
    into = tag_name(into)
    if into == name:
        raise RefusedError(say("This is its name already."))
    changed = tags.rename(work, name, into)
    if not changed:
        raise NotFoundError(say("This tag is not there any more."))
    audit.record(work, by, "tag.renamed", tag=name, into=into, conversations=changed)
    work.announce("tag.renamed", teammate_id=by, tag=name, into=into, count=changed)
    return changed


def remove(work: Work, name: str, by: int) -> int:
    """Take a tag off every conversation; returns how many bore it."""
    changed = tags.remove(work, name)
    if not changed:
        raise NotFoundError(say("This tag is not there any more."))
    audit.record(work, by, "tag.removed", tag=name, conversations=changed)
    work.announce("tag.removed", teammate_id=by, tag=name, count=changed)
    return changed
