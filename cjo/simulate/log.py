"""A bounded log as rows for the engine: a file of touchpoints, or the records of the log in Kafka."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from cjo.avro.contracts import load_schema, needed_of
from cjo.avro.rows import FOREIGN, event_time_ms, row_of
from cjo.client.mapping import RowMapping
from cjo.client.reader import Record, read
from cjo.client.sources import STDIN, batches, rows_of
from cjo.compile.tracking import TrackingPlan
from cjo.errors import RecordError
from cjo.settings import Settings
from cjo.simulate.rows import recorded

Touchpoint = dict[str, Any]
Taken = tuple[str, Touchpoint | RecordError, int, int]
"""(place in the log, the touchpoint or what is wrong, its record's timestamp, its partition; 0 for all of a file)."""
_TOLD_MAX = 1_000


class Log:
    """Rows of a log, each (subject, row). What it covered is known once it has been read; bad rows go to stderr."""

    def __init__(self, name: str, taken: Iterable[Taken], columns: Iterable[str], kinds: Collection[str]) -> None:
        self._name, self._taken, self._columns, self._kinds = name, taken, frozenset(columns), kinds
        self.touchpoints = 0
        self.refused = 0
        self.first_ms: int | None = None
        self.last_ms: int | None = None
        self.newest_ms = 0
        """To what time the partition of the row given last had come before it (T6); 0 where that is the first."""

    def __iter__(self) -> Iterator[tuple[str, dict[str, Any]]]:
        newest: dict[int, int] = {}
        for place, touchpoint, record_ms, partition in self._taken:
            try:
                if isinstance(touchpoint, RecordError):
                    raise touchpoint
                moved_ms = min(event_time_ms(touchpoint, record_ms), record_ms)
                found = row_of(touchpoint, record_ms, self._columns, self._kinds)
            except RecordError as error:
                self._refuse(place, error)
                continue
            except FOREIGN as error:
                self._refuse(place, RecordError(f"it is no touchpoint: {type(error).__name__}: {error}"))
                continue
            self.first_ms = moved_ms if self.first_ms is None else min(self.first_ms, moved_ms)
            self.last_ms = moved_ms if self.last_ms is None else max(self.last_ms, moved_ms)
            self.newest_ms = newest.get(partition, 0)
            newest[partition] = max(self.newest_ms, moved_ms)
            if found is not None:
                self.touchpoints += 1
                yield found

    def _refuse(self, place: str, error: RecordError) -> None:
        self.refused += 1
        if self.refused <= _TOLD_MAX:
            print(f"{self._name}:{place}: {error.message}", file=sys.stderr)


def file_log(name: str, plan: dict[str, Any], tracking: TrackingPlan, mapping: RowMapping | None = None) -> Log:
    """The touchpoints of a file (JSON Lines, .csv, .parquet; `-`: stdin), in its order. Raises UsageError."""
    return Log(
        "stdin" if name == STDIN else name, _rows(name, tracking, mapping), plan["columns"], plan.get("subjects") or ()
    )


def kafka_log(settings: Settings, topic: str, plan: dict[str, Any], since_ms: int | None, until_ms: int | None) -> Log:
    """The log in Kafka, records with a timestamp from `since_ms` on and before `until_ms`."""
    contract = needed_of(load_schema("touchpoint"), plan["columns"])
    records = read(topic, settings, since_ms=since_ms, until_ms=until_ms, contract=contract)
    return Log(topic, _taken(records), plan["columns"], plan.get("subjects") or ())


def _rows(name: str, tracking: TrackingPlan, mapping: RowMapping | None) -> Iterator[Taken]:
    for batch in batches(name):
        for number, value in rows_of(batch):
            try:
                found = recorded(value, tracking, mapping)
            except RecordError as error:
                yield str(number), error, 0, 0
                continue
            if found is not None:
                yield str(number), *found, 0


def _taken(records: Iterable[Record]) -> Iterator[Taken]:
    for record in records:
        place = f"{record.partition}/{record.offset}"
        value = record.value or RecordError(record.error or "no value")
        yield place, value, record.timestamp_ms, record.partition
