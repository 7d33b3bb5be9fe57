"""Offsets of a topic: where it ends, where a time lies in it, and how far a consumer group has come."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kafka import TopicPartition
from kafka.errors import CoordinatorLoadInProgressError, CoordinatorNotAvailableError, NotCoordinatorError

from cjo.client.connect import broker_errors, consumer, partitions_by
from cjo.settings import Settings
from cjo.stack.kafka import admin

PATIENCE_S = 30.0
POLL_S = 0.5


@dataclass(frozen=True)
class Stretch:
    """What a topic holds from a time on: by partition the offsets of its end, and how many records there are.

    `first_ms`: timestamp of the record from which on every partition still has all that it ever had, epoch ms; where
    nothing was deleted yet that of the first record, None where there is none. `begins`: by partition the offset of the
    first record that is still there.
    """

    ends: dict[int, int]
    records: int
    first_ms: int | None
    begins: dict[int, int] = field(default_factory=dict)


def stretch(settings: Settings, topic: str, since_ms: int | None) -> Stretch:
    """The committed records of `topic` with a timestamp of `since_ms` or later; None: all. StackError."""
    client = consumer(settings.broker)
    try:
        numbers = partitions_by(client, settings.broker, topic)
        places = [TopicPartition(topic, number) for number in numbers]
        with broker_errors(settings.broker):
            begins, ends = client.beginning_offsets(places), client.end_offsets(places)
            firsts = client.offsets_for_times(dict.fromkeys(places, 0))
            found = begins if since_ms is None else None
            later = {} if since_ms is None else client.offsets_for_times(dict.fromkeys(places, since_ms))
        starts = found or {place: later[place].offset if later.get(place) else ends[place] for place in places}
        records = sum(max(0, ends[place] - starts[place]) for place in places)
        return Stretch(_by_partition(ends), records, _first_ms(firsts, begins), _by_partition(begins))
    finally:
        client.close()


def _by_partition(offsets: Mapping[TopicPartition, int]) -> dict[int, int]:
    return {place.partition: offset for place, offset in offsets.items()}


def _first_ms(firsts: Mapping[TopicPartition, Any], begins: Mapping[TopicPartition, int]) -> int | None:
    """Partitions lose their heads at different times: the last of them to begin tells from when on all is there."""
    times = {place: int(first.timestamp) for place, first in firsts.items() if first}
    cut = [time_ms for place, time_ms in times.items() if begins[place] > 0]
    return max(cut) if cut else min(times.values(), default=None)


def committed(settings: Settings, group: str, topic: str) -> dict[int, int]:
    """By partition the offset up to which a group has committed what it read; nothing for one that it never did.

    A broker that does not know yet who keeps the group's offsets, as after its start, is asked again for a while.
    """
    deadline = time.monotonic() + PATIENCE_S
    with broker_errors(settings.broker), admin(settings.broker) as client:
        while True:
            try:
                found = client.list_group_offsets(group).get(group, {})
                break
            except (CoordinatorNotAvailableError, CoordinatorLoadInProgressError, NotCoordinatorError):
                if time.monotonic() > deadline:
                    raise
                time.sleep(POLL_S)
    return {place.partition: known.offset for place, known in found.items() if place.topic == topic}
