"""Points in a scenario's time as words: `30 min`, `+2 h`, `day 2 09:00`, `2026-01-06 09:00`, ISO 8601 with a zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, time

from cjo.spec.durations import parse_duration_ms
from cjo.values import to_timestamp

EXAMPLES = ("0 min", "30 minutes", "+2 h", "day 2 09:00", "2026-01-06 09:00")
_OFFSET = re.compile(r"([+-]?)\s*([0-9].*)", re.DOTALL).fullmatch
_DAY = re.compile(r"day\s+([0-9]{1,4})\s+([0-9]{1,2}):([0-9]{2})").fullmatch
_LOCAL = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})[ T]([0-9]{1,2}):([0-9]{2})").fullmatch


@dataclass(frozen=True)
class When:
    """A point in a scenario's time, not yet on a calendar. Exactly one of the forms is set.

    `offset_ms`: from the start of the scenario. `after_ms`: from the line before. `day` (1: that of the start) with
    `clock`, or `on` with `clock`: local time of the workspace. `at_ms`: UTC epoch milliseconds.
    """

    offset_ms: int | None = None
    after_ms: int | None = None
    day: int | None = None
    on: date | None = None
    clock: time | None = None
    at_ms: int | None = None


def parse_when(text: str) -> When:
    """What a point in time says. Raises ValueError with what is wrong."""
    words = text.strip()
    if day := _DAY(words):
        return When(day=int(day[1]), clock=_clock(words, day[2], day[3]))
    if local := _LOCAL(words):
        return When(on=_date(words, *local.groups()[:3]), clock=_clock(words, local[4], local[5]))
    if re.match(r"[0-9]{4}-", words):
        at_ms = to_timestamp(words)
        if at_ms is None:
            raise ValueError(f"'{words}' is no time: write 2026-01-06 09:00, or ISO 8601 with a zone")
        return When(at_ms=at_ms)
    offset = _OFFSET(words)
    if offset is None:
        raise ValueError(f"'{words}' is not a point in time, like " + ", ".join(f"`{one}`" for one in EXAMPLES))
    length_ms = parse_duration_ms(offset[2])
    if offset[1] == "+":
        return When(after_ms=length_ms)
    return When(offset_ms=-length_ms if offset[1] else length_ms)


def _clock(words: str, hour: str, minute: str) -> time:
    if int(hour) > 23 or int(minute) > 59:
        raise ValueError(f"'{words}' has no time of day from 00:00 to 23:59")
    return time(int(hour), int(minute))


def _date(words: str, year: str, month: str, day: str) -> date:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise ValueError(f"'{words}' is on no calendar") from None
