"""Decisions from a file or from the topic, each once."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from cjo.client.files import json_rows
from cjo.client.reader import read
from cjo.errors import RecordError, UsageError
from cjo.settings import Settings
from cjo.spec.problems import did_you_mean
from cjo.topics import DECISIONS
from cjo.values import to_timestamp

Decision = dict[str, Any]

_NEEDED = ("decision_id", "customer_id", "journey", "kind", "outcome", "reason", "decided_at")


def from_lines(lines: Iterable[bytes], name: str) -> Iterator[Decision]:
    """The decisions of a JSON Lines file, in its order, times in epoch milliseconds.

    A line is a Decision record, or one of `cjo tail decisions --json` (the record in `value`) or `cjo why --json` (in
    `record`); records of other kinds are passed over. Raises UsageError with the line that is neither.
    """
    for number, value in json_rows(lines):
        if isinstance(value, RecordError):
            raise UsageError(f"{name}, line {number}: {value.message}", "a line is one JSON object, a Decision record")
        record = _record(value)
        if record is None:
            continue
        if missing := [field for field in _NEEDED if record.get(field) is None]:
            hint = "write one with: cjo tail decisions --from-beginning --json > FILE"
            raise UsageError(f"{name}, line {number}: a decision without {', '.join(missing)}", hint)
        yield _ready(record, f"{name}, line {number}")


def from_topic(settings: Settings) -> Iterator[Decision]:
    """The committed decisions that the topic holds now; one customer's are in log order."""
    for record in read(DECISIONS, settings):
        if record.value is not None:
            yield record.value


def of_journey(decisions: Iterable[Decision], journey: str, mode: str, source: str) -> Iterator[Decision]:
    """Those of one journey and mode (live, shadow, test); a repeat of a decision_id is dropped.

    Raises UsageError at the end where there were none, with the names that there are.
    """
    seen: set[str] = set()
    others: set[str] = set()
    for decision in decisions:
        if decision["journey"] != journey or (decision.get("mode") or "live") != mode:
            others.add(decision["journey"])
        elif decision["decision_id"] not in seen:
            seen.add(decision["decision_id"])
            yield decision
    if not seen:
        hint = did_you_mean(journey, others, "journeys with decisions there:")
        raise UsageError(f"no {mode} decision of journey '{journey}' in {source}", hint)


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Iterable[bytes]]:
    """The lines of a file. Raises UsageError where it can't be read."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror}", "name a JSON Lines file") from None
    with file:
        yield file


def _record(value: Mapping[str, Any]) -> Decision | None:
    for wrapper in ("value", "record"):
        inner = value.get(wrapper)
        if isinstance(inner, Mapping):
            return dict(inner) if "decision_id" in inner else None
    return dict(value) if "decision_id" in value or {"journey", "outcome"} <= value.keys() else None


def _ready(record: Decision, where: str) -> Decision:
    decided_at = to_timestamp(record["decided_at"])
    if decided_at is None:
        hint = "write ISO 8601 with a zone, or epoch milliseconds"
        raise UsageError(f"{where}: decided_at is {record['decided_at']!r}", hint)
    return {**record, "decided_at": decided_at, "inputs": record.get("inputs") or {}}
