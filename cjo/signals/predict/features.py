"""Features: numbers about what happened up to a time, each from a bounded list of points of its own.

A point is `[at_ms, mark]`, that of a sum `[at_ms, mark, millionths]`; lists are sorted. A feature's `value` is a whole
number of units, `unit` of which are one of what the model's weight is for.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from decimal import Decimal
from operator import itemgetter
from typing import Any, ClassVar, Final

from cjo.engine.conditions import compile_ref
from cjo.engine.exact import EXACT

DAY_MS: Final = 86_400_000
MILLION: Final = 1_000_000
SUM_MAX: Final = 10**18
"""Millionths: beyond it a sum counts as that, so that state keeps whole numbers of 64 bits."""

Point = list[Any]
Row = dict[str, Any]
_time: Final = itemgetter(0)


class Count:
    """How many touchpoints lie in the closed window. At most as many as are kept: there it stays."""

    unit: ClassVar[int] = 1
    matches_key: ClassVar[str] = "count"

    def __init__(self, spec: dict[str, Any]) -> None:
        self.name: str = spec["name"]
        self.weight: str = spec["weight"]
        self.matches: list[dict[str, Any]] = spec[self.matches_key]
        self.window_ms: int = spec["window_ms"]

    def point(self, row: Row, mark: str) -> Point | None:
        """What is remembered of a touchpoint; None where it does not count."""
        return [row["at"], mark]

    def value(self, points: list[Point], at_ms: int, upto_ms: int) -> int:
        """Of what happened up to `upto_ms`, in the window that ends at `at_ms`."""
        first, last = self._slice(points, at_ms, upto_ms)
        return last - first

    def told(self, value: int) -> Any:
        """The value as a moment carries it."""
        return value

    def made_by(self, points: list[Point], at_ms: int) -> list[Point]:
        """The points that the value at `at_ms` is made of."""
        first, last = self._slice(points, at_ms, at_ms)
        return points[first:last]

    def forget(self, points: list[Point], late_ms: int) -> None:
        """Drop what no judgement at `late_ms` or later asks for."""
        oldest = late_ms - self.window_ms
        if points and points[0][0] < oldest:
            del points[: bisect_left(points, oldest, key=_time)]

    def lacks(self, points: list[Point], cut_ms: int, at_ms: int) -> bool:
        """True where the value at `at_ms` may lack something, as points up to `cut_ms` were dropped for room."""
        return cut_ms >= at_ms - self.window_ms

    def _slice(self, points: list[Point], at_ms: int, upto_ms: int) -> tuple[int, int]:
        if not points:
            return 0, 0
        since_ms = at_ms - self.window_ms
        first = 0 if points[0][0] >= since_ms else bisect_left(points, since_ms, key=_time)
        last = len(points) if points[-1][0] <= upto_ms else bisect_right(points, upto_ms, key=_time)
        return first, max(first, last)


class Sum(Count):
    """The sum of a number over the touchpoints in the closed window; what has no such number does not count."""

    unit: ClassVar[int] = MILLION
    matches_key: ClassVar[str] = "sum"

    def __init__(self, spec: dict[str, Any]) -> None:
        super().__init__(spec)
        self._read = compile_ref(spec["of"])

    def point(self, row: Row, mark: str) -> Point | None:
        number = self._read(row, None, None)
        if number is None:
            return None
        millionths = int(EXACT.to_integral_value(EXACT.multiply(Decimal(number), Decimal(MILLION))))
        return [row["at"], mark, max(-SUM_MAX, min(millionths, SUM_MAX))]

    def value(self, points: list[Point], at_ms: int, upto_ms: int) -> int:
        first, last = self._slice(points, at_ms, upto_ms)
        return sum([point[2] for point in points[first:last]])

    def told(self, value: int) -> Any:
        return format(EXACT.divide(Decimal(value), Decimal(MILLION)).normalize(EXACT), "f")


class Since(Count):
    """The time since the newest touchpoint, in days; the whole window where there is none in it.

    Of older points only the newest is kept that a late touchpoint may still ask for.
    """

    unit: ClassVar[int] = DAY_MS
    matches_key: ClassVar[str] = "since"

    def value(self, points: list[Point], at_ms: int, upto_ms: int) -> int:
        first, last = self._slice(points, at_ms, upto_ms)
        return at_ms - int(points[last - 1][0]) if last > first else self.window_ms

    def told(self, value: int) -> Any:
        return f"{value // DAY_MS}.{value % DAY_MS * 1000 // DAY_MS:03}"

    def made_by(self, points: list[Point], at_ms: int) -> list[Point]:
        return super().made_by(points, at_ms)[-1:]

    def forget(self, points: list[Point], late_ms: int) -> None:
        super().forget(points, late_ms)
        if len(points) > 1 and points[1][0] < late_ms:
            del points[: bisect_left(points, late_ms, key=_time) - 1]

    def lacks(self, points: list[Point], cut_ms: int, at_ms: int) -> bool:
        return super().lacks(points, cut_ms, at_ms) and not self.made_by(points, at_ms)


def build(spec: dict[str, Any]) -> Count | None:
    """The feature of a plan over touchpoints; None for one of the profile."""
    if Count.matches_key in spec:
        return Count(spec)
    if Sum.matches_key in spec:
        return Sum(spec)
    return Since(spec) if Since.matches_key in spec else None
