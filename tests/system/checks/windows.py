"""Nothing goes in quiet hours or outside of send windows, in the local time of the customer (D2, D5, T5).

What is held for them is held in them. Quiet hours end with their last minute, windows are closed at both ends (T3).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from tests.system.checks import people
from tests.system.seen import Record, Row, Seen, Told

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WORDS = {"weekday": _DAYS[:5], "weekend": _DAYS[5:]}
_QUARTER_MS = 900_000


def check(seen: Seen) -> Iterator[str]:
    for told in seen.sends():
        if not any(is_open(seen, told, rows) for rows in seen.prefixes(told)):
            one = told.record
            yield f"{one['customer_id']} got a message by {one['channel']} at {one['decided_at']}, which is closed then"
    for told in seen.decisions:
        one = told.record
        held = one["kind"] == "hold" and one["reason"] == "send_window"
        if held and all(_open_in(seen, one, zone) for rows in seen.prefixes(told) for zone in zones(seen, one, rows)):
            yield f"{one['customer_id']}: {one['channel']} was held at {one['decided_at']}, and it is open then"


def is_open(seen: Seen, told: Told, rows: list[Row]) -> bool:
    """True in any of the zones that may count."""
    return any(_open_in(seen, told.record, zone) for zone in zones(seen, told.record, rows))


def zones(seen: Seen, one: Record, rows: list[Row]) -> Iterator[str]:
    """The customer's zone, else the journey's, else the workspace's."""
    for own in people.zones(rows):
        yield own or seen.journey(one).get("time_zone") or seen.workspace["time_zone"]


def _open_in(seen: Seen, one: Record, zone: str) -> bool:
    journey = seen.journey(one)
    if journey.get("urgent"):
        return True
    at_ms, about = one["decided_at"], (one["channel"], journey["purpose"])
    quiet = [rule for rule in seen.policies.get("quiet_hours", {}).values() if _is_about(rule, *about)]
    windows = [rule for rule in seen.policies.get("send_windows", {}).values() if _is_about(rule, *about)]
    if any(begins <= at_ms < ends for rule in quiet for begins, ends in _times(rule, at_ms, zone)):
        return False
    return not windows or any(begins <= at_ms <= ends for rule in windows for begins, ends in _times(rule, at_ms, zone))


def _is_about(rule: Record, channel: str, purpose: str) -> bool:
    return channel in _listed(rule.get("channels", channel)) and purpose in _listed(rule.get("purposes", purpose))


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _times(rule: Record, at_ms: int, zone: str) -> Iterator[tuple[int, int]]:
    today = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(ZoneInfo(zone)).date()
    days = [name for word in _listed(rule.get("days", list(_DAYS))) for name in _WORDS.get(word, (word,))]
    for day in (today - timedelta(days=1), today):
        if _DAYS[day.weekday()] in days:
            last = day + timedelta(days=1) if rule["to"] <= rule["from"] else day
            yield first_instant(day, rule["from"], zone), first_instant(last, rule["to"], zone)


@lru_cache(maxsize=4096)
def first_instant(day: date, clock: str, zone: str) -> int:
    """The first quarter of an hour at which the clocks of the zone show the time, or a later one (T5)."""
    wanted = datetime.fromisoformat(f"{day} {clock}")
    at_ms = int(wanted.replace(tzinfo=UTC).timestamp()) * 1000 - 16 * 3_600_000
    while datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) < wanted:
        at_ms += _QUARTER_MS
    return at_ms
