"""score: weighted touchpoints within a window reach a threshold (S1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cjo.engine.signals.base import Match, Row
from cjo.engine.signals.level import LevelSignal, Point

if TYPE_CHECKING:
    from cjo.engine.turn import Turn


class ScoreSignal(LevelSignal):
    """The level is the sum of the points. A point is `[at_ms, mark, add]`; the moment's value is `score`."""

    adds_up = True

    def __init__(self, spec: dict[str, Any], workspace: dict[str, Any]) -> None:
        super().__init__(spec, workspace)
        self._points: list[dict[str, Any]] = spec["points"]

    def listens(self) -> Iterator[tuple[Match, str, Any]]:
        for point in self._points:
            yield point, "point", point["add"]

    def accept(self, turn: Turn, row: Row, mark: str, role: str, extra: Any) -> None:
        key = self.key_of(row)
        if key is not None:
            self.take(turn, key, [row["at"], mark, extra])

    def join(self, known: Point, point: Point) -> bool:
        known[2] += point[2]
        return True

    def level_of(self, window: list[Point]) -> int:
        return sum([point[2] for point in window])  # a list: a generator costs more than the few points

    def values_of(self, window: list[Point]) -> dict[str, Any]:
        return {"score": self.level_of(window)}


KIND = ScoreSignal
