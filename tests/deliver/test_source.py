"""The consumer group as librdkafka plays it, with its own cluster in this process: places, pauses, changes of hands."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Collection, Iterator
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from cjo.deliver import source as module
from cjo.deliver.intake import Taken
from cjo.deliver.mark import Mark
from cjo.deliver.offsets import Place
from cjo.deliver.source import KafkaSource
from cjo.settings import Settings
from tests.deliver.worlds import TOPIC, action, cancel

OTHER = "actions.web"
PATIENCE = 200


class Cluster:
    """A broker without a registry: values are JSON."""

    def __init__(self) -> None:
        config = {"test.mock.num.brokers": 1, "bootstrap.servers": "none", "log_level": 0, "linger.ms": 0}
        self._producer = Producer(config)
        brokers = self._producer.list_topics(timeout=10).brokers.values()
        self.address = ",".join(f"{broker.host}:{broker.port}" for broker in brokers)

    def write(self, partition: int, *numbers: int, topic: str = TOPIC) -> None:
        self.put(topic, partition, *map(action, numbers))

    def put(self, topic: str, partition: int, *records: dict[str, Any]) -> None:
        for one in records:
            self._producer.produce(topic, value=json.dumps(one), partition=partition)
        assert self._producer.flush(10) == 0

    def source(
        self, start: str = "earliest", group: str = "g", missing: Callable[[str], None] = lambda said: None
    ) -> KafkaSource:
        return KafkaSource(Settings.load({}, broker=self.address), group, [TOPIC, OTHER], start, missing)

    def kept(self, group: str = "g") -> dict[int, int]:
        client = Consumer({"bootstrap.servers": self.address, "group.id": group})
        found = client.committed([TopicPartition(TOPIC, number) for number in range(4)], timeout=10)
        client.close()
        return {one.partition: one.offset for one in found}


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    monkeypatch.setattr(module, "must_listen", lambda broker: None)
    monkeypatch.setattr(module, "partitions_of", lambda broker, topic: [0, 1, 2, 3])
    monkeypatch.setattr(module, "Reader", lambda registry, schema: json.loads)
    made = Cluster()
    made.write(0, 0)
    made.write(0, 0, topic=OTHER)
    yield made


async def _nothing(places: Collection[Place]) -> dict[Place, Mark]:
    return {}


async def read(source: KafkaSource, pause: Collection[str] = ()) -> list[Taken]:
    """What comes until the source is at its end."""
    found: list[Taken] = []
    for _ in range(PATIENCE):
        found += await source.poll(pause)
        if await source.is_at_end():
            return found
    raise AssertionError("it never got to the end")


def played(source: KafkaSource, play: Callable[[KafkaSource], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        source.begin(_nothing)
        try:
            return await play(source)
        finally:
            await source.close()

    return asyncio.run(run())


def numbers(found: list[Taken], topic: str = TOPIC) -> list[str]:
    return sorted(one.action["action_id"] for one in found if one.action and one.place[0] == topic)


def test_a_group_that_starts_with_the_latest_has_its_place_in_every_partition_from_then_on(cluster: Cluster) -> None:
    assert played(cluster.source("latest"), read) == []
    assert cluster.kept() == {0: 1, 1: 0, 2: 0, 3: 0}
    cluster.write(1, 1)
    cluster.write(2, 2)
    assert numbers(played(cluster.source("latest"), read)) == ["a1", "a2"]


def test_a_member_that_gets_no_partition_waits_for_one(cluster: Cluster) -> None:
    async def wait(source: KafkaSource) -> tuple[bool, set[str]]:
        source._take_over([])
        return await source.is_at_end(), await source.behind()

    assert played(cluster.source(), wait) == (False, set())


def test_what_is_done_behind_the_place_is_known_to_whoever_has_the_partition_next(cluster: Cluster) -> None:
    cluster.write(0, 1, 2, 3, 4, 5)
    source = cluster.source()
    assert asyncio.run(source.commit({(TOPIC, 0): Mark.of([0, 3], 5)}))
    asyncio.run(source.close())
    found = [one for one in played(cluster.source(), read) if one.place == (TOPIC, 0)]
    assert [one.is_done for one in found] == [False, True, True, False, True, False]


async def with_a_pause(source: KafkaSource) -> None:
    """Poll until the source has its partitions and those of OTHER pause: a pause is asked for as a poll begins."""
    while not source._assigned:
        await source.poll([OTHER])
    await source.poll([OTHER])


def test_one_topic_pauses_and_the_others_are_read(cluster: Cluster) -> None:
    async def play(source: KafkaSource) -> tuple[list[Taken], list[Taken]]:
        await with_a_pause(source)
        cluster.write(1, 1)
        cluster.write(1, 1, topic=OTHER)
        paused, after = list[Taken](), list[Taken]()
        while not numbers(paused) or await source.behind():
            paused += await source.poll([OTHER])
        while not numbers(after, OTHER):
            after += await source.poll([])
        return paused, after

    paused, after = played(cluster.source(), play)
    assert "a1" in numbers(paused) and numbers(paused, OTHER) == []
    assert set(numbers(after, OTHER)) <= {"a0", "a1"}


def test_d9_of_a_topic_that_pauses_what_takes_back_others_is_read_ahead_and_again_in_its_turn(cluster: Cluster) -> None:
    async def play(source: KafkaSource) -> tuple[list[Taken], set[str], list[Taken]]:
        await with_a_pause(source)
        cluster.put(OTHER, 0, cancel(0), action(1), action(2, kind="supersede", supersedes="a7"))
        ahead, after = list[Taken](), list[Taken]()
        while not any(one.offset == 3 for one in ahead):
            ahead += await source.poll([OTHER])
        behind = await source.behind()
        cluster.put(OTHER, 0, cancel(1))  # while it is paused still
        while not any(one.offset == 4 for one in ahead):
            ahead += await source.poll([OTHER])
        while not any(one.offset == 4 for one in after):
            after += await source.poll([])
        return ahead, behind, after

    ahead, behind, after = played(cluster.source(), play)
    out_of_turn = [(one.offset, one.takes_back) for one in ahead if one.place[0] == OTHER]
    assert out_of_turn == [(1, ("a0", "cancelled")), (3, ("a7", "superseded")), (4, ("a1", "cancelled"))]
    assert all(one.is_ahead for one in ahead if one.place[0] == OTHER) and OTHER not in behind
    in_turn = [(one.offset, one.is_ahead) for one in after if one.place[0] == OTHER]
    assert in_turn[-4:] == [(offset, False) for offset in range(1, 5)]


def test_a_topic_whose_partitions_go_and_come_back_while_it_pauses_is_read_again(cluster: Cluster) -> None:
    """Another member joins and leaves: every change in the group takes all partitions away and gives them anew."""
    cluster.write(1, 1, topic=OTHER)

    async def play() -> list[str]:
        mine, other, after = cluster.source(), cluster.source(), list[Taken]()
        mine.begin(_nothing)
        try:
            await with_a_pause(mine)
            other.begin(_nothing)
            while not other._assigned:
                await asyncio.gather(mine.poll([OTHER]), other.poll([OTHER]))
        finally:
            await other.close()
        try:
            while len(mine._assigned) < 8 or not await mine.is_at_end():
                after += await mine.poll([])
        finally:
            await mine.close()
        return numbers(after, OTHER)

    assert set(asyncio.run(asyncio.wait_for(play(), 60))) >= {"a1"}


def test_what_a_group_kept_of_a_log_that_was_longer_says_nothing_of_what_is_there_now(cluster: Cluster) -> None:
    cluster.write(0, *range(1, 5))
    missing: list[str] = []
    source = cluster.source()
    assert asyncio.run(source.commit({(TOPIC, 0): Mark.of([100], 150), (TOPIC, 1): Mark(0, "done 1-9")}))
    asyncio.run(source.close())

    async def play(source: KafkaSource) -> list[Taken]:
        found = await read(source)
        cluster.write(1, 11, 12)
        while not any(one.place == (TOPIC, 1) and one.offset == 1 for one in found):
            found += await source.poll([])
        return found

    found = played(cluster.source(missing=missing.append), play)
    assert [one.is_done for one in found] == [False] * len(found)
    assert numbers(found) == ["a0", "a1", "a11", "a12", "a2", "a3", "a4"]
    assert missing == [f"{TOPIC}/0: offsets 5 to 99, before the kept place"]


def test_a_short_stay_leaves_the_note_of_the_owner_before(cluster: Cluster) -> None:
    cluster.write(0, *range(1, 10))
    source = cluster.source()
    assert asyncio.run(source.commit({(TOPIC, 0): Mark.of([0, 4], 9)}))
    asyncio.run(source.close())

    async def stay(source: KafkaSource) -> None:
        await read(source)
        assert await source.commit({(TOPIC, 0): Mark(0)})  # as if nothing behind it had been read yet

    played(cluster.source(), stay)
    found = [one for one in played(cluster.source(), read) if one.place == (TOPIC, 0)]
    assert [one.offset for one in found if not one.is_done] == [0, 4, 9]


def test_a_record_of_a_partition_that_goes_in_the_same_turn_is_not_taken(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One record is polled for, then the rest is fetched, and in that call the partition may go."""

    async def play(source: KafkaSource) -> list[Taken]:
        client, real = source._client, source._client.consume
        loop = asyncio.get_running_loop()

        class Going:
            first: Any = None

            def __getattr__(self, name: str) -> Any:
                return getattr(client, name)

            def poll(self, timeout_s: float) -> Any:
                self.first = client.poll(timeout_s)
                return self.first

            def consume(self, count: int, timeout_s: float) -> list[Any]:
                if self.first.error():
                    return []  # the partition stays
                source._given_up(_nothing, loop, client.assignment())
                return [message for message in real(count, timeout_s) if message.error()]

        source._client = Going()  # type: ignore[assignment]
        found: list[Taken] = []
        for _ in range(PATIENCE):
            found += await source.poll([])
            if source._gone:
                break
        source._client = client
        return found

    assert played(cluster.source(), play) == []
