"""Reading what the job writes, as a consumer of committed records would, from the first record on."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from cjo.avro.codec import Reader
from cjo.avro.registry import Registry
from cjo.client.connect import options_for
from cjo.demo.reconcile import Output
from cjo.topics import DEADLETTERS, DECISIONS, MOMENTS


class Listener:
    """Collects every committed record of the output topics in `output`. Close it after use."""

    def __init__(self, broker: str, registry: Registry, topics: Collection[str]) -> None:
        self.output = Output()
        self._reader = Reader(registry)
        self._committed = _consumer(broker, "read_committed")
        self._all = _consumer(broker, "read_uncommitted")
        self._partitions = [
            TopicPartition(topic, number)
            for topic in sorted(topics)
            for number in sorted(self._committed.partitions_for_topic(topic) or ())
        ]
        self._committed.assign(self._partitions)
        self._committed.seek_to_beginning(*self._partitions)

    def poll(self, timeout_ms: int) -> Iterator[tuple[str, dict[str, Any]]]:
        """Take what has been committed since the last call, waiting at most `timeout_ms`; yields (topic, record)."""
        for partition, messages in self._committed.poll(timeout_ms, max_records=5_000).items():
            for message in messages:
                record = self._reader(message.value)
                self._place(partition.topic).append(record)
                yield partition.topic, record

    def is_at_end(self) -> bool:
        """True where no transaction is open and everything that was ever written has been taken."""
        ends = self._all.end_offsets(self._partitions)
        if self._committed.end_offsets(self._partitions) != ends:
            return False
        return all(self._committed.position(partition) >= ends[partition] for partition in self._partitions)

    def close(self) -> None:
        """Leave the broker."""
        self._committed.close()
        self._all.close()

    def _place(self, topic: str) -> list[Any]:
        output = self.output
        return {MOMENTS: output.moments, DECISIONS: output.decisions, DEADLETTERS: output.deadletters}.get(
            topic, output.actions
        )


def _consumer(broker: str, isolation: str) -> KafkaConsumer:
    own = {
        "isolation_level": isolation,
        "enable_auto_commit": False,
        "auto_offset_reset": "earliest",
        "fetch_max_wait_ms": 100,
        "max_partition_fetch_bytes": 4 << 20,
    }
    return KafkaConsumer(**options_for(broker, KafkaConsumer) | own)
