"""Local times as UTC, by rule T5: one that does not exist is the next that does, one that exists twice is the first."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_SECOND: Final = timedelta(seconds=1)


@lru_cache(maxsize=4_096)  # many customers share a day and a zone
def local_to_utc_ms(year: int, month: int, day: int, hour: int, minute: int, zone: str) -> int:
    """UTC epoch milliseconds of a local time in `zone`, an IANA name that `is_zone` knows.

    Raises ValueError or OverflowError for a day that is not in the calendar, or whose time is outside its years.
    """
    local = datetime(year, month, day, hour, minute)  # noqa: DTZ001 - the zone is put on below
    there = ZoneInfo(zone)
    first = local.replace(tzinfo=there).astimezone(UTC)
    if first.astimezone(there).replace(tzinfo=None) != local:
        first = _next_existing(local, there)
    return (first - _EPOCH) // _MILLISECOND


def local_date(at_ms: int, zone: str) -> date:
    """The date in `zone` at a UTC time. Raises OverflowError outside the years 1 to 9999."""
    return (_EPOCH + timedelta(milliseconds=at_ms)).astimezone(ZoneInfo(zone)).date()


def is_zone(name: str | None) -> bool:
    """True for an IANA name of a time zone that this machine knows."""
    try:
        return bool(name) and ZoneInfo(str(name)) is not None
    except (KeyError, ValueError, OSError):  # not found, not a name, or a folder of names
        return False


def _next_existing(local: datetime, there: ZoneInfo) -> datetime:
    """The instant at which the clocks jump over `local`: there the next local time that exists begins."""
    before = local.replace(tzinfo=there, fold=1).astimezone(UTC)  # read with the offset after the jump: still before it
    after = local.replace(tzinfo=there, fold=0).astimezone(UTC)
    offset = before.astimezone(there).utcoffset()
    while after - before > _SECOND:
        middle = before + (after - before) // _SECOND // 2 * _SECOND
        if middle.astimezone(there).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after
