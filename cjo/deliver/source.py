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
from cjo.deliver.mark import NOTHING, Done, Mark
from cjo.deliver.offsets import Place
from cjo.deliver.scout import Scout, place_of
from cjo.errors import RecordError, StackError
from cjo.security import options_of
from cjo.security.kafka import for_rdkafka
from cjo.settings import Settings

POLL_S = 0.2
SESSION_MS = 10_000
"""How long the broker waits for a member that was killed before it gives its partitions to another."""
_RECORDS = 500
_ANSWER_S = 10.0
#: The group has given these partitions to somebody else, or is about to.
_MOVED = (
    KafkaError.ILLEGAL_GENERATION,
    KafkaError.UNKNOWN_MEMBER_ID,
    KafkaError.REBALANCE_IN_PROGRESS,
    KafkaError.FENCED_INSTANCE_ID,
)
_LOG = logging.getLogger("cjo.deliver.kafka")
_LOG.addHandler(logging.NullHandler())

GiveUp = Callable[[Collection[Place]], Awaitable[dict[Place, Mark]]]
"""Called when partitions go to another member: finish what is under way and say from where that one goes on."""


class KafkaSource:
    """Reads topics for a consumer group; waits where the broker is away. Used from one event loop.

    `missing` is told of records that the broker has dropped before the group had them, in another thread.
    """

    def __init__(
        self,
        settings: Settings,
        group: str,
        topics: Collection[str],
        start: str,
        missing: Callable[[str], None] = lambda said: None,
    ) -> None:
        must_listen(settings.broker)
        for topic in topics:
            partitions_of(settings.broker, topic)  # StackError where there is none
        self._broker = settings.broker
        self._read = Reader(Registry(settings.registry_url), load_schema("action"))
        self._topics = list(topics)
        self._start = start
        self._missing = missing
        self._closing = False
        self._assigned: dict[Place, bool] = {}
        self._foreseen: set[Place] = set()
        self._at: dict[Place, int] = {}
        self._ends: dict[Place, int] = {}
        self._done: dict[Place, Done] = {}
        self._paused: set[Place] = set()
        self._gone: set[Place] = set()
        self._mutex = threading.Lock()  # a call that was given up goes on in its thread, and `close` must wait for it
        config = for_rdkafka(options_of(settings.broker)) | {
            "bootstrap.servers": str(settings.broker),
            "group.id": group,
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "enable.partition.eof": True,
            "allow.auto.create.topics": False,
            "auto.offset.reset": "earliest",
            "session.timeout.ms": SESSION_MS,
            "error_cb": lambda error: _LOG.info("%s", error),
        }
        self._client = Consumer(config, logger=_LOG)
        self._scout = Scout(config, logger=_LOG)

    def begin(self, give_up: GiveUp) -> None:
        """Join the group."""
        loop = asyncio.get_running_loop()

        def assigned(client: Consumer, partitions: list[TopicPartition]) -> None:
            self._take_over(partitions)

        def revoked(client: Consumer, partitions: list[TopicPartition]) -> None:
            self._commit_now(self._given_up(give_up, loop, partitions))

        def lost(client: Consumer, partitions: list[TopicPartition]) -> None:
            self._given_up(give_up, loop, partitions)

        self._client.subscribe(self._topics, on_assign=assigned, on_revoke=revoked, on_lost=lost)

    async def poll(self, pause: Collection[str]) -> list[Taken]:
        """Records that come within 200 ms; of a topic to `pause` only what takes back others, ahead of its turn."""
        return await asyncio.to_thread(self._poll, pause)

    async def is_at_end(self) -> bool:
        """True where each partition that this member has was read to where it ended when the member got it."""
        return bool(self._assigned) and all(self._assigned.values())

    async def behind(self) -> set[str]:
        """Topics with a partition that is not read so far yet, not even ahead."""
        return {place[0] for place, is_read in self._assigned.items() if not is_read and place not in self._foreseen}

    async def commit(self, marks: dict[Place, Mark]) -> bool:
        """Keep the place in the group; False where the partitions are another's by now."""
        return await asyncio.to_thread(self._commit, marks)

    async def close(self) -> None:
        """Leave the group."""
        self._closing = True
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        with self._mutex:
            self._scout.close()
            self._client.close()

    def _take_over(self, partitions: list[TopicPartition]) -> None:
        """Called in the thread that polls. A partition that the group is new to gets its place at once, and keeps it.

        So does one whose log ends before the place that was kept: what is there now is not what the note tells of.
        Raises StackError.
        """
        fresh: dict[Place, Mark] = {}
        begins: list[TopicPartition] = []
        try:
            for kept in self._client.committed(partitions, timeout=_ANSWER_S) if partitions else ():
                if kept.error is not None:
                    raise self._failed(kept.error)
                place = (kept.topic, kept.partition)
                first, end = self._client.get_watermark_offsets(kept, timeout=_ANSWER_S, cached=False)
                if kept.offset < 0:
                    fresh[place] = Mark(first if self._start == "earliest" else end)
                elif kept.offset > end:
                    self._missing(f"{place[0]}/{place[1]}: offsets {end} to {kept.offset - 1}, before the kept place")
                    fresh[place] = Mark(first)
                elif kept.offset < first:
                    self._missing(f"{place[0]}/{place[1]}: offsets {kept.offset} to {first - 1}")
                mark = fresh.get(place) or Mark(kept.offset, kept.metadata or "")
                self._done[place], self._ends[place] = mark.done().before(end), end
                self._at[place], self._assigned[place] = mark.offset, mark.offset >= end
                begins.append(TopicPartition(*place, mark.offset))
            self._client.assign(begins)
        except KafkaException as error:
            raise self._failed(error.args[0]) from error
        self._commit_now(fresh)

    def _given_up(
        self, give_up: GiveUp, loop: asyncio.AbstractEventLoop, partitions: list[TopicPartition]
    ) -> dict[Place, Mark]:
        """Called in the thread that polls."""
        places = _places(partitions)
        self._gone |= places
        self._foreseen -= places
        self._scout.forget(places)
        if paused := self._paused & places:  # the client would keep the pause for when the partition comes back
            self._client.resume([TopicPartition(*place) for place in paused])
        self._paused -= places
        for place in places:
            self._assigned.pop(place, None)
        if self._closing or not places:
            return {}
        return asyncio.run_coroutine_threadsafe(_awaited(give_up(places)), loop).result()

    def _poll(self, pause: Collection[str]) -> list[Taken]:
        with self._mutex:
            self._hold(pause)
            seen = [message for message in self._scout.read() if place_of(message) in self._assigned]
            self._scout.watch({place: self._at[place] for place in self._paused})  # drops what it has fetched
            ahead = [self._taken(message)._replace(is_ahead=True) for message in seen if self._is_ahead(message)]
            first = self._client.poll(0 if seen else POLL_S)
            self._gone.clear()
            messages = self._client.consume(_RECORDS, 0) if first is not None else []
            if first is not None and place_of(first) not in self._gone:
                messages = [first, *messages]
        taken = [self._taken(message) for message in messages if self._is_record(message)]
        return [*(one for one in ahead if one.takes_back is not None), *taken]

    def _is_ahead(self, message: Any) -> bool:
        if self._is_end(message):
            self._foreseen.add(place_of(message))
        return message.error() is None

    def _hold(self, pause: Collection[str]) -> None:
        wanted = {place for place in self._assigned if place[0] in pause}
        for change, places in (
            (self._client.pause, wanted - self._paused),
            (self._client.resume, self._paused - wanted),
        ):
            if places:
                change([TopicPartition(*place) for place in places])
        self._paused = wanted

    def _is_record(self, message: Any) -> bool:
        """False for the note that a partition has been read to its end. Raises StackError."""
        place = place_of(message)
        if self._is_end(message) and place in self._assigned:
            self._assigned[place] = True
        if message.error() is None:
            self._at[place] = message.offset() + 1
        return message.error() is None

    def _is_end(self, message: Any) -> bool:
        """True where the partition was read to where it ended when this member got it. Raises StackError."""
        error = message.error()
        if error is not None and error.code() != KafkaError._PARTITION_EOF:
            raise self._failed(error)
        return error is not None or message.offset() + 1 >= self._ends[place_of(message)]

    def _taken(self, message: Any) -> Taken:
        place = place_of(message)
        is_done = message.offset() in self._done[place]
        try:
            return Taken(place, message.offset(), self._read(message.value()), None, is_done)
        except RecordError as error:
            return Taken(place, message.offset(), None, f"{error.kind}: {error.message}")

    def _failed(self, error: KafkaError) -> StackError:
        return StackError(f"the broker at {self._broker} does not answer as it should: {error}", "see: cjo doctor")

    def _commit(self, marks: dict[Place, Mark]) -> bool:
        with self._mutex:
            return self._commit_now(marks)

    def _commit_now(self, marks: dict[Place, Mark]) -> bool:
        if not marks:
            return True
        try:
            whole = {place: mark.with_done(self._done.get(place, NOTHING)) for place, mark in marks.items()}
            kept = [TopicPartition(*place, mark.offset, metadata=mark.note) for place, mark in whole.items()]
            self._client.commit(offsets=kept, asynchronous=False)
        except KafkaException as error:
            if error.args[0].code() == KafkaError.OFFSET_METADATA_TOO_LARGE and any(
                mark.note for mark in marks.values()
            ):
                return self._commit_now({place: Mark(mark.offset) for place, mark in marks.items()})
            if error.args[0].code() in _MOVED:
                return False
            said = f"the broker at {self._broker} keeps no place for the group: {error.args[0]}"
            raise StackError(said, "start again: what is done is in the journal") from error
        return True


async def _awaited(found: Awaitable[dict[Place, Mark]]) -> dict[Place, Mark]:
    return await found


def _places(partitions: list[TopicPartition]) -> set[Place]:
    return {(partition.topic, partition.partition) for partition in partitions}
