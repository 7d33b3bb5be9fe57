"""Records as text: JSON for programs, a line for people."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from cjo.avro.contracts import TIMESTAMP, load_schema
from cjo.avro.rows import FOREIGN
from cjo.client.reader import Record
from cjo.client.story import kind_of, plain, sentence

_KEY_WIDTH = 16

_Times = dict[str, Any]
"""Fields that are times (True) or have such fields inside (their own _Times)."""


def iso(time_ms: int) -> str:
    """ISO 8601 in UTC with milliseconds, or the number itself where no calendar reaches."""
    try:
        moment = datetime.fromtimestamp(time_ms / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return str(time_ms)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{time_ms % 1000:03d}Z"


def as_json(record: Record) -> str:
    """One line of JSON: where the record is, and its value: times as ISO 8601, decimals and bytes (base64) as text."""
    place = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
    found: dict[str, Any] = {**place, "timestamp": iso(record.timestamp_ms), "key": record.key}
    found |= {"value": readable(record.value)} if record.error is None else {"error": record.error}
    return json.dumps(found, ensure_ascii=False)


def as_line(record: Record, width: int) -> str:
    """One line of at most `width` columns: time, partition/offset, key, then what it says."""
    place = f"{record.partition}/{record.offset}"
    head = f"{iso(record.timestamp_ms)}  {place:>9}  {plain(record.key or '-'):<{_KEY_WIDTH}}"
    said = plain(f"! {record.error}") if record.value is None else _said(record.topic, record.value)
    line = f"{head}  {said}"
    return line if len(line) <= width else f"{line[: width - 1]}…"


def _said(topic: str, value: dict[str, Any]) -> str:
    kind = kind_of(topic)
    if kind:
        with suppress(*FOREIGN):  # a record of another contract is shown as it is
            return sentence(kind, value)
    return plain(json.dumps(readable(value), ensure_ascii=False))


def readable(value: Any) -> Any:
    """A decoded value for JSON: times of the contracts as ISO 8601, decimals and bytes as text.

    What an author has named like one of those times, such as a variable `at`, stays as it is.
    """
    return _readable(value, _TIMES)


def _readable(value: Any, times: Any) -> Any:
    if times is True and isinstance(value, int) and not isinstance(value, bool):
        return iso(value)
    if isinstance(value, Mapping):
        inside = times if isinstance(times, Mapping) else {}
        return {name: _readable(inner, inside.get(name)) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_readable(inner, times) for inner in value]
    if isinstance(value, Decimal):
        return format(value, "f")
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def _times_of(schema: Any) -> _Times:
    """The times in a schema's records; maps have none, for their names are no contract's."""
    if isinstance(schema, list):
        return {name: found for branch in schema for name, found in _times_of(branch).items()}
    if not isinstance(schema, Mapping):
        return {}
    fields = {field["name"]: _is_time(field["type"]) or _times_of(field["type"]) for field in schema.get("fields", ())}
    return {name: found for name, found in fields.items() if found} | _times_of(schema.get("items"))


def _is_time(schema: Any) -> bool:
    branches = schema if isinstance(schema, list) else [schema]
    return any(isinstance(branch, Mapping) and branch.get("logicalType") == TIMESTAMP for branch in branches)


_CONTRACTS = ("touchpoint", "moment", "action", "decision", "dead_letter")
_TIMES: _Times = {name: found for one in _CONTRACTS for name, found in _times_of(load_schema(one)).items()}
