"""The next local time of a kind, such as Monday 09:00, as UTC (rule T5)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Final

from cjo.engine.localtime import local_date, local_to_utc_ms

_DAYS_MAX: Final = 16
"""Two weeks, so that a weekday is found even where one of its days was left out of the calendar."""


def next_local_ms(after_ms: int, days: Collection[int] | None, minute_of_day: int, zone: str) -> int:
    """UTC epoch ms of the first local `minute_of_day` in `zone` that lies after `after_ms`.

    `days` are the weekdays that count, 0 for Monday to 6 for Sunday; None: every day. Strictly after, so that a loop
    through such a wait always moves time on.
    """
    hour, minute = divmod(minute_of_day, 60)
    today = local_date(after_ms, zone)
    for number in range(-1, _DAYS_MAX):  # yesterday's time may have been moved to today: a day that the zone left out
        day = today + timedelta(days=number)
        if days is None or day.weekday() in days:
            found_ms = local_to_utc_ms(day.year, day.month, day.day, hour, minute, zone)
            if found_ms > after_ms:
                return found_ms
    raise ValueError(f"no weekday of {days} within {_DAYS_MAX} days")
