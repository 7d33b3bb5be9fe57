"""Writing the world's log into Kafka in log time, as fast as the machine takes it."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from cjo.avro.codec import Writer, load_schema
from cjo.client.partition import partition_of
from cjo.demo.faults import BAD_KINDS, spoil
from cjo.demo.filler import Filler
from cjo.demo.shape import MINUTE_MS, Shape
from cjo.demo.world import Record, World
from cjo.stack.heartbeat import heartbeat
from cjo.topics import TOUCHPOINTS

HEARTBEAT_EVERY_MS = 5 * MINUTE_MS
_TELL_EVERY = 2_000


@dataclass
class Loaded:
    """How far the loading is. `heartbeat_ms` is the time of the last heartbeat, 0 before the end."""

    touchpoints: int = 0
    heartbeats: int = 0
    position_ms: int = 0
    heartbeat_ms: int = 0
    seconds: float = 0.0
    bad: dict[str, int] = field(default_factory=dict)

    @property
    def records(self) -> int:
        """Everything written."""
        return self.touchpoints + self.heartbeats + sum(self.bad.values())


def load(
    world: World,
    broker: str,
    schema_id: int,
    partitions: int,
    tell: Callable[[Loaded], None] = lambda loaded: None,
    only: Collection[int] | None = None,
) -> Loaded:
    """Write the whole log to `touchpoints`, heartbeats in log time to every partition among it, and one for now.

    `only` restricts it to some partitions, so that processes can share the work. Record timestamps are event time.
    `tell` is called now and then with how far it is. Returns when the broker has everything.
    """
    writer = Writer(load_schema("touchpoint"), schema_id)
    mine = sorted(range(partitions) if only is None else only)
    started = time.monotonic()
    loaded = Loaded()
    producer = Filler(broker, TOUCHPOINTS)
    next_heartbeat_ms = 0
    for record in world.records(lambda subject: partition_of(subject, partitions) in mine):
        if record.arrival_ms >= next_heartbeat_ms:
            next_heartbeat_ms = record.arrival_ms + HEARTBEAT_EVERY_MS
            _heartbeats(producer, writer, mine, record.arrival_ms, loaded)
        _write(producer, writer, partition_of(record.subject, partitions), record, loaded)
        if loaded.touchpoints % _TELL_EVERY == 0:
            loaded.seconds = time.monotonic() - started
            tell(loaded)
    loaded.heartbeat_ms = max(int(time.time() * 1000), world.shape.end_ms)
    _heartbeats(producer, writer, mine, loaded.heartbeat_ms, loaded)
    producer.flush()
    loaded.seconds = time.monotonic() - started
    tell(loaded)
    return loaded


def load_shape(shape: Shape, broker: str, schema_id: int, partitions: int, pipe: Any) -> None:
    """The same in a process of its own: `pipe` gets the progress, and an error as it is."""
    try:
        load(World(shape), broker, schema_id, partitions, pipe.send)
    except Exception as error:
        pipe.send(error)
    finally:
        pipe.close()


def bad_kinds(world: World) -> dict[str, int]:
    """How many dead letters of each kind the log must give."""
    kinds: dict[str, int] = {}
    for bad, count in world.bad_records.items():
        kinds[BAD_KINDS[bad]] = kinds.get(BAD_KINDS[bad], 0) + count
    return kinds


def _write(producer: Filler, writer: Writer, partition: int, record: Record, loaded: Loaded) -> None:
    key: bytes | None
    value: bytes | None
    if record.bad is None:
        key, value = record.subject.encode(), writer(record.touchpoint)
        loaded.touchpoints += 1
    else:
        key, value = spoil(record, writer)
        loaded.bad[record.bad] = loaded.bad.get(record.bad, 0) + 1
    producer.send(partition, record.timestamp_ms, key, value)
    loaded.position_ms = record.arrival_ms


def _heartbeats(producer: Filler, writer: Writer, partitions: Collection[int], at_ms: int, loaded: Loaded) -> None:
    for partition in partitions:
        producer.send(partition, at_ms, None, writer(heartbeat(partition, at_ms)))
        loaded.heartbeats += 1
