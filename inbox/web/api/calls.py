"""Calls that are one verb of the flow: carried out in one transaction, and answered once that is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Concatenate, ParamSpec

from inbox.flow.context import Context
from inbox.store.db import Work
from inbox.web.api.shapes import Done, Id

Given = ParamSpec("Given")


def done(
    house: Context, verb: Callable[Concatenate[Work, Given], object], *given: Given.args, **named: Given.kwargs
) -> Done:
    """Carry a verb out."""
    with house.store.unit_of_work() as work:
        verb(work, *given, **named)
    return Done()


def made(
    house: Context, verb: Callable[Concatenate[Work, Given], int], *given: Given.args, **named: Given.kwargs
) -> Id:
    """Carry a verb out that makes something, and say which."""
    with house.store.unit_of_work() as work:
        number = verb(work, *given, **named)
    return Id(id=number)
