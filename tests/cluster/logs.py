"""The log of a small synthetic world as bytes, in order of arrival, with heartbeats in log time; written in pieces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from cjo.avro.codec import Reader, Writer, load_schema
from cjo.avro.registry import Registry
from cjo.client.partition import partition_of
from cjo.demo.filler import Filler
from cjo.demo.shape import DAY_MS, MINUTE_MS, Shape
from cjo.demo.world import World
from cjo.settings import Settings
from cjo.stack.heartbeat import heartbeat
from cjo.topics import TOUCHPOINTS

BEGIN_MS = 1_763_295_200_000
"""When journeys are live: the start of the world's week, 2025-11-16T12:13:20Z."""
DAYS = 7
HEARTBEAT_EVERY_MS = 10 * MINUTE_MS


class Line(NamedTuple):
    """One record of the log; `touchpoint` is its decoded value, None for a heartbeat."""

    arrival_ms: int
    partition: int
    timestamp_ms: int
    key: bytes | None
    value: bytes
    touchpoint: dict[str, Any] | None


class Log:
    """A log for one broker and registry: ties, disorder within the bound, repeats, conflicts, wrong clocks."""

    def __init__(self, settings: Settings, partitions: int, seed: int, customers: int = 1_500, size: int = 20_000):
        registry = Registry(settings.registry_url)
        schema = load_schema("touchpoint")
        self._filler = Filler(settings.broker, TOUCHPOINTS)
        self._written = 0
        self._partitions = partitions
        self._write = Writer(schema, registry.register(f"{TOUCHPOINTS}-value", schema))
        self._read = Reader(registry)
        end_ms = BEGIN_MS + DAYS * DAY_MS
        shape = Shape(
            end_ms=end_ms, seed=seed, customers=customers, touchpoints=size, bad_share=0.0, duplicate_share=0.03
        )
        self.lines = self._lines(World(shape)) + self.heartbeats(end_ms + MINUTE_MS)

    @property
    def end_ms(self) -> int:
        """The time of the last heartbeat."""
        return self.lines[-1].timestamp_ms

    def heartbeats(self, at_ms: int) -> list[Line]:
        """One heartbeat for each partition."""
        return [
            Line(at_ms, partition, at_ms, None, self._write(heartbeat(partition, at_ms)), None)
            for partition in range(self._partitions)
        ]

    def halves(self) -> tuple[list[Line], list[Line]]:
        """The log in two parts."""
        first, second = self.parts(0.5)
        return first, second

    def parts(self, *shares: float) -> list[list[Line]]:
        """The log cut where so much of it is over; heartbeats close each part, so that time stands alike everywhere."""
        ends = [int(len(self.lines) * share) for share in (0, *shares, 1)]
        found = [self.lines[begin:end] for begin, end in pairwise(ends)]
        return [[*one, *self.heartbeats(after[0].arrival_ms)] for one, after in pairwise(found)] + found[-1:]

    def write(self, lines: Sequence[Line]) -> None:
        """Appends to the log; returns when the broker has it."""
        for line in lines:
            self._filler.send(line.partition, line.timestamp_ms, line.key, line.value)
        self._filler.flush()

    def slowly(self, end: float, pieces: int, begin: float = 0.0) -> Iterator[list[Line]]:
        """What comes before `begin` (a share of the log) at once, then up to `end` in pieces, then nothing for ever.

        Part of the log is kept for the end: a job that starts again learns the time from what it reads then. `rest` is
        what is left.
        """
        start, stop = int(len(self.lines) * begin), int(len(self.lines) * end)
        size = max(1, (stop - start) // pieces)
        for until in range(start, stop, size):
            before, self._written = self._written, until
            if before < until:
                yield self.lines[before:until]
        while True:
            yield []

    @property
    def rest(self) -> list[Line]:
        """What `slowly` has not given out yet."""
        return self.lines[self._written :]

    def _lines(self, world: World) -> list[Line]:
        lines: list[Line] = []
        next_ms = 0
        for record in world.records():
            if record.arrival_ms >= next_ms:
                next_ms = record.arrival_ms + HEARTBEAT_EVERY_MS
                lines += self.heartbeats(record.arrival_ms)
            value = self._write(record.touchpoint)
            partition = partition_of(record.subject, self._partitions)
            key = record.subject.encode()
            lines.append(Line(record.arrival_ms, partition, record.timestamp_ms, key, value, self._read(value)))
        return lines
