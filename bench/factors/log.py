"""The plain log: touchpoint `n` is a function of `n`, so that any process can make any part of it."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

from cjo.avro.codec import Writer, load_schema
from cjo.client.partition import partition_of
from cjo.demo.filler import Filler
from cjo.stack.heartbeat import heartbeat
from cjo.topics import TOUCHPOINTS

DAY_MS = 86_400_000
TOPICS = 100
ACTIONS = ("view", "view", "view", "compare", "add", "buy")
PROCESSES = 2
_SEED = 20261125


@dataclass(frozen=True)
class PlainLog:
    """`records` touchpoints of `customers` customers over the seven days before `end_ms` (UTC epoch ms)."""

    records: int
    customers: int
    end_ms: int
    partitions: int

    @property
    def begin_ms(self) -> int:
        """The time of the first touchpoint."""
        return self.end_ms - 7 * DAY_MS

    @property
    def heartbeat_ms(self) -> int:
        """The time of the last heartbeats: the log's end."""
        return self.end_ms + DAY_MS

    def touchpoints(self) -> Iterator[tuple[str, int, dict[str, Any]]]:
        """(customer, event time in epoch ms, touchpoint) in the order of time."""
        draw = random.Random(_SEED)
        step = (self.end_ms - self.begin_ms) / self.records
        for number in range(self.records):
            customer = f"c{int(draw.random() * self.customers):07d}"
            at_ms = self.begin_ms + int(number * step)
            chance = draw.random()
            topic, rest = divmod(int(chance * TOPICS * 600), 600)
            yield (
                customer,
                at_ms,
                {
                    "event_id": f"e{number}",
                    "customer_id": customer,
                    "channel": "web",
                    "type": "page_viewed",
                    "occurred_at": at_ms,
                    "received_at": at_ms,
                    "product_id": f"p{rest % 50}",
                    "session_id": f"s{number & 0xFFFF}",
                    "attributes": {"topic": f"t{topic:02d}", "page": ACTIONS[rest % 6]},
                },
            )


def fill(log: PlainLog, broker: str, schema_id: int) -> int:
    """Write the log, in two processes, and a last heartbeat into each partition; returns how many records that are."""
    shares = [range(number, log.partitions, PROCESSES) for number in range(PROCESSES)]
    with pool() as processes:
        counts = [processes.submit(_fill, log, broker, schema_id, list(share)) for share in shares]
        return sum(count.result() for count in counts)


def pool() -> ProcessPoolExecutor:
    """Processes that share nothing with this one."""
    return ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn"))


def _fill(log: PlainLog, broker: str, schema_id: int, partitions: Collection[int]) -> int:
    writer, producer, written = Writer(load_schema("touchpoint"), schema_id), Filler(broker, TOUCHPOINTS), 0
    for customer, at_ms, touchpoint in log.touchpoints():
        partition = partition_of(customer, log.partitions)
        if partition in partitions:
            producer.send(partition, at_ms, customer.encode(), writer(touchpoint))
            written += 1
    for partition in partitions:
        producer.send(partition, log.heartbeat_ms, None, writer(heartbeat(partition, log.heartbeat_ms)))
    producer.flush()
    return written + len(partitions)
