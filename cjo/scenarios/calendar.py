"""From points in a scenario's time to UTC epoch milliseconds, and back to words."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cjo.spec.durations import in_words
from cjo.spec.whens import When


class Calendar:
    """The time of one scenario: its start, in the workspace's time zone."""

    def __init__(self, zone: str, start: When) -> None:
        self._zone = ZoneInfo(zone)
        self.start_ms = 0
        self.start_ms = self.at_ms(start, 0)

    def at_ms(self, when: When, before_ms: int) -> int:
        """UTC epoch milliseconds of `when`; `before_ms` is the time of the line before."""
        if when.at_ms is not None:
            return when.at_ms
        if when.after_ms is not None:
            return before_ms + when.after_ms
        if when.offset_ms is not None:
            return self.start_ms + when.offset_ms
        assert when.clock is not None
        return local_ms(when.on or self._day(when.day or 0), when.clock, self._zone)

    def words(self, at_ms: int) -> str:
        """`day 2 09:30 (1 day 30 minutes)`: the day and local time, and how long after the start."""
        there = datetime.fromtimestamp(at_ms / 1000, self._zone)
        day = (there.date() - self._day(1)).days + 1
        clock = f"{there:%H:%M}" if at_ms % 60_000 == 0 else f"{there:%H:%M:%S}"
        if at_ms % 1000:
            clock += f".{at_ms % 1000:03d}"
        since_ms = at_ms - self.start_ms
        since = "0 min" if since_ms == 0 else ("-" if since_ms < 0 else "") + in_words(abs(since_ms))
        return f"day {day} {clock} ({since})"

    def _day(self, number: int) -> date:
        return datetime.fromtimestamp(self.start_ms / 1000, self._zone).date() + timedelta(days=number - 1)


def local_ms(day: date, clock: time, zone: ZoneInfo) -> int:
    """A local time as UTC epoch milliseconds (T5): one that exists twice is the first, a missing one the next."""
    first = _epoch_ms(datetime.combine(day, clock, zone))
    other = _epoch_ms(datetime.combine(day, clock, zone).replace(fold=1))
    if other >= first:
        return first
    low, high = other, first  # the clocks go forward in between
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(middle, zone) == _offset(other, zone):
            low = middle
        else:
            high = middle
    return high


def _offset(at_ms: int, zone: ZoneInfo) -> timedelta | None:
    return datetime.fromtimestamp(at_ms / 1000, zone).utcoffset()


def _epoch_ms(local: datetime) -> int:
    return (local.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
