"""Reading records of any topic, decoded."""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from cjo.avro.codec import Reader
from cjo.avro.registry import Registry
from cjo.client.connect import broker_errors, consumer, partitions_by
from cjo.client.partition import partition_of
from cjo.errors import RecordError, StackError
from cjo.settings import Settings
from cjo.topics import CONTROL, MEMORY

POLL_MS = 500
SILENCE_S = 30.0
JSON_TOPICS = (CONTROL, MEMORY)
_WINDOWS = (4, 64, 1024)


@dataclass(frozen=True)
class Record:
    """One record of a topic. `value` is decoded, or None where `error` says why it could not be."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: str | None
    value: dict[str, Any] | None
    error: str | None = None


def read(
    topic: str,
    settings: Settings | None = None,
    *,
    from_beginning: bool = True,
    follow: bool = False,
    committed: bool = True,
    keys: Collection[str] | None = None,
    since_ms: int | None = None,
    until_ms: int | None = None,
    contract: Mapping[str, Any] | None = None,
) -> Iterator[Record]:
    """Records of `topic`, per partition in log order; `since_ms` and `until_ms` bound their timestamps (UTC epoch ms).

    Without `follow` it ends at what the log held at the start: with `committed` (only records of finished
    transactions, what every consumer of actions should read) at the last stable offset, so that a transaction left
    open does not make it wait. `keys` reads only the partitions of these record keys, and only their records. Times
    are epoch milliseconds, decimals Decimal. With `contract`, an Avro schema, records are read as jobs read them: as
    that version of it, and not by their writers' alone. Raises StackError or RegistryError when one of them does not
    answer.
    """
    settings = settings or Settings.load()
    with _opened(topic, settings, committed, keys, contract) as scan:
        if not from_beginning:
            scan.start(scan.ends)
        if since_ms is not None:
            scan.start(scan.offsets_at(since_ms))
        if until_ms is not None:
            scan.ends = scan.offsets_at(until_ms)
        yield from scan.records(follow)


def newest(
    topic: str, count: int, settings: Settings | None = None, *, follow: bool = False, committed: bool = True,
    keys: Collection[str] | None = None,
) -> Iterator[Record]:  # fmt: skip
    """The `count` newest records of `topic` by timestamp, oldest first; then, with `follow`, what comes after them."""
    settings = settings or Settings.load()
    with _opened(topic, settings, committed, keys) as scan:
        for window in (*(count * factor for factor in _WINDOWS), None):
            whole = scan.start_before_ends(window)
            found = deque(sorted(scan.records(False), key=lambda record: record.timestamp_ms), maxlen=count)
            if whole or len(found) == count:
                break
        yield from found
        if follow:
            scan.start(scan.ends)  # what came while the newest were sought has been read past
            yield from scan.records(True)


def last(topic: str, count: int, settings: Settings | None = None) -> Iterator[Record]:
    """The `count` last records of each partition of `topic`, per partition in log order."""
    with _opened(topic, settings or Settings.load(), committed=True, keys=None) as scan:
        scan.start_before_ends(count)
        yield from scan.records(False)


def holds_later(topic: str, times: Mapping[int, int], settings: Settings | None = None) -> bool:
    """True where a partition of `topic` holds a record with the timestamp that `times` has for it, or a later one."""
    with _opened(topic, settings or Settings.load(), committed=True, keys=None) as scan:
        return scan.holds_later(times)


def _opened(
    topic: str,
    settings: Settings,
    committed: bool,
    keys: Collection[str] | None,
    contract: Mapping[str, Any] | None = None,
) -> _Scan:
    client = consumer(settings.broker, committed)
    try:
        return _Scan(client, settings, topic, keys, contract)
    except BaseException:
        client.close()
        raise


class _Scan:
    """One pass over the partitions of a topic that may hold the wanted keys."""

    def __init__(
        self,
        client: KafkaConsumer,
        settings: Settings,
        topic: str,
        keys: Collection[str] | None,
        contract: Mapping[str, Any] | None,
    ) -> None:
        self._client = client
        self._broker = settings.broker
        self._keys = None if keys is None else {key.encode() for key in keys}
        self._decode = decoder(topic, settings.registry_url, contract)
        numbers = partitions_by(client, self._broker, topic)
        wanted = numbers if keys is None else sorted({partition_of(key, len(numbers)) for key in keys})
        self._places = [TopicPartition(topic, number) for number in wanted]
        with broker_errors(self._broker):
            client.assign(self._places)
            self.begins = client.beginning_offsets(self._places)
            self.ends = client.end_offsets(self._places)
        self.start(self.begins)

    def __enter__(self) -> _Scan:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def start(self, offsets: dict[TopicPartition, int]) -> None:
        """Go on from these offsets."""
        for place, offset in offsets.items():
            self._client.seek(place, offset)

    def offsets_at(self, time_ms: int) -> dict[TopicPartition, int]:
        """By partition, the first offset with this timestamp or a later one; the end where there is none."""
        with broker_errors(self._broker):
            found = self._client.offsets_for_times(dict.fromkeys(self._places, time_ms))
        return {place: min(found[place].offset, end) if found.get(place) else end for place, end in self.ends.items()}

    def holds_later(self, times: Mapping[int, int]) -> bool:
        """True where a partition has a record with its time of `times` as timestamp, or a later one."""
        asked = {place: times[place.partition] for place in self._places if place.partition in times}
        with broker_errors(self._broker):
            found = self._client.offsets_for_times(asked)
        return any(one is not None and one.offset < self.ends[place] for place, one in found.items())

    def start_before_ends(self, window: int | None) -> bool:
        """Go on that many offsets before the ends (None: from the beginning); whether that is everything."""
        starts = {
            place: begin if window is None else max(begin, self.ends[place] - window)
            for place, begin in self.begins.items()
        }
        self.start(starts)
        return starts == self.begins

    def records(self, follow: bool) -> Iterator[Record]:
        """Decoded records up to the ends, or with `follow` for ever."""
        heard = time.monotonic()
        reached: dict[TopicPartition, int] = {}
        while follow or self._unfinished():
            with broker_errors(self._broker):
                batches = self._client.poll(timeout_ms=POLL_MS)
            for place, batch in batches.items():
                for message in batch:
                    if (follow or message.offset < self.ends[place]) and self._is_wanted(message.key):
                        yield self._decode(message)
            positions = {place: self._client.position(place) for place in self._places}
            if positions != reached:
                heard, reached = time.monotonic(), positions
            elif not follow and time.monotonic() - heard > SILENCE_S:
                raise StackError(f"the broker at {self._broker} went silent", "see: cjo doctor")

    def _unfinished(self) -> bool:
        return any(self._client.position(place) < self.ends[place] for place in self._places)

    def _is_wanted(self, key: bytes | None) -> bool:
        return self._keys is None or key in self._keys


def decoder(topic: str, registry_url: str, contract: Mapping[str, Any] | None = None) -> Callable[[Any], Record]:
    """What makes a Record of a Kafka message of `topic`, read as `contract` where there is one."""
    avro = Reader(Registry(registry_url), contract)
    value_of = _json if topic in JSON_TOPICS else avro

    def decode(message: Any) -> Record:
        value, error = None, None
        try:
            value = value_of(message.value)
        except RecordError as problem:
            error = f"{problem.kind}: {problem.message}"
        key = None if message.key is None else message.key.decode(errors="backslashreplace")
        return Record(message.topic, message.partition, message.offset, message.timestamp, key, value, error)

    return decode


def _json(data: bytes | None) -> dict[str, Any]:
    try:
        return json.loads(data or b"")
    except ValueError as error:
        raise RecordError(f"no JSON: {error}", kind="undecodable") from None
