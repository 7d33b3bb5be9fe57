"""Small pieces of SQL that the tables of every job share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cjo.security.kafka import for_flink

REQUEST_BYTES_MAX = 5 * 1024 * 1024
"""Above the largest record of any topic: a sink that cannot send a record would restart the job for ever."""


def quoted(text: str) -> str:
    """`text` as a SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def with_options(options: Mapping[str, str]) -> str:
    """WITH (…) of a table."""
    return "WITH (\n  " + ",\n  ".join(f"{quoted(name)} = {quoted(value)}" for name, value in options.items()) + "\n)"


def client_options(submission: Mapping[str, Any]) -> dict[str, str]:
    """Options of any table of Kafka's: where the broker is and how to log in there, secrets by reference."""
    given = submission.get("kafka", {})
    clients = for_flink(given["options"], given["variables"]) if given else {}
    return {
        "connector": "kafka",
        **{f"properties.{name}": value for name, value in clients.items()},
        "properties.bootstrap.servers": submission["broker"],
    }


def kafka_options(submission: Mapping[str, Any], topic: str, group: str) -> dict[str, str]:
    """Options of any table that reads `topic` (one name, or several with `;` between): committed records only."""
    return client_options(submission) | {
        "topic": topic,
        "properties.group.id": group,
        "properties.isolation.level": "read_committed",
    }


def sink_options(submission: Mapping[str, Any]) -> dict[str, str]:
    """Options of any table that writes to Kafka."""
    return client_options(submission) | {
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
