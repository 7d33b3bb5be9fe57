"""Heartbeats: touchpoints that only move time, one to each partition of the log.

A partition without touchpoints holds the time of all others back, and what is due then never falls due. Heartbeats
carry the wall clock, so they belong to a live log: who loads old touchpoints writes heartbeats in the log's own time,
and this process must not run beside them.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from kafka import KafkaProducer
from kafka.errors import KafkaError

from cjo.avro.codec import Writer
from cjo.avro.contracts import load_schema
from cjo.avro.registry import Registry
from cjo.client.connect import producer
from cjo.errors import CjoError
from cjo.settings import Settings
from cjo.stack.kafka import quiet
from cjo.topics import TOUCHPOINTS, Topic

WAIT_S = 2.0
DELIVERY_MS = 10_000


def heartbeat(partition: int, now_ms: int) -> dict[str, Any]:
    """The touchpoint that moves time in `partition` to `now_ms` (UTC epoch milliseconds)."""
    return {
        "event_id": f"heartbeat-{partition}-{now_ms}",
        "channel": "system",
        "type": "heartbeat",
        "occurred_at": now_ms,
        "attributes": {},
    }


def beat(settings: Settings, every_s: float) -> None:
    """Sends a heartbeat to every partition each `every_s` seconds, for ever; outlasts any outage."""
    quiet()
    say_once = _once_in_a_row(lambda message: print(message, file=sys.stderr, flush=True))
    while True:
        try:
            for _ in _beats(settings, every_s):
                say_once("beating")
        except (KafkaError, CjoError, OSError, ValueError) as error:
            say_once(f"waiting: {error}")
            time.sleep(WAIT_S)


def _beats(settings: Settings, every_s: float) -> Iterator[None]:
    """One item a beat, at whole multiples of `every_s`. Raises when broker or registry cannot be used."""
    schema = load_schema("touchpoint")
    write = Writer(schema, Registry(settings.registry_url).register(Topic(TOUCHPOINTS, 0).subject, schema))
    with _producer(settings) as kafka:
        while True:
            time.sleep(every_s - time.time() % every_s)
            _beat_once(kafka, write, time.time_ns() // 1_000_000)
            yield


def _beat_once(kafka: KafkaProducer, write: Writer, now_ms: int) -> None:
    partitions = kafka.partitions_for(TOUCHPOINTS)
    if not partitions:
        raise CjoError(f"there is no topic {TOUCHPOINTS} yet", "`cjo topics` makes it")
    sent = [
        kafka.send(TOUCHPOINTS, write(heartbeat(partition, now_ms)), partition=partition, timestamp_ms=now_ms)
        for partition in sorted(partitions)
    ]
    for future in sent:
        future.get(timeout=DELIVERY_MS / 1000)


@contextmanager
def _producer(settings: Settings) -> Iterator[KafkaProducer]:
    made = producer(
        settings.broker,
        max_block_ms=DELIVERY_MS,
        request_timeout_ms=DELIVERY_MS // 2,
        delivery_timeout_ms=DELIVERY_MS,
    )
    try:
        yield made
    finally:
        made.close(timeout=1.0)  # without a limit it waits for a broker that is gone


def _once_in_a_row(say: Callable[[str], None]) -> Callable[[str], None]:
    """`say`, but silent when a message comes again at once."""
    last = ""

    def said(message: str) -> None:
        nonlocal last
        if message != last:
            last = message
            say(message)

    return said
