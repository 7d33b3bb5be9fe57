"""S5: a repeated event_id counts once within the declared horizon.

State remembers an event by a fixed-width entry of text: 11 characters of the event's mark and 3 of its content. A
repeat is looked for with the C search of `str.find`. Of few events there is one text, in which the day of event time, 5
digits, stands before each entry: `{"e": text}`. Of more than `SPREAD` there are 64 parts, by the first character of the
mark, which is drawn evenly: `{"n": [events remembered, {day: touchpoints of it}], "#A": {day: entries}, ...}`. So ten
thousand remembered events cost a touchpoint no more than the reading and writing of one part, about two kilobytes
(udfs/sections.py). Layout 2 of the state had a text for each day also of few, `{day: entries}`.
"""

from __future__ import annotations

import string
from collections.abc import Iterator, MutableMapping
from typing import Any, Final
from zlib import crc32

import orjson

from cjo.engine.room import EVENTS

COUNTS: Final = "n"
"""Where it is there, marks are spread over parts."""
FEW: Final = "e"
"""Where the entries of few are."""
SPREAD = 256
"""So many events are remembered in one place."""
_DAY_MS: Final = 86_400_000
_MARK: Final = 11
_ENTRY: Final = 14
_DAY: Final = 5
_DAY_MAX: Final = 99_999
"""It is in the year 2243."""
DATED: Final = _DAY + _ENTRY
"""Characters of an entry with its day."""
_SORTED: Final = orjson.OPT_SORT_KEYS
_DIGITS: Final = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"
_dumps: Final = orjson.dumps
_checksum: Final = crc32

NEW: Final = "new"
DUPLICATE: Final = "duplicate"
CONFLICT: Final = "conflict"
Seen = MutableMapping[str, Any]
Days = dict[str, str]


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
    checksum = _checksum(data)
    first, second, third = checksum >> 26, checksum >> 20 & 63, checksum >> 14 & 63  # base64 of its first 18 bits
    return f"{_DIGITS[first]}{_DIGITS[second]}{_DIGITS[third]}", len(data)


def verdict(seen: Seen, mark: str, content: str) -> str:
    """NEW, DUPLICATE or CONFLICT: what is remembered of the event behind `mark` (the same id, other content)."""
    if COUNTS not in seen:
        text = _few(seen)
        if mark in text and (found := _find(text, mark, DATED, _DAY)) >= 0:
            return _told(text, found, content)
        return NEW
    for entries in seen.get(_part(mark), {}).values():
        if mark in entries and (found := _find(entries, mark, _ENTRY, 0)) >= 0:
            return _told(entries, found, content)
    return NEW


def remember(seen: Seen, mark: str, content: str, at_ms: int) -> bool:
    """Remember the event behind `mark`: the first one wins. False where another was forgotten for it."""
    day = str(at_ms // _DAY_MS)
    if COUNTS in seen:
        return _remember_in_part(seen, mark, content, day)
    text = f"{_few(seen)}{_dated(day)}{mark}{content}"
    seen[FEW] = text
    if len(text) > SPREAD * DATED:
        _spread(seen)
    return True


def of_day(seen: Seen, at_ms: int) -> int:
    """How many touchpoints were remembered of the day of `at_ms`; 0 for a subject with few."""
    return int(seen[COUNTS][1].get(str(at_ms // _DAY_MS), 0)) if COUNTS in seen else 0


def merge(seen: Seen, others: Seen) -> None:
    """Remember what `others` do as well: of an event behind one mark, what `seen` has of it stays."""
    for day, entry in list(_each(others)):
        mark, content = entry[:_MARK], entry[_MARK:]
        if verdict(seen, mark, content) == NEW:
            remember(seen, mark, content, int(day) * _DAY_MS)


def forget(seen: Seen, clock_ms: int, horizon_ms: int) -> None:
    """Drop the days that lie wholly before `clock_ms - horizon_ms`; what is left of many is few again."""
    oldest = (clock_ms - horizon_ms) // _DAY_MS
    if COUNTS not in seen:
        _keep(seen, [entry for entry in _apart(_few(seen), DATED) if int(entry[:_DAY]) >= oldest])
        return
    _, counts = seen.pop(COUNTS)
    for part, days in list(seen.items()):
        _drop(days, oldest)
        if not days:
            del seen[part]
    kept = sum(len(entries) for days in seen.values() for entries in days.values()) // _ENTRY
    if kept > SPREAD // 2:
        _drop(counts, oldest)
        seen[COUNTS] = [kept, counts]
        return
    left = [
        _dated(day) + entry
        for days in seen.values()
        for day, entries in days.items()
        for entry in _apart(entries, _ENTRY)
    ]
    seen.clear()
    _keep(seen, left)


def _remember_in_part(seen: Seen, mark: str, content: str, day: str) -> bool:
    """Where as many are remembered as are kept, the oldest of the same part goes: about as old as the oldest of all."""
    kept, counts = seen[COUNTS]
    days: Days = seen.setdefault(_part(mark), {})
    full = kept >= EVENTS and bool(days)
    if full:
        _drop_oldest(days)
    else:
        seen[COUNTS][0] = kept + 1
    days[day] = days.get(day, "") + mark + content
    counts[day] = counts.get(day, 0) + 1
    return not full


def _spread(seen: Seen) -> None:
    known = list(_each(seen))
    seen.clear()
    counts: dict[str, int] = {}
    seen[COUNTS] = [len(known), counts]
    for day, entry in known:
        counts[day] = counts.get(day, 0) + 1
        days = seen.setdefault(_part(entry), {})
        days[day] = days.get(day, "") + entry


def _part(mark: str) -> str:
    return "#" + mark[0]


def _each(seen: Seen) -> Iterator[tuple[str, str]]:
    """(day, entry) of all that is remembered."""
    if COUNTS not in seen:
        for entry in _apart(_few(seen), DATED):
            yield str(int(entry[:_DAY])), entry[_DAY:]
        return
    for days in [days for name, days in seen.items() if name != COUNTS]:
        for day, entries in days.items():
            for entry in _apart(entries, _ENTRY):
                yield day, entry


def _few(seen: Seen) -> str:
    """The dated entries of few."""
    text: str | None = seen.get(FEW)
    if text is not None:
        return text
    text = "".join([_dated(day) + entry for day, entries in seen.items() for entry in _apart(entries, _ENTRY)])
    if text:
        seen.clear()
        seen[FEW] = text
    return text


def _keep(seen: Seen, dated: list[str]) -> None:
    if dated:
        seen[FEW] = "".join(dated)
    elif FEW in seen:
        del seen[FEW]


def _dated(day: str) -> str:
    """A day as it stands before an entry."""
    return day if len(day) == _DAY and day[0] != "-" else f"{min(max(int(day), 0), _DAY_MAX):05}"


def _apart(entries: str, width: int) -> list[str]:
    return [entries[place : place + width] for place in range(0, len(entries), width)]


def _find(entries: str, mark: str, width: int, begin: int) -> int:
    found = entries.find(mark)
    while found >= 0 and found % width != begin:
        found = entries.find(mark, found + 1)
    return found


def _told(entries: str, found: int, content: str) -> str:
    return DUPLICATE if entries[found + _MARK : found + _ENTRY] == content else CONFLICT


def _drop(days: MutableMapping[str, Any], oldest: int) -> None:
    for day in [day for day in days if int(day) < oldest]:
        del days[day]


def _drop_oldest(days: Days) -> None:
    """Forget the entry that came first of the oldest day."""
    day = min(days, key=int)
    days[day] = days[day][_ENTRY:]
    if not days[day]:
        del days[day]
