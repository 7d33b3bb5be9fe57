"""Dates as customers have them: read from a profile, and as they come round each year."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from cjo.engine.localtime import local_date
from cjo.values import to_timestamp

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}").fullmatch


def read_date(text: str | None, kind: str, zone: str) -> date | None:
    """The date of a profile attribute: text `1990-05-01`, or of type `timestamp` its date in `zone`; else None."""
    if text is None:
        return None
    try:
        if kind == "timestamp":
            at_ms = to_timestamp(text)
            return None if at_ms is None else local_date(at_ms, zone)
        return date.fromisoformat(text) if _DAY(text) else None
    except (ValueError, OverflowError):
        return None


def in_year(day: date, year: int) -> date:
    """The day in another year. 29 February is 28 February where there is none: in its month, and never too late."""
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, 2, 28)
