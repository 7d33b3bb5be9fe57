"""count: so many matching touchpoints, or so many distinct values of a field, within a window (S1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cjo.engine.conditions import compile_ref
from cjo.engine.signals.base import Row
from cjo.engine.signals.collect import Collector
from cjo.engine.signals.level import LevelSignal, Memory, Point

if TYPE_CHECKING:
    from cjo.engine.turn import Turn


class CountSignal(LevelSignal):
    """The level is the number of touchpoints, or with `distinct` of different values; the moment's value is `count`.

    A point is `[at_ms, mark, collected values]`, with `distinct` and then its value. A touchpoint without a value to
    tell apart does not count. With `distinct` the newest touchpoint of each value in the window speaks for that value:
    these make the moment's id, its evidence, and what it collects.

    With `distinct`, room is made behind the newest `events_per_key` points: there, of each value only the newest point
    is kept, and of different values only the newest threshold. So one value that repeats without end pushes out no
    other, and what LevelSignal says of exactness holds.
    """

    formed_by = ("distinct", "collect")

    most_of_a_point = 1

    def __init__(self, spec: dict[str, Any], workspace: dict[str, Any]) -> None:
        super().__init__(spec, workspace)
        self._value = compile_ref(spec["distinct"]) if spec.get("distinct") else None
        self._collect = Collector(spec.get("collect"))

    def accept(self, turn: Turn, row: Row, mark: str, role: str, extra: Any) -> None:
        key = self.key_of(row)
        if key is None:
            return
        point: Point = [row["at"], mark, self._collect.read(row)]
        if self._value is not None:
            value = self._value(row, None, None)
            if value is None:
                return
            point.append(value)
        self.take(turn, key, point)

    def counted(self, window: list[Point]) -> list[Point]:
        if self._value is None:
            return window
        newest = {point[3]: point for point in window}
        return [point for point in window if newest[point[3]] is point]

    def level_of(self, window: list[Point]) -> int:
        return len(window) if self._value is None else len({point[3] for point in window})

    def values_of(self, memory: Memory, window: list[Point], at_ms: int) -> dict[str, Any]:
        return {**self._collect.values(window, []), "count": len(window)}

    def dropped(self, points: list[Point]) -> list[Point]:
        if self._value is None:
            return super().dropped(points)
        settled = points[: -self.events_max]
        speaking = self.counted(settled)[-self._threshold :]
        return [point for point in settled if not any(point is one for one in speaking)]


KIND = CountSignal
