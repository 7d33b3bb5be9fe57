"""score: weighted touchpoints within a window reach a threshold (S1)."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cjo.engine.signals.base import Match, Row, Signal

if TYPE_CHECKING:
    from cjo.engine.turn import Turn

Point = list[Any]


class ScoreSignal(Signal):
    """The level at a time is the sum of the points in the closed window that ends there.

    It fires on the crossing, once, and re-arms when a touchpoint finds the level below the threshold and the cooldown
    has passed. At once, a touchpoint that comes out of order is put where it happened: the moment carries the first
    event time from there on at which the level is reached. With `settle`
    each event time is judged once, in event-time order; a touchpoint later than that is judged at once.

    Memory: `{"p": [[at_ms, mark, add]], "off": 1 while fired, "last": time of the last moment}`. The newest
    max(events_per_key, threshold) points are kept; each adds at least 1, so leaving out older ones can't change whether
    the threshold is reached.
    """

    def __init__(self, spec: dict[str, Any], workspace: dict[str, Any]) -> None:
        super().__init__(spec, workspace)
        self._points: list[dict[str, Any]] = spec["points"]
        self._threshold: int = spec["at_least"]
        self._window_ms: int = spec["window_ms"]
        self._cooldown_ms: int = spec.get("cooldown_ms") or 0
        self._kept = max(self.events_max, self._threshold)

    def listens(self) -> Iterator[tuple[Match, str, Any]]:
        for point in self._points:
            yield point, "point", point["add"]

    def accept(self, turn: Turn, row: Row, mark: str, role: str, extra: Any) -> None:
        key = self.key_of(row)
        if key is None:
            return
        memory = self.accumulator(turn, key, lambda: {"p": []})
        at_ms, points = row["at"], memory["p"]
        self._add(points, [at_ms, mark, extra])
        self._shrink(points, turn.state["clock"])
        if self.settle and at_ms > memory.get("done", -1):
            self._arm_next(turn, key, memory)
        else:
            self._judge_at_once(turn, key, memory, at_ms, extra)

    def on_due(self, turn: Turn, key: str, due_ms: int) -> None:
        memory = turn.state["sig"].get(self.name, {}).get(key)
        if memory is None:
            return
        for at_ms in sorted({point[0] for point in memory["p"] if memory.get("done", -1) < point[0] <= due_ms}):
            before, level = self._levels(memory["p"], at_ms)
            if before < self._threshold:
                self._rearm(memory, at_ms)
            if level >= self._threshold and not memory.get("off"):
                self._fire(turn, key, memory, at_ms)
        memory["done"] = max(due_ms, memory.get("done", -1))
        self._arm_next(turn, key, memory)

    def forget(self, accumulator: dict[str, Any], clock_ms: int) -> bool:
        self._shrink(accumulator["p"], clock_ms)
        resting = accumulator.get("off") and accumulator["last"] + self._cooldown_ms > clock_ms
        return not accumulator["p"] and not resting

    @staticmethod
    def _add(points: list[Point], point: Point) -> None:
        if not points or points[-1][0] < point[0]:
            points.append(point)
            return
        for other in points:
            if other[0] == point[0] and other[1] == point[1]:  # one touchpoint that matches twice
                other[2] += point[2]
                return
        insort(points, point, key=lambda other: other[:2])

    def _shrink(self, points: list[Point], clock_ms: int) -> None:
        oldest = clock_ms - self._window_ms - self.late_horizon_ms
        drop = len(points) - self._kept
        if points and points[0][0] < oldest:
            drop = max(drop, bisect_left(points, oldest, key=lambda point: point[0]))
        if drop > 0:
            del points[:drop]

    def _levels(self, points: list[Point], at_ms: int) -> tuple[int, int]:
        """Level without and with the points at `at_ms` itself."""
        since = at_ms - self._window_ms
        before = level = 0
        for when, _, add in points:
            if when > at_ms:
                break
            if when >= since:
                level += add
                if when < at_ms:
                    before += add
        return before, level

    def _judge_at_once(self, turn: Turn, key: str, memory: dict[str, Any], at_ms: int, add: int) -> None:
        points = memory["p"]
        if memory.get("off") and self._levels(points, at_ms)[1] - add < self._threshold:
            self._rearm(memory, at_ms)
        if memory.get("off"):
            return
        newest = bool(points) and points[-1][0] == at_ms
        times = {at_ms} if newest else {point[0] for point in points if at_ms <= point[0] <= at_ms + self._window_ms}
        for when in sorted(times):
            if self._levels(points, when)[1] >= self._threshold:
                self._fire(turn, key, memory, when)
                return

    def _rearm(self, memory: dict[str, Any], at_ms: int) -> None:
        if memory.get("off") and at_ms >= memory["last"] + self._cooldown_ms:
            del memory["off"]

    def _fire(self, turn: Turn, key: str, memory: dict[str, Any], at_ms: int) -> None:
        since = at_ms - self._window_ms
        window = [point for point in memory["p"] if since <= point[0] <= at_ms]
        memory["off"], memory["last"] = 1, at_ms
        made_by = [point[1] for point in window]
        evidence = [(point[0], point[1]) for point in window]
        self.fire(turn, key, at_ms, made_by, evidence, {"score": sum(point[2] for point in window)})

    def _arm_next(self, turn: Turn, key: str, memory: dict[str, Any]) -> None:
        done = memory.get("done", -1)
        self.arm(turn, key, next((point[0] for point in memory["p"] if point[0] > done), None))
