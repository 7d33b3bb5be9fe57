"""Reaching the broker, with errors that say what to do."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kafka import KafkaConsumer, KafkaProducer
from kafka.errors import KafkaError

from cjo.errors import StackError
from cjo.security import options_of
from cjo.security.kafka import for_kafka_python

CONNECT_S = 5.0
BOOTSTRAP_MS = 10_000
_HINT = "start the local stack with: cjo up; or name another broker in CJO_BROKER"


class _LastWords(logging.Handler):
    """Why a connection failed: the client logs it, tries again, and at last only tells that time is over.

    The first reason is kept, and a refused login above all: further tries are told of a closed socket.
    """

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said = ""
        logger = logging.getLogger("kafka.net.manager")
        logger.setLevel(logging.WARNING)
        logger.addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        said = record.getMessage()
        if "failed" in said and (not self.said or "Authentication" in said):
            self.said = said


_last = _LastWords()


@contextmanager
def broker_errors(broker: str) -> Iterator[None]:
    """Turns every error of the Kafka client inside into a StackError that names the broker."""
    _last.said = ""
    try:
        yield
    except KafkaError as error:
        said = "; ".join(filter(None, (str(error) or type(error).__name__, _last.said)))
        raise StackError(f"the broker at {broker} does not answer as it should: {said}", hint_for(broker)) from error


def hint_for(broker: str) -> str:
    """What to do where a broker cannot be used."""
    source = options_of(broker).source
    return f"check the address, and how to log in, in {source}" if source else _HINT


def options_for(broker: str, client: type[Any]) -> dict[str, Any]:
    """How a client of this class of kafka-python reaches `broker` (host:port, several with commas): its address, and
    what its options say, secrets resolved. UsageError for an option that it can't follow."""
    known: dict[str, Any] = client.DEFAULT_CONFIG
    reach = {"bootstrap_servers": str(broker), "bootstrap_timeout_ms": BOOTSTRAP_MS}
    return reach | for_kafka_python(options_of(broker), known)


def producer(broker: str, **own: Any) -> KafkaProducer:
    """A producer with these settings of its own, acknowledged by all replicas; the caller closes it."""
    return KafkaProducer(**options_for(broker, KafkaProducer) | {"acks": "all"} | own)


def must_listen(broker: str) -> None:
    """Raises StackError if nothing listens at any address of `broker` (host:port, several with commas).

    The Kafka client itself would wait for its whole time-out, and leave its sockets open.
    """
    reasons = []
    for address in broker.split(","):
        host, _, port = address.strip().rpartition(":")
        try:
            socket.create_connection((host.strip("[]"), int(port)), CONNECT_S).close()
            return
        except (OSError, ValueError) as error:
            reasons.append(str(error))
    raise StackError(f"no broker answers at {broker}: {', '.join(reasons)}", hint_for(broker))


def consumer(broker: str, committed: bool = True) -> KafkaConsumer:
    """A consumer without a group: the caller assigns partitions and closes it."""
    must_listen(broker)
    with broker_errors(broker):
        own = {
            "isolation_level": "read_committed" if committed else "read_uncommitted",
            "enable_auto_commit": False,
            "allow_auto_create_topics": False,
            "auto_offset_reset": "earliest",
            "max_poll_records": 5000,
        }
        return KafkaConsumer(**options_for(broker, KafkaConsumer) | own)


def partitions_of(broker: str, topic: str) -> list[int]:
    """Partition numbers of `topic`. StackError where there is no such topic."""
    client = consumer(broker)
    try:
        return partitions_by(client, broker, topic)
    finally:
        client.close()


def partitions_by(client: KafkaConsumer, broker: str, topic: str) -> list[int]:
    """Partition numbers of `topic`, asked over `client`. StackError where there is no such topic."""
    with broker_errors(broker):
        found = client.partitions_for_topic(topic)
        if not found:
            known = ", ".join(sorted(name for name in client.topics() if not name.startswith("_"))) or "none"
            raise StackError(f"there is no topic {topic!r}; there are: {known}", "make the topics with: cjo topics")
    return sorted(found)


def has_topic(broker: str, topic: str) -> bool:
    """True where the broker has it."""
    with broker_errors(broker):
        client = consumer(broker)
        try:
            return bool(client.partitions_for_topic(topic))
        finally:
            client.close()


def quiet() -> None:
    """Keeps the Kafka client's log off stderr: commands say themselves what failed."""
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
