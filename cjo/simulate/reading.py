"""The first half of a simulation, the codec: batches of a log become rows for the engine, parted by subject.

Every process has one `Codec`. It checks what `cjo send` would check, keeps what a plan asks for, and tells every row
that can't be used with its number and the reason.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

import orjson

from cjo.avro.rows import FOREIGN, event_time_ms, row_of
from cjo.client.mapping import RowMapping
from cjo.client.reader import Record
from cjo.client.sources import Batch, rows_of
from cjo.compile.tracking import TrackingPlan
from cjo.engine.plan import CompiledPlan
from cjo.errors import RecordError
from cjo.simulate.control import whole_of
from cjo.simulate.rows import recorded

Plan = dict[str, Any]
SHARDS = 64
"""Parts of a log by customer; each is decided by one process, from first to last. As many more are by other subject:
what those write to customers must be known before."""
FILE = "file"
"""The one source of a file; those of the log are its partitions."""


@dataclass
class Wanted:
    """What a simulation takes from a log. Picklable: every process gets one."""

    plans: list[Plan]
    tracking: TrackingPlan
    mapping: RowMapping | None = None
    customer: str | None = None
    control: list[dict[str, Any]] = field(default_factory=list)

    @property
    def wholes(self) -> list[Plan]:
        """The plans, each with all that comes to hold in the log's time."""
        return [whole_of(plan, self.control) for plan in self.plans]

    @property
    def columns(self) -> frozenset[str]:
        """What is asked of touchpoints."""
        return frozenset(column for plan in self.wholes for column in plan["columns"])


@dataclass
class Part:
    """What came of a batch: `lines` by shard (`[at, subject, row]` as JSON, one a line), and what is told of it.

    `others` are lines about accounts and the like, `[at, subject, row, source, newest]`: from which part of the log a
    row is (a partition; of a file there is one), and to what time the batch had come from there before it.
    `newest` has that at the end of the batch, by source.
    """

    lines: dict[int, list[bytes]] = field(default_factory=dict)
    others: dict[int, list[bytes]] = field(default_factory=dict)
    newest: dict[str, int] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    problems: list[tuple[str, str]] = field(default_factory=list)
    touchpoints: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    first_ms: int | None = None
    last_ms: int | None = None
    cpu_s: float = 0.0

    def add(self, row: dict[str, Any], subject: str) -> None:
        """One more line about a customer."""
        self.lines.setdefault(shard_of(subject), []).append(orjson.dumps((row["at"], subject, row)))

    def add_other(self, row: dict[str, Any], key: str, source: str) -> None:
        """One more line about an account or the like."""
        line = orjson.dumps((row["at"], key, row, source, self.newest.get(source, 0)))
        self.others.setdefault(shard_of(key), []).append(line)

    def saw(self, at_ms: int, timestamp_ms: int, source: str) -> None:
        """Widen the time that the log covers. A clock that is ahead moves it no further than its record (T6)."""
        moved_ms = min(at_ms, timestamp_ms)
        self.newest[source] = max(moved_ms, self.newest.get(source, 0))
        self.first_ms = moved_ms if self.first_ms is None else min(self.first_ms, moved_ms)
        self.last_ms = moved_ms if self.last_ms is None else max(self.last_ms, moved_ms)


class Codec:
    """Makes parts of batches."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        plans = wanted.wholes
        self._plans = [CompiledPlan(plan) for plan in (*wanted.plans, *(plans if wanted.control else ()))]
        self._columns = wanted.columns
        self._kinds = frozenset(kind for plan in plans for kind in plan.get("subjects") or {})

    def read(self, batch: Batch) -> Part:
        """Every row of a batch: taken, passed over, or a problem."""
        before = time.process_time()
        part = Part()
        if isinstance(batch.data, list) and batch.data and isinstance(batch.data[0], Record):
            for record in batch.data:
                self._take_record(part, record)
        else:
            for row in rows_of(batch):
                self._take(part, str(row.number), row.value)
        part.cpu_s = time.process_time() - before
        return part

    def _take(self, part: Part, place: str, value: dict[str, Any] | RecordError) -> None:
        part.counts["rows"] += 1
        try:
            found = recorded(value, self._wanted.tracking, self._wanted.mapping)
            if found is None:
                part.counts["left_out"] += 1
            else:
                self._keep(part, *found, FILE)
        except RecordError as error:
            part.problems.append((place, error.message))

    def _take_record(self, part: Part, record: Record) -> None:
        """A record of the log: as the job takes it, with its dead letters."""
        part.counts["rows"] += 1
        place = f"{record.partition}/{record.offset}"
        if record.value is None:
            part.problems.append((place, record.error or "no value"))
            return
        try:
            self._keep(part, record.value, record.timestamp_ms, str(record.partition))
        except RecordError as error:
            part.problems.append((place, f"{error.kind}: {error.message}"))
        except FOREIGN as error:
            part.problems.append((place, f"undecodable: it is no touchpoint: {type(error).__name__}: {error}"))

    def _keep(self, part: Part, touchpoint: dict[str, Any], timestamp_ms: int, source: str) -> None:
        taken = row_of(touchpoint, timestamp_ms, self._columns, self._kinds)
        if taken is None:
            part.counts["heartbeats"] += 1
            part.saw(event_time_ms(touchpoint, timestamp_ms), timestamp_ms, source)
            return
        subject, row = taken
        part.counts["touchpoints"] += 1
        is_asked_for = self._wanted.customer in (None, subject)
        if self._wanted.customer is not None and is_asked_for:
            part.touchpoints.append((timestamp_ms, touchpoint))
        others = {key for plan in self._plans for key in plan.others_of(row)} if self._kinds else ()
        is_relevant = is_asked_for and any(plan.wanted.match(row) is not None for plan in self._plans)
        if is_relevant:
            part.add(row, subject)
        for key in others:
            part.add_other(row, key, source)
        part.saw(row["at"], timestamp_ms, source)
        part.counts["relevant"] += is_relevant or bool(others)


def shard_of(subject: str) -> int:
    """The part of the log that a subject is in."""
    return crc32(subject.encode()) % SHARDS
