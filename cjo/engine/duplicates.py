"""S5: a repeated event_id counts once within the declared horizon.

State holds, for each day of event time, one text of fixed-width entries: 11 characters of the event's mark and 3 of
its content. A repeat is looked for with the C search of `str.find`: ten thousand remembered events cost microseconds.
"""

from __future__ import annotations

import string
from typing import Any
from zlib import crc32

import orjson

from cjo.engine.room import EVENTS

_DAY_MS = 86_400_000
_MARK = 11
_ENTRY = 14
_SORTED = orjson.OPT_SORT_KEYS
_DIGITS = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"
_PAIRS = [first + second for first in _DIGITS for second in _DIGITS]
_dumps = orjson.dumps

NEW, DUPLICATE, CONFLICT = "new", "duplicate", "conflict"


def content_of(row: dict[str, Any]) -> tuple[str, int]:
    """Three characters that tell contents apart; times are left out, for a retry may carry new ones.

    And the size of the content as JSON, bytes: no text in it is longer.
    """
    content = row.copy()
    del content["at"]
    if "received_at" in content:
        del content["received_at"]
    if "sent_at" in content:
        del content["sent_at"]
    data = _dumps(content, None, _SORTED)
    checksum = crc32(data)
    return _PAIRS[checksum >> 20] + _DIGITS[checksum >> 14 & 63], len(data)  # base64 of its first 18 bits


def verdict(seen: dict[str, str], mark: str, content: str) -> str:
    """NEW, DUPLICATE or CONFLICT: what is remembered of the event behind `mark` (the same id, other content)."""
    for entries in seen.values():
        if mark in entries and (found := _find(entries, mark)) >= 0:
            return DUPLICATE if entries[found + _MARK : found + _ENTRY] == content else CONFLICT
    return NEW


def remember(seen: dict[str, str], mark: str, content: str, at_ms: int) -> bool:
    """Remember the event behind `mark`: the first one wins. False where the oldest was forgotten for it."""
    day = str(at_ms // _DAY_MS)
    seen[day] = f"{seen[day]}{mark}{content}" if day in seen else mark + content
    excess = -EVENTS * _ENTRY
    for entries in seen.values():  # `sum` over a `map` costs twice as much
        excess += len(entries)
    if excess > 0:
        _make_room(seen, excess)
    return excess <= 0


def forget(seen: dict[str, str], clock_ms: int, horizon_ms: int) -> None:
    """Drop the days that lie wholly before `clock_ms - horizon_ms`."""
    oldest = (clock_ms - horizon_ms) // _DAY_MS
    for day in [day for day in seen if int(day) < oldest]:
        del seen[day]


def _find(entries: str, mark: str) -> int:
    found = entries.find(mark)
    while found >= 0 and found % _ENTRY:
        found = entries.find(mark, found + 1)
    return found


def _make_room(seen: dict[str, str], excess: int) -> None:
    """Forget so many characters of marks: of the oldest days, and of a day those that came first."""
    while excess > 0:
        day = min(seen, key=int)
        entries = seen[day]
        if len(entries) > excess:
            seen[day] = entries[excess:]
        else:
            del seen[day]
        excess -= len(entries)
