"""Conditions evaluated the slow and obvious way: an oracle for cjo/engine/conditions.py."""

from __future__ import annotations

import re
from datetime import datetime
from fractions import Fraction
from typing import Any

Row = dict[str, Any]


def holds(cond: list[Any], row: Row) -> bool | None:
    """True, False or None (unknown) of a condition, by SQL's truth tables."""
    word, *parts = cond
    if word == "and":
        found = [holds(part, row) for part in parts]
        return False if False in found else None if None in found else True
    if word == "or":
        found = [holds(part, row) for part in parts]
        return True if True in found else None if None in found else False
    if word == "not":
        return {True: False, False: True, None: None}[holds(parts[0], row)]
    if word == "is_null":
        return value(parts[0], row) is None
    if word == "in":
        return holds(["or", *(["=", parts[0], item] for item in parts[1])], row)
    if word == "between":
        return holds(["and", [">=", parts[0], parts[1]], ["<=", parts[0], parts[2]]], row)
    if word == "like":
        text = value(parts[0], row)
        return None if text is None else like(text, parts[1])
    if word in ("=", "!=", "<", "<=", ">", ">="):
        a, b = value(parts[0], row), value(parts[1], row)
        if a is None or b is None:
            return None
        return {"=": a == b, "!=": a != b, "<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[word]
    return value(cond, row)


def like(text: str, pattern: str) -> bool:
    """SQL's LIKE without an escape character, one character at a time."""
    if not pattern:
        return not text
    if pattern[0] == "%":
        return any(like(text[start:], pattern[1:]) for start in range(len(text) + 1))
    return bool(text) and pattern[0] in ("_", text[0]) and like(text[1:], pattern[1:])


def value(cond: list[Any], row: Row) -> Any:
    """A value: str, Fraction for numbers, bool, or epoch milliseconds."""
    word, *parts = cond
    if word == "lit":
        return Fraction(parts[0]) if parts[1] in ("int", "decimal") else parts[0]
    if word == "field":
        return read(row.get(parts[0]), parts[1])
    if word == "attr":
        return read(row.get("attributes", {}).get(parts[0]), parts[1])
    values = [value(part, row) for part in parts]
    if word == "coalesce":
        return next((found for found in values if found is not None), None)
    if None in values:
        return None
    if word in ("lower", "upper"):
        return values[0].lower() if word == "lower" else values[0].upper()
    a, b = values
    return {"+": a + b, "-": a - b, "*": a * b}[word]


def read(text: str | None, kind: str) -> Any:
    """Text as a value of its declared type, None where it is not of that type."""
    if text is None or kind == "string":
        return text
    if kind == "bool":
        return {"true": True, "false": False}.get(text)
    if kind == "timestamp":
        return _time(text)
    digits = text[1:] if text[:1] in ("+", "-") else text
    whole, point, fraction = digits.partition(".")
    fits = 1 <= len(whole) <= 18 and all(char in "0123456789" for char in whole + fraction) and len(fraction) <= 18
    if not fits or (kind == "int" and point) or (point and not fraction):
        return None
    return Fraction(text)


def _time(text: str) -> int | None:
    if re.fullmatch("-?[0-9]{1,15}", text):
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return None if moment.tzinfo is None else round(moment.timestamp() * 1000)
