"""count: so many matching touchpoints, or so many distinct values of a field, within a window (S1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cjo.engine.conditions import compile_ref
from cjo.engine.signals.base import Row
from cjo.engine.signals.collect import Collector
from cjo.engine.signals.flat import Flat, apart, joined
from cjo.engine.signals.level import LevelSignal, Memory

if TYPE_CHECKING:
    from cjo.engine.turn import Turn


class CountSignal(LevelSignal):
    """The level is the number of touchpoints, or with `distinct` of different values; the moment's value is `count`.

    A point is `at_ms, mark, each collected value`, with `distinct` and then its value. A touchpoint without a value to
    tell apart does not count. With `distinct` the newest touchpoint of each value in the window speaks for that value:
    these make the moment's id, its evidence, and what it collects.

    With `distinct`, room is made behind the newest `events_per_key` points: there, of each value only the newest point
    is kept, and of different values only the newest threshold. So one value that repeats without end pushes out no
    other, and what LevelSignal says of exactness holds.
    """

    most_of_a_point = 1

    @staticmethod
    def form(spec: dict[str, Any]) -> list[Any]:
        return [list(spec.get("distinct") or ()), Collector.form(spec)]

    def __init__(self, spec: dict[str, Any], workspace: dict[str, Any]) -> None:
        super().__init__(spec, workspace)
        self._value = compile_ref(spec["distinct"]) if spec.get("distinct") else None
        self._collect = Collector(spec.get("collect"))
        self._values_end = 2 + self._collect.width
        self.width = self._values_end + (self._value is not None)

    def accept(self, turn: Turn, row: Row, mark: str, role: str, extra: Any) -> None:
        key = self.key_of(row)
        if key is None:
            return
        point: Flat = [row["at"], mark, *self._collect.read(row)]
        if self._value is not None:
            value = self._value(row, None, None)
            if value is None:
                return
            point.append(value)
        self.take(turn, key, point)

    def counted(self, window: Flat) -> Flat:
        if self._value is None:
            return window
        width, values = self.width, self._told_apart(window)
        newest = {value: number for number, value in enumerate(values)}
        if len(newest) == len(values):
            return window
        return joined([window[number * width : (number + 1) * width] for number in sorted(newest.values())])

    def level_of(self, window: Flat) -> int:
        return len(window) // self.width if self._value is None else len(set(self._told_apart(window)))

    def values_of(self, memory: Memory, window: Flat, at_ms: int) -> dict[str, Any]:
        entries = [[point[0], point[1], point[2 : self._values_end]] for point in apart(window, self.width)]
        return {**self._collect.values(entries, []), "count": len(entries)}

    def parted(self, points: Flat) -> tuple[Flat, Flat]:
        if self._value is None:
            return super().parted(points)
        newer = len(points) - self.events_max * self.width
        speaking = self.counted(points[:newer])[-self._threshold * self.width :]
        places = set(zip(speaking[:: self.width], speaking[1 :: self.width], strict=True))
        gone = [point for point in apart(points[:newer], self.width) if (point[0], point[1]) not in places]
        return joined(gone), speaking + points[newer:]

    def _told_apart(self, window: Flat) -> list[Any]:
        return window[self._values_end :: self.width]


KIND = CountSignal
