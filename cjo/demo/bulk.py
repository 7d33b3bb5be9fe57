"""A producer for one thing: very many records into one topic of a broker that stands alone, in order, fast.

kafka-python's producer makes a future for every record; this one makes none and costs a fifth of it. It speaks
Kafka's Produce request, version 3, over one connection, and waits for each answer: so there is nothing to retry, and
an error is an error. It is for loading the demo's and the benchmark's log, not for producing live.
"""

from __future__ import annotations

import socket
import struct

from kafka.record.default_records import DefaultRecordBatchBuilder

from cjo.errors import StackError

_BATCH_BYTES = 900_000
_PRODUCE, _VERSION = 0, 3
_CLIENT = b"cjo-bulk"
_ACKS_ALL = -1
_TIMEOUT_MS = 30_000


class BulkProducer:
    """Collects records in a batch a partition and sends all batches when one is full. Close it after use."""

    def __init__(self, broker: str, topic: str) -> None:
        host, _, port = broker.rpartition(":")
        self._topic = topic.encode()
        self._batches: dict[int, DefaultRecordBatchBuilder] = {}
        self._counts: dict[int, int] = {}
        self._requests = 0
        try:
            self._socket = socket.create_connection((host, int(port)), timeout=_TIMEOUT_MS / 1000)
        except OSError as error:
            raise StackError(f"the broker at {broker} does not answer: {error}", "`cjo up` starts it") from error

    def send(self, partition: int, timestamp_ms: int, key: bytes | None, value: bytes | None) -> None:
        """Add one record; everything collected goes out when a batch is full."""
        if not self._add(partition, timestamp_ms, key, value):
            self.flush()
            self._add(partition, timestamp_ms, key, value)  # a first record always has room

    def flush(self) -> None:
        """Send what is collected and wait until the broker has it. Raises StackError where it refuses."""
        if not self._batches:
            return
        batches = {partition: bytes(batch.build()) for partition, batch in self._batches.items()}
        self._batches.clear()
        self._counts.clear()
        self._requests += 1
        try:
            self._socket.sendall(_request(self._requests, self._topic, batches))
            (size,) = struct.unpack(">i", self._receive(4))
            answer = self._receive(size)
        except OSError as error:
            raise StackError(f"the broker went away while records were loaded: {error}") from error
        _check(answer, self._requests, len(batches))

    def close(self) -> None:
        """Leave the broker; what is not flushed is lost."""
        self._socket.close()

    def _add(self, partition: int, timestamp_ms: int, key: bytes | None, value: bytes | None) -> bool:
        batch = self._batches.get(partition)
        if batch is None:
            batch = self._batches[partition] = _new_batch()
        count = self._counts.get(partition, 0)
        self._counts[partition] = count + 1
        return batch.append(count, timestamp_ms, key, value, []) is not None

    def _receive(self, size: int) -> bytes:
        parts = []
        while size:
            part = self._socket.recv(size)
            if not part:
                raise ConnectionError("connection closed")
            parts.append(part)
            size -= len(part)
        return b"".join(parts)


def _new_batch() -> DefaultRecordBatchBuilder:
    return DefaultRecordBatchBuilder(
        magic=2,
        compression_type=0,
        is_transactional=False,
        producer_id=-1,
        producer_epoch=-1,
        base_sequence=-1,
        batch_size=_BATCH_BYTES,
    )


def _request(number: int, topic: bytes, batches: dict[int, bytes]) -> bytes:
    head = struct.pack(f">hhih{len(_CLIENT)}s", _PRODUCE, _VERSION, number, len(_CLIENT), _CLIENT)
    body = struct.pack(f">hhiih{len(topic)}si", -1, _ACKS_ALL, _TIMEOUT_MS, 1, len(topic), topic, len(batches))
    parts = [head, body]
    for partition, batch in batches.items():
        parts += [struct.pack(">ii", partition, len(batch)), batch]
    request = b"".join(parts)
    return struct.pack(">i", len(request)) + request


def _check(answer: bytes, number: int, partitions: int) -> None:
    """Raise StackError unless the broker took every partition's batch of request `number`."""
    correlation, _, name_length = struct.unpack_from(">iih", answer)
    at = 10 + name_length + 4
    for _ in range(partitions):
        partition, error = struct.unpack_from(">ih", answer, at)
        if error or correlation != number:
            raise StackError(f"the broker refused records for partition {partition} with Kafka error {error}")
        at += 22
