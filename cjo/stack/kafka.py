"""The one place that opens an admin connection to the broker."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from kafka import KafkaAdminClient

from cjo.client.connect import options_for


@contextmanager
def admin(broker: str, timeout_s: float = 20.0) -> Iterator[KafkaAdminClient]:
    """An admin client for `broker` (host:port), closed afterwards."""
    quiet()
    limit_ms = int(timeout_s * 1000)
    own = {"request_timeout_ms": limit_ms, "bootstrap_timeout_ms": limit_ms}
    client = KafkaAdminClient(**options_for(broker, KafkaAdminClient) | own)
    try:
        yield client
    finally:
        client.close()


def quiet() -> None:
    """Keeps the client from logging every refused connection of a broker that is not up: callers see the failure."""
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
