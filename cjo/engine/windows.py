"""Local times of the week at which something may be sent: quiet hours forbid, send windows allow (T5).

A rule is `{"name", "from_minute", "to_minute", "days"}`: from a minute of the local day to another, of the next day
where that is not later, on the weekdays on which it begins (0 for Monday; None: every day). Quiet hours end when
`to_minute` comes, so that what they held goes then; a send window is closed at both ends (T3).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final, NamedTuple

from cjo.engine.localtime import local_date, local_to_utc_ms

Rule = dict[str, Any]
_AHEAD_DAYS: Final = 16
"""Two weeks, so that a weekday is found even where one of its days was left out of the calendar."""
_MOVES_MAX: Final = 64
"""More than a week of rules can lead from one to the other."""


class Rules(NamedTuple):
    """What bears on one channel and purpose. With no send window at all, every time that is not quiet is open."""

    quiet: tuple[Rule, ...]
    open: tuple[Rule, ...]


def opens_at(at_ms: int, rules: Rules, zone: str) -> tuple[int | None, str]:
    """(first time at or after `at_ms` that is open, the rule that was in the way first).

    The time is UTC epoch ms, None where nothing opens within two weeks or within the calendar; the name is empty where
    nothing is in the way.
    """
    closed_by, found_ms = "", at_ms
    try:
        for _ in range(_MOVES_MAX):
            moved = _out_of_quiet(found_ms, rules.quiet, zone) or _into_window(found_ms, rules.open, zone)
            if moved is None:
                return found_ms, closed_by
            found_ms, name = moved
            closed_by = closed_by or name
    except (LookupError, OverflowError, ValueError):  # no window comes, or a log time outside the years 1 to 9999
        pass
    return None, closed_by


def _out_of_quiet(at_ms: int, rules: tuple[Rule, ...], zone: str) -> tuple[int, str] | None:
    for rule in rules:
        for begins_ms, ends_ms in _around(at_ms, rule, zone, 0):
            if begins_ms <= at_ms < ends_ms:
                return ends_ms, rule["name"]
    return None


def _into_window(at_ms: int, rules: tuple[Rule, ...], zone: str) -> tuple[int, str] | None:
    """None where a window is open, or where there are none; LookupError where none of them comes."""
    if not rules or any(
        begins_ms <= at_ms <= ends_ms for rule in rules for begins_ms, ends_ms in _around(at_ms, rule, zone, 0)
    ):
        return None
    coming = [
        (begins_ms, rule["name"])
        for rule in rules
        for begins_ms, _ in _around(at_ms, rule, zone, _AHEAD_DAYS)
        if begins_ms > at_ms
    ]
    if not coming:
        raise LookupError(f"no window within {_AHEAD_DAYS} days")
    return min(coming)


def _around(at_ms: int, rule: Rule, zone: str, ahead_days: int) -> list[tuple[int, int]]:
    """(begin, end) of the rule's times that begin from the day before to so many days ahead, UTC epoch ms."""
    today = local_date(at_ms, zone)
    days = [today + timedelta(days=number) for number in range(-1, ahead_days + 1)]
    wanted = rule["days"]
    nights = rule["to_minute"] <= rule["from_minute"]
    return [
        (_utc_ms(day, rule["from_minute"], zone), _utc_ms(day + timedelta(days=nights), rule["to_minute"], zone))
        for day in days
        if wanted is None or day.weekday() in wanted
    ]


def _utc_ms(day: Any, minute_of_day: int, zone: str) -> int:
    hour, minute = divmod(minute_of_day, 60)
    return local_to_utc_ms(day.year, day.month, day.day, hour, minute, zone)
