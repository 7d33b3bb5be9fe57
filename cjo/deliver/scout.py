"""Reading ahead of the group's place, for what takes back a request that has not even been read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from confluent_kafka import Consumer, TopicPartition

from cjo.deliver.offsets import Place

_RECORDS = 500
_QUEUE_KB = 8192


class Scout:
    """A client outside of the group: it keeps no place and goes on from where it was. `config` is the group's reader's.

    To be used from one thread at a time, as librdkafka's callbacks are.
    """

    def __init__(self, config: Mapping[str, Any], **more: Any) -> None:
        self._client = Consumer(dict(config) | {"queued.max.messages.kbytes": _QUEUE_KB}, **more)
        self._at: dict[Place, int] = {}
        self._watched: set[Place] = set()

    def watch(self, at: Mapping[Place, int]) -> None:
        """Read these partitions from now on, from there or from where it has come to, and no others."""
        if self._watched == set(at):
            return
        self._watched = set(at)
        for place, offset in at.items():
            self._at[place] = max(offset, self._at.get(place, offset))
        self._client.assign([TopicPartition(*place, self._at[place]) for place in at])

    def read(self) -> list[Any]:
        """Messages that have come."""
        messages: list[Any] = self._client.consume(_RECORDS, 0) if self._watched else []
        for message in messages:
            if message.error() is None:
                self._at[place_of(message)] = message.offset() + 1
        return messages

    def forget(self, places: Iterable[Place]) -> None:
        """These are another's now."""
        for place in places:
            self._watched.discard(place)  # so that it begins anew where it comes back
            self._at.pop(place, None)

    def close(self) -> None:
        """Close the client."""
        self._client.close()


def place_of(message: Any) -> Place:
    """Where a message was read."""
    return message.topic(), message.partition()
