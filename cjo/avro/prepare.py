"""A touchpoint as people write it (JSON: times as text, amounts as numbers) in the form of the contract."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from cjo.avro.contracts import load_schema
from cjo.avro.decimals import unscaled
from cjo.errors import RecordError
from cjo.values import to_timestamp

_REQUIRED_TEXT = ("event_id", "channel", "type")
_TIMES = ("occurred_at", "sent_at", "received_at")
_PLAUSIBLE_MS_MIN = 100_000_000_000
"""March 1973: below it, a number is rather seconds than milliseconds."""
_DIGITS_MAX = 30
_INT_MAX = 2**31 - 1


def prepared(touchpoint: Mapping[str, Any]) -> dict[str, Any]:
    """`touchpoint` as the codec takes it: times in epoch milliseconds, amounts exact, attributes as text, no nulls.

    Times may be ISO 8601 text with a zone, epoch milliseconds, or a datetime with a zone; amounts Decimal, int or
    decimal text; attributes any JSON scalar. Raises RecordError that names everything that is wrong.
    """
    problems: list[str] = []
    ready: dict[str, Any] = {}
    for name, value in touchpoint.items():
        reader = _READERS.get(name)
        if reader is None:
            problems.append(_unknown(name))
        elif value is not None:
            try:
                ready[name] = reader(value)
            except RecordError as error:
                problems.append(f"{name}: {error.message}")
    for name in (*_REQUIRED_TEXT, "occurred_at"):
        if touchpoint.get(name) in (None, ""):
            problems.append(f"{name} is missing")
    if problems:
        raise RecordError("; ".join(problems))
    return ready


def attribute_text(value: Any) -> str:
    """A JSON scalar as the text of an attribute: `true`, `12.50`, `shoes`. RecordError for a list or an object."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        if not value.is_finite() or abs(value.adjusted()) > _DIGITS_MAX:
            raise RecordError(f"the number {value} is out of range")
        return format(value, "f")
    if isinstance(value, int | float):
        return str(value)
    raise RecordError(f"expected text, a number or a boolean, got {value!r}")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise RecordError(f"expected text, got {value!r}")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise RecordError("the text holds half a character (a lone surrogate)") from None
    return value


def _time(value: Any) -> int:
    if isinstance(value, datetime):
        value = value.isoformat()
    time_ms = None if isinstance(value, bool | Decimal) else to_timestamp(value)
    if time_ms is None:
        raise RecordError(f"expected ISO 8601 with a zone, or epoch milliseconds, got {value!r}")
    if 0 < time_ms < _PLAUSIBLE_MS_MIN:
        raise RecordError(f"expected epoch milliseconds, but {value!r} looks like seconds")
    if time_ms < 0:
        raise RecordError(f"{value!r} is before 1970")
    if time_ms >= 2**53:
        raise RecordError(f"{value!r} is not a time that a calendar knows")
    return time_ms


def _amount(value: Any) -> Decimal:
    return Decimal(unscaled(value)).scaleb(-4)


def _quantity(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _INT_MAX:
        raise RecordError(f"expected a whole number from 1, got {value!r}")
    return value


def _map_of(item: Callable[[Any], str]) -> Callable[[Any], dict[str, str]]:
    def read(value: Any) -> dict[str, str]:
        if not isinstance(value, Mapping):
            raise RecordError(f"expected an object of names and values, got {value!r}")
        return {_text(name): _of(str(name), item, entry) for name, entry in value.items() if entry is not None}

    return read


def _lines(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list | tuple):
        raise RecordError(f"expected a list of order lines, got {value!r}")
    return [_line(entry) for entry in value]


def _line(value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping) or not value.get("product_id"):
        raise RecordError(f"expected an order line with a product_id, got {value!r}")
    if unknown := sorted(map(str, value.keys() - _LINE.keys())):
        raise RecordError(f"an order line has no {', '.join(unknown)}; it has: {', '.join(_LINE)}")
    return {name: _of(name, _LINE[name], entry) for name, entry in value.items() if entry is not None}


def _of(name: str, reader: Callable[[Any], Any], value: Any) -> Any:
    try:
        return reader(value)
    except RecordError as error:
        raise RecordError(f"{name}: {error.message}") from None


def _unknown(name: str) -> str:
    near = difflib.get_close_matches(str(name), _READERS, 1)
    parted = next((sign for sign in (";", "\t", "|") if sign in str(name)), None)
    if parted:
        hint = f"is it a row of names parted by {parted!r}? columns of a CSV file are parted by commas"
    else:
        hint = f"did you mean '{near[0]}'?" if near else "what the contract does not name goes into attributes"
    return f"unknown field '{name}'; {hint}"


_LINE: dict[str, Callable[[Any], Any]] = {"product_id": _text, "quantity": _quantity, "amount": _amount}
_SPECIAL: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(_TIMES, _time),
    "amount": _amount,
    "lines": _lines,
    "attributes": _map_of(attribute_text),
    "identities": _map_of(_text),
}
_READERS: dict[str, Callable[[Any], Any]] = {
    field["name"]: _SPECIAL.get(field["name"], _text) for field in load_schema("touchpoint")["fields"]
}
