"""Lengths of time as authors write them, read by the checkers in their own way."""

from __future__ import annotations

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000
_UNITS = {"ms": 1, "second": SECOND, "minute": MINUTE, "hour": HOUR, "day": DAY}


def ms(text: str) -> int:
    """Milliseconds of `30 minutes` or `1 day`: one number and one unit, as the generator writes them."""
    number, unit = text.split()
    return int(number) * _UNITS[unit if unit == "ms" else unit.removesuffix("s")]


def said(length_ms: int) -> str:
    """The length in the largest unit that divides it."""
    for unit, size in reversed(_UNITS.items()):
        if length_ms and length_ms % size == 0:
            count = length_ms // size
            return f"{count} {unit}" + ("s" if count > 1 and unit != "ms" else "")
    return "0 ms"
