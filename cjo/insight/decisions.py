"""Decisions from a file or from the topic, each once, with every field of their contract."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from cjo.avro.contracts import load_schema
from cjo.client.files import json_rows
from cjo.client.reader import read
from cjo.errors import RecordError, UsageError
from cjo.settings import Settings
from cjo.spec.problems import did_you_mean
from cjo.topics import DECISIONS
from cjo.values import to_timestamp

Decision = dict[str, Any]

_FIELDS: list[Mapping[str, Any]] = load_schema("decision")["fields"]
_NEEDED = tuple(field["name"] for field in _FIELDS if "default" not in field)
_DEFAULTS = {field["name"]: field["default"] for field in _FIELDS if "default" in field}
_AT_STEPS = ("send", "emit", "hold", "move")
"""Kinds of decision that are made at a step."""


class Unread:
    """Counts the records that could not be decoded: they are in no figure, so they must be told of."""

    def __init__(self) -> None:
        self.times = 0
        self.first = ""

    def add(self, place: str, error: str) -> None:
        """One more, at that place of its topic."""
        self.first = self.first or f"{place}: {error}"
        self.times += 1

    def said(self) -> str | None:
        """One sentence, None where there was none."""
        if not self.times:
            return None
        many = "1 record" if self.times == 1 else f"{self.times:,} records"
        return f"{many} of decisions could not be decoded and count in no figure; the first is {self.first}"


def from_lines(lines: Iterable[bytes], name: str, unread: Unread) -> Iterator[Decision]:
    """The decisions of a JSON Lines file, in its order, times in epoch milliseconds.

    A line is a Decision record, or one of `cjo tail decisions --json` (the record in `value`) or `cjo why --json` (in
    `record`); records of other kinds are passed over. Raises UsageError with the line that is neither.
    """
    for number, value in json_rows(lines):
        if isinstance(value, RecordError):
            raise UsageError(f"{name}, line {number}: {value.message}", "a line is one JSON object, a Decision record")
        if value.get("topic") == DECISIONS and "error" in value:
            unread.add(f"{value.get('partition')}/{value.get('offset')}", str(value["error"]))
        elif (record := _record(value)) is not None:
            yield _ready(record, f"{name}, line {number}")


def from_topic(settings: Settings, unread: Unread | None = None) -> Iterator[Decision]:
    """The committed decisions that the topic holds now; one customer's are in log order."""
    for record in read(DECISIONS, settings, contract=load_schema("decision")):
        if record.value is not None:
            yield record.value
        elif unread is not None:
            unread.add(f"{record.partition}/{record.offset}", str(record.error))


def of_journey(decisions: Iterable[Decision], journey: str, mode: str, source: str) -> Iterator[Decision]:
    """Those of one journey whose runs entered in that mode (live, shadow, test), and of entries refused in it.

    A live run goes on while its workspace is in another mode: those decisions are its own too, with the mode of then. A
    repeat of a decision_id is dropped. Raises UsageError at the end where there were none, with what there is.
    """
    seen: set[str] = set()
    found: set[str] = set()
    others: set[str] = set()
    modes: dict[str, str] = {}
    for decision in decisions:
        if decision["journey"] != journey:
            others.add(decision["journey"])
        elif decision["decision_id"] not in seen:
            seen.add(decision["decision_id"])
            run, own = decision["run_id"], decision["mode"]
            entered = own if run is None else modes.setdefault(run, own)
            found.add(entered)
            if entered == mode:
                yield decision
    if mode not in found:
        there = " or ".join(f"--mode {other}" for other in sorted(found))
        hint = f"there are others of it: say {there}" if found else did_you_mean(journey, others, _OTHERS)
        raise UsageError(f"no {mode} decision of journey '{journey}' in {source}", hint)


_OTHERS = "journeys with decisions there:"


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
    """The record with what its contract says of fields that are left out. UsageError where it is no decision."""
    given = {name: value for name, value in record.items() if value is not None}
    needed = (*_NEEDED, "step") if given.get("kind") in _AT_STEPS else _NEEDED
    if missing := [name for name in needed if name not in given]:
        hint = "write one with: cjo tail decisions --from-beginning --json > FILE"
        raise UsageError(f"{where}: a decision without {', '.join(missing)}", hint)
    ready = {**_DEFAULTS, **given}
    for field in _FIELDS:
        name, value = field["name"], ready[field["name"]]
        if name != "decided_at" and not _fits(field["type"], value):
            raise UsageError(f"{where}: {name} is {value!r}", "docs/reference/wire.md has the contract of a decision")
    decided_at = to_timestamp(record["decided_at"])
    if decided_at is None:
        hint = "write ISO 8601 with a zone, or epoch milliseconds"
        raise UsageError(f"{where}: decided_at is {record['decided_at']!r}", hint)
    return {**ready, "decided_at": decided_at}


def _fits(kind: Any, value: Any) -> bool:
    """True for a value of an Avro type of the contract: text, a whole number, a map of texts, or none of these."""
    if isinstance(kind, list):
        return any(_fits(one, value) for one in kind)
    if isinstance(kind, Mapping):
        return isinstance(value, Mapping) and all(isinstance(one, str) for one in value.values())
    return value is None if kind == "null" else type(value) is {"string": str, "int": int}[kind]
