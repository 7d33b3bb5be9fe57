"""From touchpoint to committed action, with live load on a job that already knows everybody.

Some of the load decides: a page view that takes a prepared customer, who has nine points, to ten, so that an
invitation goes out by e-mail, exactly once, and a banner on the web, in real time. Each such customer is used once. A
touchpoint's time is the one at which it should have been sent, so a generator that falls behind makes the figures
worse, not better.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from confluent_kafka import Consumer, Producer, TopicPartition

from cjo.avro.codec import Writer, load_schema
from cjo.client.partition import partition_of
from cjo.demo.parts.shop import product_id
from cjo.demo.people import customer_id, device_of
from cjo.errors import StackError
from cjo.topics import ACTIONS_PREFIX, TOUCHPOINTS

CHANNELS = ("email", "web")
TICK_S = 0.01
RELEVANT_SHARE = 0.2
DECIDING_PER_S = 100
_LEAD_S = 2.0
_TAIL_S = 60.0
_POINTS = 3


@dataclass(frozen=True)
class Load:
    """How much is sent: `per_s` touchpoints a second for `seconds`, of `customers` known customers.

    And `robot_per_s` more of one customer, each with a basket of its own.
    """

    broker: str
    schema_id: int
    partitions: int
    customers: int
    per_s: int
    seconds: int
    run: str
    robot_per_s: int = 0

    @property
    def deciding(self) -> int:
        """How many touchpoints must give an action."""
        return int(DECIDING_PER_S * self.seconds)


@dataclass(frozen=True)
class Measured:
    """Seconds from touchpoint to action, by channel, and what the generator managed."""

    seconds: dict[str, list[float]]
    sent: int
    behind_s: float


def prepared(load: Load, now_ms: int) -> Iterator[dict[str, Any]]:
    """The touchpoints that take each deciding customer to nine points, with an address and consent."""
    for number in range(load.deciding):
        who = _decider(load, number)
        yield _of(who, "crm", "profile_updated", now_ms - 5, attributes={"email": f"{who}@mail.example"})
        yield _of(who, "crm", "consent_given", now_ms - 4, attributes={"purpose": "advice"})
        for point in range(_POINTS):
            yield _of(who, "web", "calculator_used", now_ms - _POINTS + point, attributes={"topic": "mortgage"})


def send(load: Load, touchpoints: Iterator[dict[str, Any]]) -> int:
    """Send them all as fast as the broker takes them; returns how many."""
    sender = _Sender(load)
    count = 0
    for touchpoint in touchpoints:
        sender.send(touchpoint)
        count += 1
    sender.close()
    return count


def measure(load: Load) -> Measured:
    """Run the load in a process of its own and wait for its actions as a consumer of committed records."""
    consumer = _consumer(load)
    context = get_context("spawn")
    here, there = context.Pipe(duplex=False)
    start_s = time.time() + _LEAD_S
    process = context.Process(target=_generate, args=(load, start_s, there), daemon=True)
    process.start()
    there.close()
    try:
        found = _await(consumer, load, start_s, start_s + load.seconds + _TAIL_S)
        process.join(_TAIL_S)
        if not here.poll():
            raise StackError("the load generator did not end", "use a lower --rate")
        sent, behind_s = here.recv()
    finally:
        consumer.close()
        if process.is_alive():
            process.terminate()
    return Measured({channel: list(times.values()) for channel, times in found.items()}, sent, behind_s)


def _await(consumer: Consumer, load: Load, start_s: float, until_s: float) -> dict[str, dict[int, float]]:
    found: dict[str, dict[int, float]] = {channel: {} for channel in CHANNELS}
    prefix = _decider(load, 0)[:-6]
    while any(len(times) < load.deciding for times in found.values()) and time.time() < until_s:
        for message in consumer.consume(500, 0.02):
            key = (message.key() or b"").decode()
            if message.error() is None and key.startswith(prefix):
                number = int(key[-6:])
                channel = str(message.topic()).removeprefix(ACTIONS_PREFIX)
                found[channel].setdefault(number, time.time() - (start_s + number / DECIDING_PER_S))
    return found


def _generate(load: Load, start_s: float, pipe: Connection) -> None:
    """Send what is due every tick; tells (touchpoints sent, greatest delay in seconds)."""
    sender = _Sender(load)
    chance = random.Random(load.run)
    ticks = round(load.seconds / TICK_S)
    sent, behind_s = 0, 0.0
    for tick in range(ticks):
        due_s = start_s + tick * TICK_S
        wait_s = due_s - time.time()
        if wait_s > 0:
            time.sleep(wait_s)
        behind_s = max(behind_s, -wait_s)
        wanted = round(load.per_s * TICK_S * (tick + 1))
        for number in range(_count(tick), _count(tick + 1)):
            sender.send(_decisive(load, number, int((start_s + number / DECIDING_PER_S) * 1000)))
            sent += 1
        while sent < wanted:
            sender.send(_usual(load, chance, sent, int(due_s * 1000)))
            sent += 1
        for number in range(_until(load, tick), _until(load, tick + 1)):
            sender.send(_robotic(load, number, int(due_s * 1000)))
        sender.poll()
    sender.close()
    pipe.send((sent, behind_s))
    pipe.close()


def _count(tick: int) -> int:
    """How many deciding touchpoints are due before `tick`."""
    return round(tick * TICK_S * DECIDING_PER_S)


def _until(load: Load, tick: int) -> int:
    """How many touchpoints of the robot are due before `tick`."""
    return round(tick * TICK_S * load.robot_per_s)


def _robotic(load: Load, number: int, at_ms: int) -> dict[str, Any]:
    basket = f"{load.run}-robot-{number}"
    product = product_id(number % 400)
    return _of(
        f"{load.run}-robot", "web", "product_added", at_ms, number, basket_id=basket, product_id=product, amount="30.00"
    )


def _usual(load: Load, chance: random.Random, number: int, at_ms: int) -> dict[str, Any]:
    """Four of five are looked at in the JVM alone; the others fill or empty a basket."""
    who = chance.randrange(load.customers)
    name, device = customer_id(who), device_of(who)
    if chance.random() >= RELEVANT_SHARE:
        page = {"topic": "home", "page": "/home"}
        return _of(name, "web", "page_viewed", at_ms, number, device_id=device, attributes=page)
    basket = f"{load.run}-{number}"
    if chance.random() < 0.3:
        return _of(name, "web", "order_completed", at_ms, number, basket_id=basket, order_id=basket, amount="30.00")
    product = product_id(number % 400)
    return _of(name, "web", "product_added", at_ms, number, basket_id=basket, product_id=product, amount="30.00")


def _decisive(load: Load, number: int, at_ms: int) -> dict[str, Any]:
    return _of(_decider(load, number), "web", "page_viewed", at_ms, attributes={"topic": "mortgage", "page": "/rates"})


def _decider(load: Load, number: int) -> str:
    return f"{load.run}-{number:06d}"


def _of(who: str, channel: str, kind: str, at_ms: int, number: int = 0, **fields: Any) -> dict[str, Any]:
    event_id = f"{who}-{kind}-{at_ms}-{number}"
    return {
        "event_id": event_id, "customer_id": who, "channel": channel, "type": kind, "occurred_at": at_ms, **fields
    }  # fmt: skip


class _Sender:
    """A producer as a web server would have one: small delay, acknowledged by all."""

    def __init__(self, load: Load) -> None:
        self._partitions = load.partitions
        self._writer = Writer(load_schema("touchpoint"), load.schema_id)
        self._producer = Producer({"bootstrap.servers": load.broker, "acks": "all", "linger.ms": 5, "log_level": 2})

    def send(self, touchpoint: dict[str, Any]) -> None:
        who = touchpoint["customer_id"]
        while True:
            try:
                self._producer.produce(
                    TOUCHPOINTS,
                    self._writer(touchpoint),
                    who.encode(),
                    partition_of(who, self._partitions),
                    timestamp=touchpoint["occurred_at"],
                )
                return
            except BufferError:
                self._producer.poll(0.1)

    def poll(self) -> None:
        self._producer.poll(0)

    def close(self) -> None:
        if waiting := self._producer.flush(60):
            raise StackError(f"the broker did not take {waiting} records of the load")


def _consumer(load: Load) -> Consumer:
    """Reads actions from now on, committed ones only."""
    consumer = Consumer(
        {
            "bootstrap.servers": load.broker,
            "group.id": f"bench-{load.run}",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "fetch.wait.max.ms": 10,
            "log_level": 2,
        }
    )
    places = []
    for topic in (f"{ACTIONS_PREFIX}{channel}" for channel in CHANNELS):
        for number in consumer.list_topics(topic, 10).topics[topic].partitions:
            _, end = consumer.get_watermark_offsets(TopicPartition(topic, number), 10)
            places.append(TopicPartition(topic, number, end))
    consumer.assign(places)
    return consumer
