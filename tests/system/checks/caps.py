"""No cap is exceeded, counted from the requests alone, with the room of failed ones given back (D4, T3, T5).

And where one refuses, it was full. Windows are closed at both ends; those of the calendar are the customer's, with days
of 23, 24 or 25 hours.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.system.authors.words import EMITS
from tests.system.checks import people
from tests.system.lengths import ms
from tests.system.seen import Record, Row, Seen, Told


def check(seen: Seen) -> Iterator[str]:
    written = seen.policies.get("caps", {})
    sent = [told for told in seen.requests() if _counts(told.record)]
    for name, cap in written.items():
        for told in sent:
            if _about(cap, told.record["channel"], told.record["purpose"]):
                yield from _judge(seen, name, cap, told, sent)
    yield from _needed(seen, written)


def _counts(one: Record) -> bool:
    return one["purpose"] != "transactional" and one["channel"] not in EMITS


def _about(cap: Record, channel: str, purpose: str) -> bool:
    return channel in _listed(cap, "channels", channel) and purpose in _listed(cap, "purposes", purpose)


def _listed(cap: Record, name: str, otherwise: str) -> list[str]:
    found = cap.get(name, otherwise)
    return [found] if isinstance(found, str) else found


def _judge(seen: Seen, name: str, cap: Record, told: Told, sent: list[Told]) -> Iterator[str]:
    one = told.record
    fewest = min(
        sum(1 for other in sent if _takes_room(cap, other.record, one, since_ms, rows))
        for rows in seen.prefixes(told)
        for since_ms in _begins(seen, cap, one, rows)
    )
    if fewest > cap["at_most"]:
        yield f"{one['customer_id']} got {fewest} in the window of {name} that ends at {one['decided_at']}: {cap}"


def _needed(seen: Seen, written: Record) -> Iterator[str]:
    """A refusal for a cap: counted from all that was decided before it, the cap it names was full for its channel."""
    before: dict[str, list[Record]] = defaultdict(list)
    for told in seen.decisions:
        one = told.record
        if one["kind"] == "send" and one["outcome"] in ("accepted", "held_out"):
            before[one["customer_id"]].append(one)
        if one["kind"] == "send" and one["reason"] == "cap_reached":
            cap = written[one["inputs"]["cap"]]
            if not _about(cap, one["channel"], seen.journey(one)["purpose"]):
                yield f"{one['customer_id']}: {one['inputs']['cap']} refused {one['channel']}, and is not about it"
            known = [other for other in before[one["customer_id"]] if _is_seen_by(seen, one, other)]
            if not _was_full(seen, cap, told, known):
                yield f"{one['customer_id']} was refused at {one['decided_at']} by {one['inputs']}, which has room"


def _is_seen_by(seen: Seen, one: Record, other: Record) -> bool:
    """Shadows see what live journeys took, not the other way round; transactional messages take nothing."""
    shadowed = other["mode"] == "shadow" and one["mode"] != "shadow"
    return not shadowed and seen.journey(other)["purpose"] != "transactional"


def _was_full(seen: Seen, cap: Record, told: Told, known: list[Record]) -> bool:
    about = [one for one in known if _about(cap, one["channel"], seen.journey(one)["purpose"])]
    return any(
        sum(one["decided_at"] >= since_ms and not _failed(one, rows) for one in about) >= cap["at_most"]
        for rows in seen.prefixes(told)
        for since_ms in _begins(seen, cap, told.record, rows)
    )


def _failed(one: Record, rows: list[Row]) -> bool:
    return any(
        row["type"] == "action_failed" and (row.get("attributes") or {}).get("action_id") == one["action_id"]
        for row in rows
    )


def _takes_room(cap: Record, other: Record, one: Record, since_ms: int, rows: list[Row]) -> bool:
    if other["customer_id"] != one["customer_id"] or not since_ms <= other["decided_at"] <= one["decided_at"]:
        return False
    if not _about(cap, other["channel"], other["purpose"]):
        return False
    return not _failed(other, rows)


def _begins(seen: Seen, cap: Record, one: Record, rows: list[Row]) -> Iterator[int]:
    """When the window begins that ends with this message; several where it can't be told whose zone counts."""
    if cap["per"] not in ("day", "week", "month"):
        yield one["decided_at"] - ms(cap["per"])
        return
    for own in people.zones(rows):
        zone = own or seen.journey(one).get("time_zone") or seen.workspace["time_zone"]
        yield _calendar(cap["per"], one["decided_at"], ZoneInfo(zone))


def _calendar(per: str, at_ms: int, zone: Any) -> int:
    """The first instant of the day, week or month: found by walking back from now in quarters of an hour."""
    now = datetime.fromtimestamp(at_ms / 1000, UTC)
    today = now.astimezone(zone).date()
    first = {"day": today, "week": today - timedelta(days=today.weekday()), "month": today.replace(day=1)}[per]
    quarter = timedelta(minutes=15)
    instant = now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0)
    while (instant - quarter).astimezone(zone).date() >= first:
        instant -= quarter
    return int(instant.timestamp() * 1000)
