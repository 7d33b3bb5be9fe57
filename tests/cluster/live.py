"""Live load for a running job: touchpoints as they happen, many a second, from a process of its own."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from confluent_kafka import Producer

from cjo.avro.codec import Writer, load_schema
from cjo.client.partition import partition_of
from cjo.stack.heartbeat import heartbeat
from cjo.topics import TOUCHPOINTS

TICK_S = 0.02
RELEVANT_SHARE = 0.2
OFTEN = "page_viewed"
"""The type of all others, for which no signal may ask."""
KINDS = (
    ["product_added"] * 4 + ["order_completed"] + ["calculator_used"] * 2 + ["search_performed"] + ["support_contacted"]
)
ENDS_S = 60.0


@dataclass(frozen=True)
class Load:
    """`per_s` touchpoints a second of `customers`; a fifth of them of the types that signals may ask for."""

    broker: str
    schema_id: int
    partitions: int
    customers: int
    per_s: int


@dataclass
class Sent:
    """What was sent once the load has ended: how many, and the greatest delay of the generator in seconds."""

    touchpoints: int = 0
    behind_s: float = 0.0


@contextmanager
def running(load: Load) -> Iterator[Sent]:
    """The load runs in the block."""
    context = get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_generate, args=(load, there), daemon=True)
    process.start()
    sent = Sent()
    try:
        yield sent
        here.send("end")
        assert here.poll(ENDS_S), "the load did not end"
        sent.touchpoints, sent.behind_s = here.recv()
        process.join(ENDS_S)
    finally:
        if process.is_alive():
            process.terminate()


def _generate(load: Load, pipe: Connection) -> None:
    producer = Producer({"bootstrap.servers": load.broker, "acks": "all", "linger.ms": 5, "log_level": 2})
    write, chance = Writer(load_schema("touchpoint"), load.schema_id), random.Random(1)
    began, sent, behind_s = time.time(), 0, 0.0
    while not pipe.poll(0):
        now = time.time()
        behind_s = max(behind_s, now - began - sent / load.per_s) if sent else 0.0
        while sent < (now - began) * load.per_s:
            _send(producer, load, write, _touchpoint(load, chance, sent, int(now * 1000)))
            sent += 1
        producer.poll(0)
        time.sleep(TICK_S)
    assert not producer.flush(ENDS_S)
    pipe.send((sent, behind_s))


def close(load: Load, at_ms: int) -> None:
    """Heartbeats of that time in every partition: what is due up to then falls due."""
    producer = Producer({"bootstrap.servers": load.broker, "acks": "all", "log_level": 2})
    write = Writer(load_schema("touchpoint"), load.schema_id)
    for partition in range(load.partitions):
        producer.produce(TOUCHPOINTS, write(heartbeat(partition, at_ms)), None, partition, timestamp=at_ms)
    assert not producer.flush(ENDS_S)


def _touchpoint(load: Load, chance: random.Random, number: int, at_ms: int) -> dict[str, Any]:
    who = f"live-{chance.randrange(load.customers):05d}"
    common = {"event_id": f"e{number}", "customer_id": who, "channel": "web", "occurred_at": at_ms}
    if chance.random() >= RELEVANT_SHARE:
        return {**common, "type": OFTEN, "attributes": {"topic": "home", "page": "/home"}}
    kind = chance.choice(KINDS)
    basket = f"{who}-{chance.randrange(3)}"
    more = {"basket_id": basket, "product_id": f"p{chance.randrange(50)}", "amount": f"{chance.randrange(1, 90)}.00"}
    return {**common, "type": kind, **(more if kind in ("product_added", "order_completed") else {})}


def _send(producer: Producer, load: Load, write: Writer, touchpoint: dict[str, Any]) -> None:
    who, value = touchpoint["customer_id"], write(touchpoint)
    while True:
        try:
            producer.produce(
                TOUCHPOINTS,
                value,
                who.encode(),
                partition_of(who, load.partitions),
                timestamp=touchpoint["occurred_at"],
            )
            return
        except BufferError:
            producer.poll(0.1)
