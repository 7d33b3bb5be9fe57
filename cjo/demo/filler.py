"""A producer that fills a log: very many records of given partition and time, in order, with back-pressure."""

from __future__ import annotations

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from cjo.errors import StackError
from cjo.security import options_of
from cjo.security.kafka import for_rdkafka
from cjo.topics import MIB

_DELIVERY_MS = 30_000
_QUEUE_RECORDS = 200_000
_CONFIG = {
    "enable.idempotence": True,  # in order, none twice, also where a request has to be repeated
    "delivery.timeout.ms": _DELIVERY_MS,
    "delivery.report.only.error": True,  # a call into Python for each record would cost as much as the record
    "linger.ms": 50,
    "batch.size": 1_000_000,
    "message.max.bytes": 2 * MIB,
    "compression.type": "lz4",
    "queue.buffering.max.messages": _QUEUE_RECORDS,
}


class Filler:
    """Writes to one topic. `flush` at the end, or what is still in the queue is lost."""

    def __init__(self, broker: str, topic: str) -> None:
        self._broker, self._topic = broker, topic
        self._refused: KafkaError | None = None
        self._said = ""
        reach = for_rdkafka(options_of(broker)) | {"bootstrap.servers": str(broker)}
        self._producer = Producer(
            _CONFIG | reach | {"on_delivery": self._report, "error_cb": self._trouble, "log_level": 2}
        )

    def send(self, partition: int, timestamp_ms: int, key: bytes | None, value: bytes | None) -> None:
        """Queue one record, and wait where the queue is full. Raises StackError once the broker has refused one."""
        while True:
            try:
                self._producer.produce(self._topic, value, key, partition, timestamp=timestamp_ms)
                break
            except BufferError:
                self._producer.poll(0.1)
                self._check()
            except KafkaException as error:
                self._refused = error.args[0]
                self._check()
        self._producer.poll(0)
        self._check()

    def flush(self) -> None:
        """Return when the broker has everything. Raises StackError where it has refused a record or is gone."""
        waiting = self._producer.flush(2 * _DELIVERY_MS / 1000)
        self._check()
        if waiting:
            raise StackError(f"the broker at {self._broker} has not taken {waiting} records for {self._topic}")

    def _report(self, error: KafkaError | None, message: Message) -> None:
        self._refused = self._refused or error

    def _trouble(self, error: KafkaError) -> None:
        """Why it does not come through; the client goes on trying."""
        if error.code() != KafkaError._ALL_BROKERS_DOWN:  # which follows from each other one
            self._said = f"; {error.str()}"

    def _check(self) -> None:
        if self._refused is not None:
            said = f"{self._refused.str()}{self._said}"
            raise StackError(
                f"the broker at {self._broker} did not take a record for {self._topic}: {said}",
                "see whether it runs: cjo doctor",
            )
