"""Typed values out of text. Attributes, profile and amounts travel as text; whoever reads them agrees on this file.

Reading is strict on purpose: what is not plainly of its type is NULL, never a guess. The limits on digits make every
readable number fit BIGINT and DECIMAL(38, 18), so that Flink SQL sees the same value (docs/reference/plan.md).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

TYPES = ("string", "int", "decimal", "bool", "timestamp", "list")

_INT = re.compile(r"[+-]?[0-9]{1,18}").fullmatch
_DECIMAL = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?").fullmatch
_EPOCH_MS = re.compile(r"-?[0-9]{1,15}").fullmatch
_ISO = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[T ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?"
    r"(?:(Z)|([+-])([0-9]{2}):?([0-9]{2}))"
).fullmatch
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def to_string(value: Any) -> str | None:
    """The value if it is text, else None."""
    return value if isinstance(value, str) else None


def to_int(value: Any) -> int | None:
    """An int from text of an optional sign and 1 to 18 digits, or from an int; else None."""
    if isinstance(value, str):
        return int(value) if _INT(value) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def to_decimal(value: Any) -> Decimal | None:
    """A Decimal from text (sign, 1 to 18 digits, point and 1 to 18 digits), an int or a Decimal; else None."""
    if isinstance(value, str):
        return Decimal(value) if _DECIMAL(value) else None
    if isinstance(value, Decimal):
        return value
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else None


def to_bool(value: Any) -> bool | None:
    """A bool from the text `true` or `false`, or from a bool; else None."""
    if isinstance(value, bool):
        return value
    return True if value == "true" else False if value == "false" else None


def to_timestamp(value: Any) -> int | None:
    """UTC epoch milliseconds from ISO 8601 text with a zone, from epoch-millisecond text, or from an int; else None."""
    if not isinstance(value, str):
        return to_int(value)
    if _EPOCH_MS(value):
        return int(value)
    found = _ISO(value)
    return _epoch_ms(*found.groups()) if found else None


def to_list(value: Any) -> list[Any] | None:
    """The value if it is a list, else None."""
    return value if isinstance(value, list) else None


READERS: dict[str, Callable[[Any], Any]] = {
    "string": to_string,
    "int": to_int,
    "decimal": to_decimal,
    "bool": to_bool,
    "timestamp": to_timestamp,
    "list": to_list,
}


def _epoch_ms(*parts: str | None) -> int | None:
    year, month, day, hour, minute, second, fraction, zulu, sign, zone_h, zone_m = parts
    zone = timezone.utc  # noqa: UP017 - a timezone, made below with an offset
    try:
        if not zulu:
            offset = timedelta(hours=int(zone_h or 0), minutes=int(zone_m or 0))
            zone = timezone(-offset if sign == "-" else offset)
        micros = int((fraction or "0").ljust(6, "0")[:6])
        fields = (int(part or 0) for part in (year, month, day, hour, minute, second))
        return (datetime(*fields, micros, tzinfo=zone) - _EPOCH) // _MILLISECOND  # type: ignore[arg-type, misc]
    except (ValueError, OverflowError):
        return None
