"""The action topics as a consumer group reads them: committed records only, in the order of each partition."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Collection
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from cjo.avro.codec import Reader, load_schema
from cjo.avro.registry import Registry
from cjo.client.connect import must_listen, partitions_of
from cjo.deliver.intake import Taken
from cjo.deliver.offsets import Place
from cjo.errors import RecordError, StackError
from cjo.security import options_of
from cjo.security.kafka import for_rdkafka
from cjo.settings import Settings

POLL_S = 0.2
SESSION_MS = 10_000
"""How long the broker waits for a member that was killed before it gives its partitions to another."""
_RECORDS = 500
#: The group has given these partitions to somebody else, or is about to.
_MOVED = (
    KafkaError.ILLEGAL_GENERATION,
    KafkaError.UNKNOWN_MEMBER_ID,
    KafkaError.REBALANCE_IN_PROGRESS,
    KafkaError.FENCED_INSTANCE_ID,
)
_LOG = logging.getLogger("cjo.deliver.kafka")
_LOG.addHandler(logging.NullHandler())

GiveUp = Callable[[Collection[Place]], Awaitable[dict[Place, int]]]
"""Called when partitions go to another member: finish what is under way and say from where that one goes on."""


class KafkaSource:
    """Reads topics for a consumer group; waits where the broker is away. Used from one event loop."""

    def __init__(self, settings: Settings, group: str, topics: Collection[str], start: str) -> None:
        must_listen(settings.broker)
        for topic in topics:
            partitions_of(settings.broker, topic)  # StackError where there is none
        self._broker = settings.broker
        self._read = Reader(Registry(settings.registry_url), load_schema("action"))
        self._topics = list(topics)
        self._paused = self._closing = False
        self._assigned: dict[Place, bool] = {}
        self._mutex = threading.Lock()  # a call that was given up goes on in its thread, and `close` must wait for it
        config = for_rdkafka(options_of(settings.broker)) | {
            "bootstrap.servers": str(settings.broker),
            "group.id": group,
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "enable.partition.eof": True,
            "allow.auto.create.topics": False,
            "auto.offset.reset": start,
            "session.timeout.ms": SESSION_MS,
            "error_cb": lambda error: _LOG.info("%s", error),
        }
        self._client = Consumer(config, logger=_LOG)

    def begin(self, give_up: GiveUp) -> None:
        """Join the group."""
        loop = asyncio.get_running_loop()

        def assigned(client: Consumer, partitions: list[TopicPartition]) -> None:
            self._assigned |= dict.fromkeys(_places(partitions), False)
            self._paused = False

        def revoked(client: Consumer, partitions: list[TopicPartition]) -> None:
            offsets = self._given_up(give_up, loop, partitions)
            self._commit_now(offsets)

        def lost(client: Consumer, partitions: list[TopicPartition]) -> None:
            self._given_up(give_up, loop, partitions)

        self._client.subscribe(self._topics, on_assign=assigned, on_revoke=revoked, on_lost=lost)

    async def poll(self, pause: bool) -> list[Taken]:
        """Records that have come, waiting at most 200 ms; with `pause` none, but the place in the group is kept."""
        return await asyncio.to_thread(self._poll, pause)

    async def is_at_end(self) -> bool:
        """True where each partition that this member has was once read to its end."""
        return bool(self._assigned) and all(self._assigned.values())

    async def commit(self, offsets: dict[Place, int]) -> bool:
        """Keep the place in the group; False where the partitions are another's by now."""
        return await asyncio.to_thread(self._commit, offsets)

    async def close(self) -> None:
        """Leave the group."""
        self._closing = True
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        with self._mutex:
            self._client.close()

    def _given_up(
        self, give_up: GiveUp, loop: asyncio.AbstractEventLoop, partitions: list[TopicPartition]
    ) -> dict[Place, int]:
        """Called in the thread that polls."""
        places = _places(partitions)
        for place in places:
            self._assigned.pop(place, None)
        if self._closing or not places:
            return {}
        return asyncio.run_coroutine_threadsafe(_awaited(give_up(places)), loop).result()

    def _poll(self, pause: bool) -> list[Taken]:
        with self._mutex:
            self._hold(pause)
            first = self._client.poll(POLL_S)
            if first is None:
                return []
            messages = [first, *self._client.consume(_RECORDS, 0)]
        return [self._taken(message) for message in messages if self._is_record(message)]

    def _hold(self, pause: bool) -> None:
        if pause != self._paused:
            partitions = self._client.assignment()
            (self._client.pause if pause else self._client.resume)(partitions)
            self._paused = pause

    def _is_record(self, message: Any) -> bool:
        """False for the note that a partition has been read to its end. Raises StackError."""
        error = message.error()
        if error is None:
            return True
        if error.code() == KafkaError._PARTITION_EOF:
            place = (message.topic(), message.partition())
            if place in self._assigned:
                self._assigned[place] = True
            return False
        raise StackError(f"the broker at {self._broker} does not answer as it should: {error}", "see: cjo doctor")

    def _taken(self, message: Any) -> Taken:
        place = (message.topic(), message.partition())
        try:
            return Taken(place, message.offset(), self._read(message.value()))
        except RecordError as error:
            return Taken(place, message.offset(), None, f"{error.kind}: {error.message}")

    def _commit(self, offsets: dict[Place, int]) -> bool:
        with self._mutex:
            return self._commit_now(offsets)

    def _commit_now(self, offsets: dict[Place, int]) -> bool:
        if not offsets:
            return True
        try:
            kept = [TopicPartition(*place, offset) for place, offset in offsets.items()]
            self._client.commit(offsets=kept, asynchronous=False)
        except KafkaException as error:
            if error.args[0].code() in _MOVED:
                return False
            said = f"the broker at {self._broker} keeps no place for the group: {error.args[0]}"
            raise StackError(said, "start again: what is done is in the journal") from error
        return True


async def _awaited(found: Awaitable[dict[Place, int]]) -> dict[Place, int]:
    return await found


def _places(partitions: list[TopicPartition]) -> set[Place]:
    return {(partition.topic, partition.partition) for partition in partitions}
