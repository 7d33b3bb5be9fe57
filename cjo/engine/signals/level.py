"""What score and count share: a level over a closed window, which fires on the crossing and re-arms below (S1, T3)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from cjo.engine.signals.base import NEVER_MS, Signal, is_resting

if TYPE_CHECKING:
    from cjo.engine.turn import Turn

Memory = dict[str, Any]
Point = list[Any]

_time: Final = itemgetter(0)


def _empty() -> Memory:
    return {"p": []}


class LevelSignal(Signal):
    """The level at a time is what the points in the closed window that ends there come to.

    It fires on the crossing, once, and re-arms when a touchpoint finds the level below the threshold and the cooldown
    has passed. At once, a touchpoint that comes out of order is put where it happened: the moment carries the first
    event time from there on at which it makes the level (`_has_been`). With `settle` each event time is judged once, in
    event-time order; a touchpoint later than that is judged at once.

    Memory of a key: `{"p": [[at_ms, mark, ...]] sorted, "off": 1 while fired, "last": time of the last moment, "done":
    judged up to here (settle), "cut": time of the newest point dropped for room}`. The newest threshold +
    `events_per_key` points are kept (a count of distinct values keeps more of the past: see there). So the judgement
    is exact as long as no more than `events_per_key` points of the key are newer than the time judged, and none counts
    less than 1; beyond that a crossing can be missed. A moment whose window reached back to dropped points says
    `truncated: true`, and its values are of the points that were kept.
    """

    most_of_a_point: int
    """What one point adds to the level at most."""

    def __init__(self, spec: dict[str, Any], workspace: dict[str, Any]) -> None:
        super().__init__(spec, workspace)
        self._threshold: int = spec["at_least"]
        self._window_ms: int = spec["window_ms"]
        self._cooldown_ms: int = spec.get("cooldown_ms") or 0
        self._kept = self.events_max + self._threshold
        self._remembered_ms = self._window_ms + self.late_horizon_ms

    def level_of(self, window: list[Point]) -> int:
        """What the points of a window come to."""
        raise NotImplementedError

    def reached(self, memory: Memory, window: list[Point], at_ms: int) -> bool:
        """True where the points of the window that ends at `at_ms` come to the threshold."""
        return self.level_of(window) >= self._threshold

    def values_of(self, memory: Memory, window: list[Point], at_ms: int) -> dict[str, Any]:
        """What a moment carries that fires on the window that ends at `at_ms`."""
        raise NotImplementedError

    def counted(self, window: list[Point]) -> list[Point]:
        """The points of a window that make the level: they make the moment's id and are its evidence."""
        return window

    def dropped(self, points: list[Point]) -> list[Point]:
        """Which points go when there are more than are kept."""
        return points[: -self._kept]

    def drop(self, memory: Memory, gone: list[Point]) -> None:
        """Note that points, oldest first, are no longer remembered."""
        memory["cut"] = max(memory.get("cut", gone[0][0]), *(point[0] for point in gone))

    def take(self, turn: Turn, key: str, point: Point) -> None:
        """Remember a point, and judge."""
        memory = self.accumulator(turn, key, _empty)
        at_ms, points = point[0], memory["p"]
        below = bool(memory.get("off")) and not self.reached(memory, self._window(points, at_ms), at_ms)
        if not points or points[-1][0] < at_ms:
            points.append(point)
        elif not self._put(points, point):
            return
        if points[0][0] < turn.state["clock"] - self._remembered_ms or len(points) > self._kept:
            self._shrink(memory, turn.state["clock"])
        if self.settle and at_ms > memory.get("done", -1):
            self._arm_next(turn, key, memory)
        elif "off" in memory or len(points) * self.most_of_a_point >= self._threshold:  # else it cannot be reached
            self._judge_at_once(turn, key, memory, point, below)

    def on_due(self, turn: Turn, key: str, due_ms: int) -> None:
        memory = self.memory(turn.state, key)
        if memory is None:
            return
        for at_ms in self._waiting(memory, due_ms):
            window = self._window(memory["p"], at_ms)
            if self._is_below(memory, window, at_ms):
                self._rearm(memory, at_ms)
            if not memory.get("off") and self.reached(memory, window, at_ms):
                self._fire(turn, key, memory, at_ms)
        memory["done"] = max(due_ms, memory.get("done", -1))
        self._arm_next(turn, key, memory)

    def is_idle(self, memory: Memory) -> bool:
        points, off = memory["p"], bool(memory.get("off"))
        if not off and len(points) * self.most_of_a_point < self._threshold:
            return True  # it cannot be reached
        for at_ms in self._waiting(memory, NEVER_MS):
            window = self._window(points, at_ms)
            if off and at_ms >= memory["last"] + self._cooldown_ms and self._is_below(memory, window, at_ms):
                off = False
            if not off and self.reached(memory, window, at_ms):
                return False
        return True

    def forget(self, accumulator: Memory, clock_ms: int) -> bool:
        self._shrink(accumulator, clock_ms)
        oldest_ms = clock_ms - self.late_horizon_ms  # so late a touchpoint may come
        return not accumulator["p"] and not is_resting(accumulator, self._cooldown_ms, oldest_ms)

    def reach_ms(self) -> int | None:
        """A window in which the level becomes exact, and one more in which it then crosses or does not. With a cooldown
        each moment hangs on the time of the last, and so on the first."""
        return None if self._cooldown_ms else 2 * self._window_ms + self.late_horizon_ms

    def _put(self, points: list[Point], point: Point) -> bool:
        """Put a point where it happened; False where nothing comes of it."""
        for other in reversed(points):
            if other[0] == point[0] and other[1] == point[1]:
                return False
            if other[0] < point[0]:
                break
        insort(points, point, key=lambda other: other[:2])
        return True

    def _shrink(self, memory: Memory, clock_ms: int) -> None:
        points = memory["p"]
        oldest = clock_ms - self._remembered_ms
        if points and points[0][0] < oldest:
            del points[: bisect_left(points, oldest, key=_time)]
        if len(points) > self._kept:
            gone = self.dropped(points)
            self.drop(memory, gone)
            marks = {(point[0], point[1]) for point in gone}
            points[:] = [point for point in points if (point[0], point[1]) not in marks]

    def _window(self, points: list[Point], at_ms: int) -> list[Point]:
        since_ms = at_ms - self._window_ms
        first = 0 if not points or points[0][0] >= since_ms else bisect_left(points, since_ms, key=_time)
        if points and points[-1][0] <= at_ms:
            return points[first:]
        return points[first : bisect_right(points, at_ms, key=_time)]

    def _judge_at_once(self, turn: Turn, key: str, memory: Memory, judged: Point, below: bool) -> None:
        """Fire where `judged` is among those that make the level: else it was reached without it, and has fired."""
        at_ms = judged[0]
        if below:
            self._rearm(memory, at_ms)
        if memory.get("off"):
            return
        points = memory["p"]
        if points and points[-1][0] == at_ms:
            times = [at_ms]
        else:
            times = sorted({point[0] for point in points if at_ms <= point[0] <= at_ms + self._window_ms})
        if self.settle:  # what is not settled yet is judged when it is due
            times = [when for when in times if when <= memory.get("done", -1)]
        for when in times:
            window = self._window(points, when)
            if not self.reached(memory, window, when) or all(one[1] != judged[1] for one in self.counted(window)):
                continue
            if points[-1][0] == at_ms or not self._has_been(memory, judged, when):
                self._fire(turn, key, memory, when)
                return

    def _has_been(self, memory: Memory, judged: Point, when: int) -> bool:
        """True where the level was up at `when` before `judged` came out of order, or the last moment is too near.

        What was up there fired then, or was silenced: it is armed again by a touchpoint of later.
        """
        if "last" in memory and abs(when - memory["last"]) < self._cooldown_ms:
            return True
        others = [point for point in memory["p"] if point[1] != judged[1]]
        before = [point for point in others if point[0] <= judged[0]]
        asked = [when] if when != judged[0] else [when, before[-1][0]] if before else []
        return bool(asked) and all(self.reached(memory, self._window(others, one), one) for one in asked)

    def _waiting(self, memory: Memory, due_ms: int) -> list[int]:
        """The event times up to `due_ms` that are not judged yet, in order."""
        done_ms = memory.get("done", -1)
        return sorted({point[0] for point in memory["p"] if done_ms < point[0] <= due_ms})

    def _is_below(self, memory: Memory, window: list[Point], at_ms: int) -> bool:
        """True where the level is not reached without the touchpoints of that time."""
        return not self.reached(memory, [point for point in window if point[0] < at_ms], at_ms)

    def _rearm(self, memory: Memory, at_ms: int) -> None:
        if memory.get("off") and at_ms >= memory["last"] + self._cooldown_ms:
            del memory["off"]

    def _fire(self, turn: Turn, key: str, memory: Memory, at_ms: int) -> None:
        window = self._window(memory["p"], at_ms)
        counted = self.counted(window)
        memory["off"], memory["last"] = 1, at_ms
        values = self.values_of(memory, counted, at_ms)
        if memory.get("cut", -1) >= at_ms - self._window_ms:
            values["truncated"] = True
        evidence = [(point[0], point[1]) for point in counted]
        self.fire(turn, key, at_ms, [point[1] for point in counted], evidence, values)

    def _arm_next(self, turn: Turn, key: str, memory: Memory) -> None:
        done = memory.get("done", -1)
        self.arm(turn, key, next((point[0] for point in memory["p"] if point[0] > done), None))
