"""The moments of a log by plain engines, apart from any job: what those of a run under load are judged by.

Millions of touchpoints are read again. So every part of the partitions has a process of its own, and what no signal
can ask for is passed over before it is decoded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import Any

from confluent_kafka import Consumer, TopicPartition

from cjo.avro.codec import Reader
from cjo.avro.registry import Registry
from cjo.avro.rows import row_of
from cjo.client.reader import read
from cjo.engine import Engine
from cjo.settings import Settings
from cjo.simulate.replay import Replay
from cjo.topics import MOMENTS, TOUCHPOINTS

PROCESSES = 2
BATCH = 10_000
SILENCE_S = 30.0

Moments = dict[str, Counter[tuple[Any, ...]]]
"""How often each moment was found, by its signal."""


def found_moments(settings: Settings) -> Moments:
    """What a consumer of the topic reads."""
    values = (record.value for record in read(MOMENTS, settings))
    return gathered(value for value in values if value is not None)


def replayed(
    settings: Settings, plans: list[dict[str, Any]], passed_over: str, partitions: int, end_ms: int
) -> list[Moments]:
    """By plan, the moments of the whole log up to `end_ms` (epoch ms, a watermark); no plan may ask for touchpoints of
    the type `passed_over`."""
    shares = [list(range(number, partitions, PROCESSES)) for number in range(PROCESSES)]
    whole: list[Moments] = [{} for _ in plans]
    with ProcessPoolExecutor(PROCESSES, get_context("spawn")) as pool:
        for found in pool.map(partial(_replayed, settings, plans, passed_over, end_ms), shares):
            for moments, mine in zip(whole, found, strict=True):
                for name, counts in mine.items():
                    moments.setdefault(name, Counter()).update(counts)
    return whole


def _replayed(
    settings: Settings, plans: list[dict[str, Any]], passed_over: str, end_ms: int, partitions: list[int]
) -> list[Moments]:
    replays = [Replay(Engine(plan)) for plan in plans]
    columns = {column for plan in plans for column in plan["columns"]}
    found: list[Moments] = [{} for _ in plans]
    decode = Reader(Registry(settings.registry_url))
    for value, timestamp_ms in _values(settings, partitions):
        if passed_over.encode() in value:
            continue
        taken = row_of(decode(value), timestamp_ms, columns)
        if taken is None:
            continue
        for replay, moments in zip(replays, found, strict=True):
            gathered(_moments(replay.take(*taken)), moments)
    for replay, moments in zip(replays, found, strict=True):
        for _, effects in replay.advance(end_ms):
            gathered(_moments(effects), moments)
    return found


def _values(settings: Settings, partitions: list[int]) -> Iterator[tuple[bytes, int]]:
    """(value, timestamp) of every touchpoint in these partitions, each in log order, up to what they hold now."""
    consumer = Consumer({"bootstrap.servers": str(settings.broker), "group.id": "judged", "enable.auto.commit": False})
    try:
        places = [TopicPartition(TOUCHPOINTS, number) for number in partitions]
        bounds = {place.partition: consumer.get_watermark_offsets(place, SILENCE_S) for place in places}
        consumer.assign([TopicPartition(TOUCHPOINTS, number, low) for number, (low, _) in bounds.items()])
        left = {number: high for number, (low, high) in bounds.items() if low < high}
        while left:
            messages = consumer.consume(BATCH, SILENCE_S)
            assert messages, f"nothing came of partitions {left}"
            for message in messages:
                value, number, offset = message.value(), message.partition(), message.offset()
                assert value is not None and number is not None and offset is not None, message.error()
                yield value, message.timestamp()[1]
                if offset + 1 >= left.get(number, 0):
                    left.pop(number, None)
    finally:
        consumer.close()


def _moments(effects: Iterable[tuple[str, Any]]) -> Iterator[dict[str, Any]]:
    return (record for kind, record in effects if kind == "moment")


def gathered(moments: Iterable[dict[str, Any]], into: Moments | None = None) -> Moments:
    """`into`, with these moments as well."""
    found = {} if into is None else into
    for moment in moments:
        found.setdefault(moment["signal"], Counter())[_identity(moment)] += 1
    return found


def _identity(moment: dict[str, Any]) -> tuple[Any, ...]:
    values = tuple(sorted((name, str(value)) for name, value in moment["values"].items()))
    return moment["subject"], moment["at"], moment["moment_id"], moment["signal_version"], values
