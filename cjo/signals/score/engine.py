"""score: weighted touchpoints within a window reach a threshold (S1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cjo.engine.conditions import Condition, compile_condition
from cjo.engine.signals.base import Match, Row
from cjo.engine.signals.level import LevelSignal, Point

if TYPE_CHECKING:
    from cjo.engine.turn import Turn

Add = tuple[Condition | None, int]
"""A condition (None: none), and the points for a touchpoint for which it holds."""


class ScoreSignal(LevelSignal):
    """The level is the sum of the points. A point is `[at_ms, mark, add]`; the moment's value is `score`.

    A touchpoint that several points are on counts for each of them whose condition holds, and is judged once.
    """

    def __init__(self, spec: dict[str, Any], workspace: dict[str, Any]) -> None:
        super().__init__(spec, workspace)
        self._points: list[dict[str, Any]] = spec["points"]
        self._adds: dict[str, list[Add]] = {}
        for point in self._points:
            condition = compile_condition(point["where"]) if point["where"] else None
            self._adds.setdefault(point["type"], []).append((condition, point["add"]))

    def listens(self) -> Iterator[tuple[Match, str, Any]]:
        for point in self._points:
            adds = self._adds[point["type"]]
            yield point, "point", point["add"] if len(adds) == 1 else adds

    def accept(self, turn: Turn, row: Row, mark: str, role: str, extra: Any) -> None:
        key = self.key_of(row)
        if key is not None:
            self.take(turn, key, [row["at"], mark, extra if isinstance(extra, int) else _added(row, extra)])

    def level_of(self, window: list[Point]) -> int:
        return sum([point[2] for point in window])  # a list: a generator costs more than the few points

    def values_of(self, window: list[Point]) -> dict[str, Any]:
        return {"score": self.level_of(window)}


def _added(row: Row, adds: list[Add]) -> int:
    return sum(add for condition, add in adds if condition is None or condition(row, None, None) is True)


KIND = ScoreSignal
