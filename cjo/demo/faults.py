"""What goes wrong between a touchpoint and the log: disorder, repeats, wrong clocks, records that can't be read."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from cjo.demo.shape import DAY_MS, HOUR_MS, MINUTE_MS, Shape

if TYPE_CHECKING:
    from cjo.demo.world import Record

BAD_KINDS = {
    "random_bytes": "undecodable",
    "truncated": "undecodable",
    "unknown_schema_id": "unknown_schema",
    "trailing": "trailing_bytes",
    "tombstone": "tombstone",
    "clock_in_2035": "event_time_ahead",
    "without_subject": "no_subject",
}
"""What is wrong with a record, and the kind of dead letter that it must become."""

_YEAR_2035_MS = 2_051_222_400_000
"""2035-01-01T00:00:00Z."""

_UNKNOWN_SCHEMA_ID = 987_654


def arrivals(chance: np.random.Generator, count: int, bound_ms: int) -> np.ndarray:
    """How long after it happened each touchpoint arrives, in ms: mostly soon, always within the bound."""
    soon = chance.integers(0, min(300, bound_ms), count)
    late = chance.integers(0, bound_ms, count)
    return np.where(chance.random(count) < 0.85, soon, late)


def repeat_rows(
    chance: np.random.Generator, at_ms: np.ndarray, count: int, shape: Shape
) -> tuple[np.ndarray, np.ndarray]:
    """Rows to be sent once more, and when they arrive again: mostly within a minute, some after hours."""
    rows = chance.integers(0, len(at_ms), count)
    after_ms = shape.bound_ms + chance.integers(0, MINUTE_MS, count)
    hours_ms = chance.integers(HOUR_MS, 6 * HOUR_MS, count)
    again_ms = at_ms[rows] + np.where(chance.random(count) < 0.1, hours_ms, after_ms)
    return rows, np.minimum(again_ms, np.maximum(shape.end_ms, at_ms[rows] + shape.bound_ms))


@lru_cache(maxsize=1 << 17)
def clock_error_ms(subject: str) -> int:
    """By how much this subject's phone is wrong; 0 for 39 of 40. Where it is even, the phone sends no `received_at`."""
    mark = zlib.crc32(subject.encode())
    if mark % 40:
        return 0
    return (mark // 40 % 4_000 - 2_000) * MINUTE_MS + 1 + (mark // 160_000) % 3


def conflicting(record: Record, place: int) -> Record:
    """A repeat as it is, or, for every eighth basket line, with another amount under the same id."""
    if place % 8 or record.touchpoint["type"] != "product_added":
        return record
    return record._replace(touchpoint={**record.touchpoint, "amount": record.touchpoint["amount"] + 1000})


def spoil(record: Record, encode: Callable[[dict[str, Any]], bytes]) -> tuple[bytes | None, bytes | None]:
    """(key, value) of a record that can't be read, in the way that `record.bad` names."""
    key, touchpoint = record.subject.encode(), record.touchpoint
    match record.bad:
        case "tombstone":
            return key, None
        case "clock_in_2035":
            kept = {name: value for name, value in touchpoint.items() if name not in ("sent_at", "received_at")}
            return key, encode({**kept, "occurred_at": _YEAR_2035_MS + record.arrival_ms % DAY_MS})
        case "without_subject":
            return None, encode({**touchpoint, "type": "page_viewed", "customer_id": None, "device_id": None})
    value = encode(touchpoint)
    match record.bad:
        case "random_bytes":
            return key, b"\xff" + value[::-1]
        case "truncated":
            return key, value[: len(value) // 2]
        case "unknown_schema_id":
            return key, value[:1] + _UNKNOWN_SCHEMA_ID.to_bytes(4, "big") + value[5:]
        case "trailing":
            return key, value + b"\x00\x2a"
    raise ValueError(f"unknown kind of bad record: {record.bad!r}")
