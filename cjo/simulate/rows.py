"""A row of a file as the log would hold it: checked as `cjo send` checks it, with the timestamp of its record."""

from __future__ import annotations

from typing import Any

from cjo.avro.prepare import prepared
from cjo.avro.rows import stamp_ms
from cjo.client.mapping import RowMapping
from cjo.client.producer import now_ms, time_problems
from cjo.compile.tracking import TrackingPlan
from cjo.errors import RecordError

Touchpoint = dict[str, Any]


def recorded(
    value: Touchpoint | RecordError, tracking: TrackingPlan, mapping: RowMapping | None
) -> tuple[Touchpoint, int] | None:
    """(touchpoint, its record's timestamp); None where the mapping leaves the row out. Raises RecordError."""
    if isinstance(value, RecordError):
        raise value
    told = mapping.touchpoint(value) if mapping else value
    if told is None:
        return None
    ready = prepared(told)
    timestamp_ms = stamp_ms(ready, now_ms())
    if problems := [*tracking.check(ready), *time_problems(ready, timestamp_ms)]:
        raise RecordError("; ".join(problems))
    return ready, timestamp_ms
