"""Publishing touchpoints to the log."""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Protocol, Self

from kafka.errors import KafkaError, MessageSizeTooLargeError

from cjo.avro.codec import Writer, load_schema
from cjo.avro.prepare import prepared
from cjo.avro.registry import Registry
from cjo.avro.rows import AHEAD_MS_MAX, HEARTBEAT, event_time_ms, long_id, subject_of
from cjo.client.connect import broker_errors, partitions_of, producer
from cjo.client.partition import partition_of
from cjo.errors import RecordError, StackError
from cjo.settings import Settings
from cjo.topics import MIB, TOUCHPOINTS

CLOSE_S = 30.0


class Tracking(Protocol):
    """What the producer asks of a tracking plan; `cjo.compile.tracking.load(folder)` gives one."""

    def check(self, touchpoint: Mapping[str, Any]) -> list[str]:
        """What is wrong with the touchpoint, in sentences."""
        ...


class TouchpointProducer:
    """Validates touchpoints and publishes them, keyed by subject, in the order of the calls.

    Every touchpoint needs an `event_id` of its producer's making, the same whenever the same thing is sent again:
    then a repeated send, after a time-out or a crash, counts once (rule S5). An id made here would be new each time.

    With `tracking`, types, channels and attributes are checked against the tracking plan. Sending is asynchronous and
    idempotent, acknowledged by all replicas; a failed delivery raises StackError at the next `send`, `flush` or
    `close`. Use it as a context manager, or call `close`. Threads may share one producer.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        tracking: Tracking | None = None,
        topic: str = TOUCHPOINTS,
        linger_ms: int = 20,
    ) -> None:
        settings = settings or Settings.load()
        schema = load_schema("touchpoint")
        self._tracking = tracking
        self._topic = topic
        self._broker = settings.broker
        self._failure: Exception | None = None
        self._partitions = len(partitions_of(settings.broker, topic))
        self._encode = Writer(schema, Registry(settings.registry_url).register(f"{topic}-value", schema))
        with broker_errors(settings.broker):
            self._kafka = producer(
                settings.broker,
                enable_idempotence=True,
                compression_type="lz4",
                linger_ms=linger_ms,
                batch_size=256 * 1024,
                max_request_size=2 * MIB,
                allow_auto_create_topics=False,
            )

    def send(self, touchpoint: Mapping[str, Any], timestamp_ms: int | None = None) -> None:
        """Publish one touchpoint; see `cjo.avro.prepare.prepared` for the forms that its values may have.

        `timestamp_ms` is the record's timestamp, by default now; loaders of old touchpoints give the event time.
        Raises RecordError for one that does not fit (nothing is published), StackError for an earlier failed delivery.
        """
        self._raise_failure()
        self.publish(self.check(touchpoint, timestamp_ms), timestamp_ms)

    def check(self, touchpoint: Mapping[str, Any], timestamp_ms: int | None = None) -> dict[str, Any]:
        """The touchpoint in the contract's form. Raises RecordError with everything that is wrong with it."""
        return checked(touchpoint, self._tracking, now_ms() if timestamp_ms is None else timestamp_ms)

    def publish(self, touchpoint: Mapping[str, Any], timestamp_ms: int | None = None) -> None:
        """Publish what `check` gave, without checking again. StackError where the broker takes nothing any more."""
        subject = subject_of(touchpoint)
        try:
            future = self._kafka.send(
                self._topic,
                key=subject.encode(),
                value=self._encode(touchpoint),
                partition=partition_of(subject, self._partitions),
                timestamp_ms=timestamp_ms,
            )
        except MessageSizeTooLargeError:
            raise RecordError("the touchpoint is larger than 2 MiB") from None
        except KafkaError as error:
            raise self._not_taken(error) from error
        future.add_errback(self._failed)

    def flush(self) -> None:
        """Wait until everything sent so far is acknowledged."""
        with broker_errors(self._broker):
            self._kafka.flush()
        self._raise_failure()

    def close(self) -> None:
        """Flush and disconnect."""
        with broker_errors(self._broker):
            self._kafka.close(timeout=CLOSE_S)
        self._raise_failure()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.close()
        else:
            self._kafka.close(timeout=CLOSE_S)

    def _failed(self, error: Exception) -> None:
        self._failure = self._failure or error

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise self._not_taken(self._failure)

    def _not_taken(self, error: Exception) -> StackError:
        hint = "send again what was sent since the last flush; with the same event_id it counts once"
        said = str(error) or type(error).__name__
        return StackError(f"the broker at {self._broker} did not take a touchpoint: {said}", hint)


def checked(touchpoint: Mapping[str, Any], tracking: Tracking | None, record_timestamp_ms: int) -> dict[str, Any]:
    """The touchpoint in the contract's form. Raises RecordError with everything that is wrong with it.

    Refuses what the job would write to the dead letters: no subject, ids that are too long, an event time (rule T6)
    before 1970 or more than an hour after the record's timestamp.
    """
    ready = prepared(touchpoint)
    problems = list(tracking.check(ready)) if tracking else []
    try:
        subject_of(ready)
    except RecordError as error:
        problems.append(error.message)
    problems += filter(None, [long_id(ready)])
    problems += time_problems(ready, record_timestamp_ms)
    if ready["type"] == HEARTBEAT:
        problems.append("a heartbeat goes to every partition; use: cjo heartbeat")
    if problems:
        raise RecordError("; ".join(problems))
    return ready


def time_problems(ready: Mapping[str, Any], record_timestamp_ms: int) -> list[str]:
    """What is to be said of an event time before 1970 or too far after the record's; nothing of any other (T6)."""
    try:
        ahead_ms = event_time_ms(ready, record_timestamp_ms) - record_timestamp_ms
    except RecordError as error:
        return [error.message]
    return [f"its time is {ahead_ms // 1000} seconds in the future"] if ahead_ms > AHEAD_MS_MAX else []


def now_ms() -> int:
    """The wall clock, in epoch milliseconds."""
    return time.time_ns() // 1_000_000
