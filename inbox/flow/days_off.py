"""Public holidays, by country and region, from the `holidays` package."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

import holidays
from holidays.utils import list_supported_countries

from inbox.flow.errors import RefusedError
from inbox.say import say

if TYPE_CHECKING:
    from collections.abc import Mapping


OTHERWISE = {"UK": "GB"}
"""What some call a country besides its letters of ISO 3166-1; it may have been written down so."""


@lru_cache(maxsize=1)
def countries() -> Mapping[str, tuple[str, ...]]:
    """Return the countries whose public holidays are known, by their two letters, each with its regions."""
    return {code: tuple(regions) for code, regions in sorted(list_supported_countries(include_aliases=False).items())}


def check(country: str, region: str) -> None:
    """Refuse a country or a region whose holidays nobody knows; "" is none."""
    if country and country not in countries():
        raise RefusedError(say("The public holidays of {country} are not known.", country=country))
    if region and region not in countries().get(country, ()):
        raise RefusedError(say("{country} has no region {region}.", country=country, region=region))


def spelled(country: str, region: str) -> str:
    """Return a region as its country's holidays name it, in capitals or not; what is not known stays as it is."""
    wanted = region.strip().casefold()
    return next((one for one in countries().get(country, ()) if one.casefold() == wanted), region.strip())


@lru_cache(maxsize=256)
def named(country: str, region: str, first: int, last: int, language: str = "") -> Mapping[date, str]:
    """Return the public holidays of these years by name: in a language where the country's are known in it."""
    country = OTHERWISE.get(country, country)
    if country not in countries():
        return {}
    subdivision = region if region in countries()[country] else None
    known = holidays.country_holidays(country, subdiv=subdivision, years=first).supported_languages
    spoken = next((one for one in known if language and one.partition("_")[0] == language), None)
    years = range(first, last + 1)
    return dict(holidays.country_holidays(country, subdiv=subdivision, years=years, language=spoken))


@lru_cache(maxsize=256)
def of(country: str, region: str, first: int, last: int) -> frozenset[date]:
    """Return the public holidays of these years, the last one too; none of a country that is not known."""
    return frozenset(named(country, region, first, last))
