"""Lengths of time as words: `30 minutes`, `7 days`, `1 day 12 hours`, `90 s`."""

from __future__ import annotations

import difflib
import re
from decimal import Decimal

_UNIT_MS = {
    ("ms", "millisecond", "milliseconds"): 1,
    ("s", "sec", "second", "seconds"): 1_000,
    ("min", "minute", "minutes"): 60_000,
    ("h", "hour", "hours"): 3_600_000,
    ("d", "day", "days"): 86_400_000,
    ("w", "week", "weeks"): 604_800_000,
}
UNITS = {word: size_ms for words, size_ms in _UNIT_MS.items() for word in words}
PATTERN = r"^\s*[0-9]+(\.[0-9]+)?\s*[a-z]+(\s+[0-9]+(\.[0-9]+)?\s*[a-z]+)*\s*$"

_WHOLE = re.compile(PATTERN).fullmatch
_PART = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([a-z]+)")
_LONGEST_MS = 100 * 366 * 86_400_000


def parse_duration_ms(text: str) -> int:
    """Milliseconds of a duration in words. Raises ValueError with what is wrong."""
    if not _WHOLE(text):
        raise ValueError(f"'{text}' is not a length of time")
    total = Decimal(0)
    for number, unit in _PART.findall(text):
        if unit in ("month", "months", "year", "years"):
            raise ValueError(f"'{unit}' differ in length, count in days")
        if unit not in UNITS:
            near = difflib.get_close_matches(unit, UNITS, n=1)
            said = f", did you mean '{near[0]}'?" if near else " (known: s, minutes, hours, days, weeks)"
            raise ValueError(f"unknown unit '{unit}' of time{said}")
        total += Decimal(number) * UNITS[unit]
    if total != int(total) or total > _LONGEST_MS:
        raise ValueError(f"'{text}' is not a whole number of milliseconds within 100 years")
    return int(total)


def in_words(length_ms: int) -> str:
    """A duration in words that `parse_duration_ms` reads back: 129600000 is `1 day 12 hours`."""
    words = []
    rest = length_ms
    for name, size_ms in (("day", 86_400_000), ("hour", 3_600_000), ("minute", 60_000), ("second", 1_000)):
        count, rest = divmod(rest, size_ms)
        if count:
            words.append(f"{count} {name}{'s' if count != 1 else ''}")
    if rest or not words:
        words.append(f"{rest} ms")
    return " ".join(words)
