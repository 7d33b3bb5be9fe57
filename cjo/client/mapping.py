"""A mapping, ready to use: rows of an export become touchpoints in the form that people write them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from cjo.errors import RecordError
from cjo.spec.documents import read_document
from cjo.spec.mapping import MappingDocument, Source, TimeSource
from cjo.spec.nodes import read_documents
from cjo.spec.problems import Place, Problems
from cjo.values import to_decimal, to_timestamp

Row = Mapping[str, Any]
_ID_PREFIX = "row-"
_ID_DIGITS = 24
_SHOWN = 60


class _Skip(Exception):  # noqa: N818 - no error: the mapping leaves this row out
    """The row is none that the author wants."""


class RowMapping:
    """Turns rows into touchpoints. Small and picklable: processes can share it."""

    def __init__(self, model: MappingDocument) -> None:
        self._model = model

    def touchpoint(self, row: Row) -> dict[str, Any] | None:
        """The touchpoint that a row is, None where the mapping leaves the row out.

        Texts, numbers and times may come in any of the types that JSON, CSV and Parquet have. Raises RecordError that
        names the first column that does not fit.
        """
        try:
            return self._touchpoint(row)
        except _Skip:
            return None

    def _touchpoint(self, row: Row) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, source in self._model.fields:
            if source is not None and (value := _read(name, source, row)) is not None:
                found[name] = value
        attributes = {
            name: value
            for name, source in self._model.attributes.items()
            if (value := _read(name, source, row)) is not None
        }
        if attributes:
            found["attributes"] = attributes
        if "event_id" not in found:
            found["event_id"] = self._made_id(row, found)
        return found

    def _made_id(self, row: Row, found: dict[str, Any]) -> str:
        """A function of what the row says, so that the same row gives the same id, from whatever kind of file."""
        columns = self._model.identity
        named: Any = found if columns is None else [_plain(_column(row, column)) for column in columns]
        if columns and not any(value is not None for value in named):
            said = f"identity: there is nothing in {', '.join(columns)}, so that nothing tells the row from others"
            raise RecordError(said, "name columns that every row has")
        words = json.dumps(named, sort_keys=True, default=str, ensure_ascii=False)
        return _ID_PREFIX + hashlib.sha256(words.encode(errors="surrogatepass")).hexdigest()[:_ID_DIGITS]


def load_mapping(path: Path) -> RowMapping:
    """The mapping in a file. Raises SpecErrors with every problem, each with its line and column."""
    problems = Problems()
    model = _document(path, problems)
    problems.raise_if_any(str(path))
    if model is None:
        raise ValueError(f"{path}: no mapping")
    return RowMapping(model)


def _document(path: Path, problems: Problems) -> MappingDocument | None:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        problems.add("missing-file", Place(str(path)), "mapping", f"can't be read: {error}", "name a mapping file")
        return None
    roots = read_documents(text, str(path), problems)
    if not roots or roots[0].fields is None:
        if not len(problems):
            said = "expected a mapping with `fields`, found nothing of that kind"
            problems.add("wrong-value", Place(str(path)), "mapping", said, "start with `fields:`")
        return None
    for extra in roots[1:]:
        problems.add("unknown-document", extra.place, "mapping", "a mapping file holds one document")
    return read_document(roots[0], MappingDocument, "mapping", problems).model


def _read(name: str, source: Source, row: Row) -> Any:
    if source.column is None:
        value: Any = source.constant
    else:
        value = _column(row, source.column)
    value = _plain(value)
    if value is None:
        return None
    if source.values is not None:
        value = _translated(source, value)
    if isinstance(source, TimeSource):
        return _time(source, value)
    return _amount(value) if name == "amount" else _text(source, value)


def _column(row: Row, column: str) -> Any:
    """The value in a column, or along a path of names; None where there is none."""
    if column in row:
        return row[column]
    value: Any = row
    for name in column.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _plain(value: Any) -> Any:
    """Without what Parquet and CSV can't tell apart: empty texts and NaN are no values, floats are what they show."""
    if value is None or value == "" or value != value:
        return None
    if isinstance(value, float):
        return Decimal(repr(value)) if not value.is_integer() else int(value)
    if isinstance(value, Decimal) and value.is_finite() and value == value.to_integral_value():
        return int(value)
    return value


def _translated(source: Source, value: Any) -> Any:
    values = source.values or {}
    word = _text(source, value)
    if word in values:
        meant = values[word]
        if meant is None:
            raise _Skip
        return meant
    if source.others == "skip":
        raise _Skip
    if source.others == "keep":
        return word
    raise RecordError(f"column {source.column}: {word[:_SHOWN]!r} is not among `values` of the mapping")


def _text(source: Source, value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, int):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    raise RecordError(f"column {source.column}: expected text, a number or a boolean, got {str(value)[:_SHOWN]!r}")


def _amount(value: Any) -> Any:
    """The same text for the same number, however it was written; what is none is left for the contract's check."""
    number = to_decimal(value)
    return value if number is None else format(number.normalize(), "f")


def _time(source: TimeSource, value: Any) -> int:
    """UTC epoch milliseconds."""
    try:
        time_ms = _FORMATS.get(source.format, _by_pattern)(source, value)
    except (ValueError, OverflowError, ArithmeticError, TypeError):
        time_ms = None
    if time_ms is None:
        wanted = "ISO 8601" if source.format == "iso" else source.format
        raise RecordError(f"column {source.column}: expected a time as {wanted}, got {str(value)[:_SHOWN]!r}")
    return time_ms


def _from_iso(source: TimeSource, value: Any) -> int | None:
    if isinstance(value, datetime):
        return _with_zone(source, value)
    if not isinstance(value, str):
        return None
    known = to_timestamp(value)
    return _with_zone(source, datetime.fromisoformat(value)) if known is None or value.isdigit() else known


def _by_pattern(source: TimeSource, value: Any) -> int | None:
    if isinstance(value, datetime):
        return _with_zone(source, value)
    return _with_zone(source, datetime.strptime(str(value), source.format))  # noqa: DTZ007 - the zone follows


def _from_number(unit_ms: int) -> Callable[[TimeSource, Any], int | None]:
    def read(source: TimeSource, value: Any) -> int | None:
        return _with_zone(source, value) if isinstance(value, datetime) else int(Decimal(value) * unit_ms)

    return read


_FORMATS = {"iso": _from_iso, "seconds": _from_number(1000), "milliseconds": _from_number(1)}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _with_zone(source: TimeSource, value: datetime) -> int:
    if value.tzinfo is None:
        if source.zone is None:
            raise RecordError(
                f"column {source.column}: {value.isoformat()} has no time zone", "give the column `zone` in the mapping"
            )
        value = in_zone(value, ZoneInfo(source.zone))
    return (value - _EPOCH) // timedelta(milliseconds=1)


def in_zone(local: datetime, zone: ZoneInfo) -> datetime:
    """A local time with its zone (T5): of two the first; one that does not exist moves to the next that does."""
    known = local.replace(tzinfo=zone)
    while known.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != local:
        local = local.replace(second=0, microsecond=0) + timedelta(minutes=1)
        known = local.replace(tzinfo=zone)
    return known
