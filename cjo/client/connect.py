"""Reaching the broker, with errors that say what to do."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from kafka import KafkaConsumer
from kafka.errors import KafkaError

from cjo.errors import StackError

CONNECT_S = 5.0
_HINT = "start the local stack with: cjo up; or name another broker in CJO_BROKER"


@contextmanager
def broker_errors(broker: str) -> Iterator[None]:
    """Turns every error of the Kafka client inside into a StackError that names the broker."""
    try:
        yield
    except KafkaError as error:
        raise StackError(f"the broker at {broker} does not answer as it should: {error}", _HINT) from error


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
    raise StackError(f"no broker answers at {broker}: {', '.join(reasons)}", _HINT)


def consumer(broker: str, committed: bool = True) -> KafkaConsumer:
    """A consumer without a group: the caller assigns partitions and closes it."""
    must_listen(broker)
    with broker_errors(broker):
        return KafkaConsumer(
            bootstrap_servers=broker,
            bootstrap_timeout_ms=10_000,
            isolation_level="read_committed" if committed else "read_uncommitted",
            enable_auto_commit=False,
            allow_auto_create_topics=False,
            auto_offset_reset="earliest",
            max_poll_records=5000,
        )


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


def quiet() -> None:
    """Keeps the Kafka client's log off stderr: commands say themselves what failed."""
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
