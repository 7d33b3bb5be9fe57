"""The benchmark's log: a synthetic week without faults, written once, and what must come of it by the engine alone.

Faults are left out (unreadable records, repeats) because the hand-written competitor does not handle them; disorder and
wrong clocks stay in.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, KafkaError, TopicPartition

from bench.workspace import PARTS, bench_plan
from cjo.avro.codec import Reader
from cjo.avro.registry import Registry
from cjo.avro.rows import row_of
from cjo.demo.load import load
from cjo.demo.shape import Shape
from cjo.demo.world import World
from cjo.engine import Engine
from cjo.errors import StackError
from cjo.settings import Settings
from cjo.simulate.replay import END_OF_TIME_MS, Replay
from cjo.stack.topic_admin import make_topics, register_schemas
from cjo.topics import TOUCHPOINTS, topics_for

PROCESSES = 2
_BATCH = 5_000
_WAIT_S = 10.0


@dataclass(frozen=True)
class Log:
    """What stands in the log: how many records a partition has, and the time of its last heartbeats (epoch ms)."""

    shape: Shape
    ends: dict[int, int]
    heartbeat_ms: int
    schema_id: int
    seconds: float

    @property
    def records(self) -> int:
        """All records, heartbeats included."""
        return sum(self.ends.values())

    def prefix(self, records: int) -> dict[int, int]:
        """The ends of the first `records` records, the same number in each partition."""
        return {number: min(end, records // len(self.ends)) for number, end in self.ends.items()}

    def write(self, file: Path) -> None:
        """Remember it, so that a later run can use the same log."""
        file.write_text(json.dumps(asdict(self)))


def read_log(file: Path) -> Log | None:
    """The log that an earlier run has left, None where there is none."""
    given = json.loads(file.read_bytes()) if file.exists() else None
    if not given:
        return None
    ends = {int(number): end for number, end in given.pop("ends").items()}
    return Log(**{**given, "shape": Shape(**given["shape"]), "ends": ends})


def fill(settings: Settings, records: int, customers: int) -> Log:
    """Make the topics and write about `records` touchpoints of `customers` customers, in two processes."""
    started = time.monotonic()
    plan = bench_plan()
    topics = topics_for(plan)
    make_topics(settings.broker, topics)
    schema_id = register_schemas(settings.registry_url, topics)[TOUCHPOINTS]
    end_ms = int(time.time()) * 1000
    shape = Shape(end_ms, touchpoints=records, customers=customers, duplicate_share=0.0, bad_share=0.0, parts=PARTS)
    partitions = int(plan["workspace"]["partitions"])
    shares = [list(range(number, partitions, PROCESSES)) for number in range(PROCESSES)]
    with _pool() as pool:
        heartbeats = [pool.submit(_load, shape, settings.broker, schema_id, partitions, share) for share in shares]
        heartbeat_ms = min(future.result() for future in heartbeats)
    ends = end_offsets(settings.broker, TOUCHPOINTS)
    return Log(shape, ends, heartbeat_ms, schema_id, time.monotonic() - started)


def expected_moments(settings: Settings, log: Log, ends: Mapping[int, int], until_ms: int | None) -> dict[str, int]:
    """Moments by signal that the engine makes of the log up to `ends`, without Flink.

    `until_ms` is the watermark at the end; None: the end of time, as at the end of a bounded source.
    """
    watermark_ms = END_OF_TIME_MS if until_ms is None else until_ms
    total: Counter[str] = Counter()
    with _pool() as pool:
        counts = [pool.submit(_replay, settings, log.shape, number, end, watermark_ms) for number, end in ends.items()]
        for future in counts:
            total.update(future.result())
    return dict(total)


def end_offsets(broker: str, topic: str) -> dict[int, int]:
    """By partition the offset that the next record would get."""
    consumer = _consumer(broker)
    try:
        partitions = consumer.list_topics(topic, _WAIT_S).topics[topic].partitions
        return {n: consumer.get_watermark_offsets(TopicPartition(topic, n), _WAIT_S)[1] for n in sorted(partitions)}
    finally:
        consumer.close()


def read_between(broker: str, topic: str, begins: Mapping[int, int], ends: Mapping[int, int]) -> Iterator[Any]:
    """The committed records (confluent_kafka messages) of `topic` from `begins` to before `ends`, by partition."""
    for partition, end in ends.items():
        begin = begins.get(partition, 0)
        if begin < end:
            yield from _read_partition(broker, topic, partition, begin, end)


def _read_partition(broker: str, topic: str, partition: int, begin: int, end: int) -> Iterator[Any]:
    """Offsets before `end` may be marks of transactions, which nobody sees: so the partition's end is an end too."""
    consumer = _consumer(broker)
    consumer.assign([TopicPartition(topic, partition, begin)])
    try:
        while True:
            message: Any  # its stub knows of records that carry nothing at all
            for message in consumer.consume(_BATCH, 1.0):
                if (error := message.error()) is not None:
                    if error.code() == KafkaError._PARTITION_EOF:
                        return
                    raise StackError(f"{topic} cannot be read: {error.str()}")
                if message.offset() >= end:
                    return
                yield message
    finally:
        consumer.close()


def _load(shape: Shape, broker: str, schema_id: int, partitions: int, only: list[int]) -> int:
    return load(World(shape), broker, schema_id, partitions, only=only).heartbeat_ms


def _replay(settings: Settings, shape: Shape, partition: int, end: int, watermark_ms: int) -> Counter[str]:
    """Moments by signal of one partition: no customer is in two."""
    plan = bench_plan()
    plan["workspace"]["live_from_ms"] = shape.begin_ms
    reader = Reader(Registry(settings.registry_url))
    replay = Replay(Engine(plan))

    def rows() -> Iterator[tuple[str, dict[str, Any]]]:
        for message in read_between(settings.broker, TOUCHPOINTS, {}, {partition: end}):
            row = row_of(reader(message.value()), message.timestamp()[1], plan["columns"])
            if row is not None:
                yield row

    effects = (effect for _, effect in replay.run(rows(), watermark_ms))
    return Counter(record["signal"] for kind, record in effects if kind == "moment")


def _consumer(broker: str) -> Consumer:
    return Consumer(
        {
            "bootstrap.servers": broker,
            "group.id": "bench",
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed",
            "enable.partition.eof": True,
            "log_level": 2,
        }
    )


def _pool() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn"))
