"""Loading what happened long ago: a touchpoint behind the time to which its partition of the log has come is late.

What is due by the log's time is decided (T2). So what is loaded behind it, after heartbeats for example, finds decided
what it would have changed, and after `late_horizon` it may not take that back (T4).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from cjo.avro.rows import event_time_ms, moves_to_ms, subject_of
from cjo.client.connect import partitions_of
from cjo.client.partition import partition_of
from cjo.client.reader import holds_later, last
from cjo.client.words import iso
from cjo.errors import RecordError, UsageError
from cjo.settings import Settings
from cjo.spec.durations import in_words
from cjo.spec.workspace import Workspace

_LOOKED_AT = (50, 1_000, 10_000)
"""How many of a partition's last records are looked at; the next number where they tell of long before."""
_BEHIND_MS = 60_000
_HOLDS_WHENEVER_IT_COMES = frozenset(
    {"profile_updated", "consent_given", "consent_withdrawn", "customer_suppressed", "customer_unsuppressed"}
)
_SECOND_MS = 1_000


class Publish(Protocol):
    """Takes a checked touchpoint and its record's timestamp."""

    def __call__(self, touchpoint: Mapping[str, Any], timestamp_ms: int) -> None: ...


class LogTime:
    """To what time each partition has come, before anything was loaded and since; epoch ms."""

    def __init__(self, reached: Mapping[int, int], workspace: Workspace, topic: str, late_too: bool = False) -> None:
        self._before = reached
        self._now = dict(reached)
        self._bound_ms, self._horizon_ms = workspace.bound, workspace.late_horizon
        self._topic, self._late_too = topic, late_too
        self.late = 0
        self.most_ms = 0

    def check(self, touchpoint: Mapping[str, Any], partition: int, at_ms: int) -> None:
        """Count the touchpoint where it is late, or refuse it without `late_too`.

        Refused is what is late by more than `late_horizon`: with UsageError where it is behind what the log held before
        anything was loaded, with RecordError where it is behind what was loaded since, and so out of order.
        """
        behind_ms = self._now.get(partition, at_ms) - at_ms
        if behind_ms <= self._bound_ms or touchpoint["type"] in _HOLDS_WHENEVER_IT_COMES:
            return
        if behind_ms <= self._horizon_ms or self._late_too:
            self.late += 1
            self.most_ms = max(self.most_ms, behind_ms)
            return
        said = (
            f"touchpoint {touchpoint['event_id']} happened at {iso(at_ms)}, but the log has come to "
            f"{iso(self._now[partition])} (partition {partition} of {self._topic}): it is late by more than "
            f"late_horizon, {in_words(self._horizon_ms)}, and what is decided without it may stand"
        )
        if self._before.get(partition, at_ms) - at_ms > self._horizon_ms:
            hint = "history goes into a log that holds nothing later, and no heartbeats (docs/guide/history.md)"
            raise UsageError(said, f"{hint}; --late-too sends it nevertheless")
        raise RecordError(f"{said}; sort the file by time, or use --late-too")

    def take(self, partition: int, at_ms: int) -> None:
        """Something that happened then is written to the partition."""
        self._now[partition] = max(at_ms, self._now.get(partition, at_ms))


@contextmanager
def in_log_time(
    publish: Publish, settings: Settings | None, topic: str, workspace: Workspace, late_too: bool
) -> Iterator[Publish]:
    """`publish`, for touchpoints that happened long ago: it refuses as LogTime does what comes too late to count.

    What was late is told on stderr at the end. Without `settings` the log counts as empty: only the order is looked at.
    """
    count = len(partitions_of(settings.broker, topic)) if settings else workspace.partitions
    log = LogTime(reached(settings, topic) if settings else {}, workspace, topic, late_too)
    sent = 0

    def publish_checked(touchpoint: Mapping[str, Any], timestamp_ms: int) -> None:
        nonlocal sent
        partition, at_ms = partition_of(subject_of(touchpoint), count), event_time_ms(touchpoint, timestamp_ms)
        try:
            log.check(touchpoint, partition, at_ms)
        except UsageError as error:
            raise UsageError(f"{error.message}; {sent or 'none'} sent before it", error.hint) from None
        publish(touchpoint, timestamp_ms)
        log.take(partition, min(at_ms, timestamp_ms))
        sent += 1

    yield publish_checked
    if log.late:
        print(
            f"{log.late} of them late by up to {in_words(log.most_ms // _SECOND_MS * _SECOND_MS)}: behind the log's "
            f"time by more than the bound, {in_words(workspace.bound)} (T4)",
            file=sys.stderr,
        )


def reached(settings: Settings, topic: str) -> dict[int, int]:
    """To what time each partition has come, by its last records, heartbeats included; nothing for an empty one.

    What came long after it happened (what cjo hands on, a load of old touchpoints) may be all that was written last:
    where it is, also with timestamps of its own time, more is looked at.
    """
    found: dict[int, int] = {}
    for count in _LOOKED_AT:
        written: dict[int, int] = {}
        for record in last(topic, count, settings):
            written[record.partition] = max(record.timestamp_ms, written.get(record.partition, 0))
            time_ms = moves_to_ms(record.value or {}, record.timestamp_ms)
            if time_ms is not None:
                found[record.partition] = max(time_ms, found.get(record.partition, time_ms))
        is_behind = any(found.get(partition, 0) < at_ms - _BEHIND_MS for partition, at_ms in written.items())
        later = {partition: at_ms + _BEHIND_MS for partition, at_ms in written.items()}
        if not is_behind and not holds_later(topic, later, settings):
            break
    return found
