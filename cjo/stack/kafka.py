"""The one place that opens an admin connection to the broker."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from kafka import KafkaAdminClient


@contextmanager
def admin(broker: str, timeout_s: float = 20.0) -> Iterator[KafkaAdminClient]:
    """An admin client for `broker` (host:port), closed afterwards."""
    quiet()
    client = KafkaAdminClient(
        bootstrap_servers=broker, request_timeout_ms=int(timeout_s * 1000), bootstrap_timeout_ms=int(timeout_s * 1000)
    )
    try:
        yield client
    finally:
        client.close()


def quiet() -> None:
    """Keeps the client from logging every refused connection of a broker that is not up: callers see the failure."""
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
