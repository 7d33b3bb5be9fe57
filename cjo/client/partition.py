"""Which partition a key goes to: Kafka's default, so that every client of every language agrees."""

from __future__ import annotations

import functools

from kafka.partitioner.default import murmur2


@functools.lru_cache(maxsize=200_000)
def partition_of(key: str, partitions: int) -> int:
    """The partition of `key` in a topic of that many: murmur2 of its UTF-8 bytes, made positive, modulo."""
    return (murmur2(key.encode()) & 0x7FFFFFFF) % partitions
