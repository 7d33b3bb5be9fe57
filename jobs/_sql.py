"""Small pieces of SQL that the tables of every job share."""

from __future__ import annotations

from collections.abc import Mapping

REQUEST_BYTES_MAX = 5 * 1024 * 1024
"""Above the largest record of any topic: a sink that cannot send a record would restart the job for ever."""


def quoted(text: str) -> str:
    """`text` as a SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def with_options(options: Mapping[str, str]) -> str:
    """WITH (…) of a table."""
    return "WITH (\n  " + ",\n  ".join(f"{quoted(name)} = {quoted(value)}" for name, value in options.items()) + "\n)"


def kafka_options(broker: str, topic: str, group: str) -> dict[str, str]:
    """Options of any table that reads `topic` (one name, or several with `;` between): committed records only."""
    return {
        "connector": "kafka",
        "topic": topic,
        "properties.bootstrap.servers": broker,
        "properties.group.id": group,
        "properties.isolation.level": "read_committed",
    }


def sink_options(broker: str) -> dict[str, str]:
    """Options of any table that writes to Kafka."""
    return {
        "connector": "kafka",
        "properties.bootstrap.servers": broker,
        "properties.max.request.size": str(REQUEST_BYTES_MAX),
        "properties.compression.type": "lz4",
    }


def exactly_once(prefix: str, transaction_timeout_ms: int) -> dict[str, str]:
    """Options of a sink whose records become visible with a checkpoint, each once.

    A transaction older than its time-out is aborted by the broker with what is in it, so it must outlive the longest
    outage. Pooled names need no probing for leftovers of earlier runs. A record may wait for others to share its
    request: nobody sees it before the checkpoint, and waking the producer's thread for each would cost as much.
    """
    return {
        "properties.linger.ms": "100",
        "sink.delivery-guarantee": "exactly-once",
        "sink.transactional-id-prefix": prefix,
        "sink.transaction-naming-strategy": "POOLING",
        "properties.transaction.timeout.ms": str(transaction_timeout_ms),
    }
