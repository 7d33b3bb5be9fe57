"""The action topics as a consumer group reads them: committed records only, in the order of each partition."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Collection
from typing import Any

from kafka import ConsumerRebalanceListener, KafkaConsumer, TopicPartition
from kafka.errors import CommitFailedError, RebalanceInProgressError
from kafka.structs import OffsetAndMetadata

from cjo.avro.codec import Reader, load_schema
from cjo.avro.registry import Registry
from cjo.client.connect import broker_errors, must_listen, partitions_of
from cjo.deliver.intake import Taken
from cjo.deliver.offsets import Place
from cjo.errors import RecordError
from cjo.settings import Settings

POLL_MS = 200
_RECORDS = 500
_MOVED = (CommitFailedError, RebalanceInProgressError)
_LOG = logging.getLogger(__name__)

GiveUp = Callable[[Collection[Place]], Awaitable[dict[Place, int]]]
"""Called when partitions go to another member: finish what is under way and say from where that one goes on."""


class KafkaSource:
    """Reads topics for a consumer group. All but the constructor is called from one event loop."""

    def __init__(self, settings: Settings, group: str, topics: Collection[str], start: str) -> None:
        must_listen(settings.broker)
        for topic in topics:
            partitions_of(settings.broker, topic)  # StackError where there is none
        self._broker = settings.broker
        self._read = Reader(Registry(settings.registry_url), load_schema("action"))
        self._topics = list(topics)
        self._paused = False
        self._mutex = threading.Lock()  # a call that was given up goes on in its thread: the client takes one at a time
        self._ends: dict[TopicPartition, int] | None = None
        with broker_errors(settings.broker):
            self._client = KafkaConsumer(
                bootstrap_servers=settings.broker,
                bootstrap_timeout_ms=10_000,
                group_id=group,
                isolation_level="read_committed",
                enable_auto_commit=False,
                allow_auto_create_topics=False,
                auto_offset_reset=start,
                max_poll_records=_RECORDS,
            )

    def begin(self, give_up: GiveUp) -> None:
        """Join the group."""
        listener = _Listener(self._client, give_up, asyncio.get_running_loop())
        self._client.subscribe(topics=self._topics, listener=listener)

    async def poll(self, pause: bool) -> list[Taken]:
        """Records that have come, waiting at most 200 ms; with `pause` none, but the place in the group is kept."""
        return await asyncio.to_thread(self._poll, pause)

    async def is_at_end(self) -> bool:
        """True where everything has been read that was there when this was asked first with partitions at hand."""
        return await asyncio.to_thread(self._is_at_end)

    async def commit(self, offsets: dict[Place, int]) -> bool:
        """Keep the place in the group; False where the partitions are another's by now."""
        return await asyncio.to_thread(self._commit, offsets)

    async def close(self) -> None:
        """Leave the group."""
        await asyncio.to_thread(self._close)

    def _commit(self, offsets: dict[Place, int]) -> bool:
        with self._mutex:
            return _commit(self._client, self._broker, offsets)

    def _close(self) -> None:
        with self._mutex, broker_errors(self._broker):
            self._client.close(autocommit=False)

    def _poll(self, pause: bool) -> list[Taken]:
        with self._mutex, broker_errors(self._broker):
            self._hold(pause)
            batches = self._client.poll(timeout_ms=POLL_MS)
        return [self._taken(message) for batch in batches.values() for message in batch]

    def _hold(self, pause: bool) -> None:
        assigned = self._client.assignment()
        if pause:
            self._client.pause(*assigned)
        elif self._paused:
            self._client.resume(*assigned)
        self._paused = pause

    def _taken(self, message: Any) -> Taken:
        place = (message.topic, message.partition)
        try:
            return Taken(place, message.offset, self._read(message.value))
        except RecordError as error:
            return Taken(place, message.offset, None, f"{error.kind}: {error.message}")

    def _is_at_end(self) -> bool:
        with self._mutex, broker_errors(self._broker):
            assigned = self._client.assignment()
            if not assigned:
                return False
            if self._ends is None:
                self._ends = self._client.end_offsets(list(assigned))
            ends = {place: end for place, end in self._ends.items() if place in assigned}
            return all(self._client.position(place) >= end for place, end in ends.items())


class _Listener(ConsumerRebalanceListener):
    """What happens when partitions come and go; called in the thread that polls."""

    def __init__(self, client: KafkaConsumer, give_up: GiveUp, loop: asyncio.AbstractEventLoop) -> None:
        self._client = client
        self._give_up = give_up
        self._loop = loop

    def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """Nothing: reading goes on from the committed offsets."""

    def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """Finish what is under way, then commit, so that the next member repeats as little as can be."""
        if not revoked:
            return
        places = {(place.topic, place.partition) for place in revoked}
        future = asyncio.run_coroutine_threadsafe(_awaited(self._give_up(places)), self._loop)
        offsets = {place: offset for place, offset in future.result().items() if place in places}
        _commit(self._client, "the group's broker", offsets)


async def _awaited(found: Awaitable[dict[Place, int]]) -> dict[Place, int]:
    return await found


def _commit(client: KafkaConsumer, broker: str, offsets: dict[Place, int]) -> bool:
    if not offsets:
        return True
    kept = {TopicPartition(*place): OffsetAndMetadata(offset, "", -1) for place, offset in offsets.items()}
    with broker_errors(broker):
        try:
            client.commit(kept)
        except _MOVED as error:
            _LOG.info("not committed, the group has moved on: %s", error)
            return False
    return True
