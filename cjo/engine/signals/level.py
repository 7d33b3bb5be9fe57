"""What score and count share: a level over a closed window, which fires on the crossing and re-arms below (S1, T3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cjo.engine.signals.base import NEVER_MS, Signal, is_resting
from cjo.engine.signals.flat import Flat, put, since, unwrapped, without

if TYPE_CHECKING:
    from cjo.engine.turn import Turn

Memory = dict[str, Any]


def _empty() -> Memory:
    return {"p": []}


class LevelSignal(Signal):
    """The level at a time is what the points in the closed window that ends there come to.

    It fires on the crossing, once, and re-arms when a touchpoint finds the level below the threshold and the cooldown
    has passed. At once, a touchpoint that comes out of order is put where it happened: the moment carries the first
    event time from there on at which it makes the level (`_has_been`). With `settle` each event time is judged once, in
    event-time order; a touchpoint later than that is judged at once.

    Memory of a key: `{"p": points (flat.py), "off": 1 while fired, "last": time of the last moment, "done": judged up
    to here (settle), "cut": time of the newest point dropped for room}`. The newest threshold + `events_per_key` points
    are kept (a count of distinct values keeps more of the past: see there). So the judgement is exact as long as no
    more than `events_per_key` points of the key are newer than the time judged, and none counts less than 1; beyond
    that a crossing can be missed. A moment whose window reached back to dropped points says `truncated: true`, and its
    values are of the points that were kept.
    """

    most_of_a_point: int
    """What one point adds to the level at most."""
    width: int
    """How many values a point has."""

    def __init__(self, spec: dict[str, Any], workspace: dict[str, Any]) -> None:
        super().__init__(spec, workspace)
        self._threshold: int = spec["at_least"]
        self._window_ms: int = spec["window_ms"]
        self._cooldown_ms: int = spec.get("cooldown_ms") or 0
        self._kept = self.events_max + self._threshold
        self._remembered_ms = self._window_ms + self.late_horizon_ms

    def level_of(self, window: Flat) -> int:
        """What the points of a window come to."""
        raise NotImplementedError

    def reached(self, memory: Memory, window: Flat, at_ms: int) -> bool:
        """True where the points of the window that ends at `at_ms` come to the threshold."""
        return self.level_of(window) >= self._threshold

    def values_of(self, memory: Memory, window: Flat, at_ms: int) -> dict[str, Any]:
        """What a moment carries that fires on the window that ends at `at_ms`."""
        raise NotImplementedError

    def counted(self, window: Flat) -> Flat:
        """The points of a window that make the level: they make the moment's id and are its evidence."""
        return window

    def parted(self, points: Flat) -> tuple[Flat, Flat]:
        """(points that go, oldest first; those that stay) when there are more than are kept."""
        gone = len(points) - self._kept * self.width
        return points[:gone], points[gone:]

    def drop(self, memory: Memory, gone: Flat) -> None:
        """Note that points, oldest first, are no longer remembered."""
        memory["cut"] = max(memory.get("cut", gone[0]), gone[-self.width])

    def accumulator(self, turn: Turn, key: str, empty: Callable[[], Memory]) -> Memory:
        return _flat(super().accumulator(turn, key, empty))

    def memory(self, state: dict[str, Any], key: str) -> Memory | None:
        found = super().memory(state, key)
        return None if found is None else _flat(found)

    def memories(self, state: dict[str, Any]) -> list[tuple[str, Memory]]:
        return [(key, _flat(memory)) for key, memory in super().memories(state)]

    def take(self, turn: Turn, key: str, point: Flat) -> None:
        """Remember a point, and judge."""
        memory = self.accumulator(turn, key, _empty)
        at_ms: int = point[0]
        points: Flat = memory["p"]
        below = bool(memory.get("off")) and not self.reached(memory, self._window(points, at_ms), at_ms)
        if not points or points[-self.width] < at_ms:
            points += point
        elif not put(points, self.width, point):
            return
        if points[0] < turn.state["clock"] - self._remembered_ms or len(points) > self._kept * self.width:
            self._shrink(memory, turn.state["clock"])
        if self.settle and at_ms > memory.get("done", -1):
            self.arm(turn, key, self._next_ms(memory))
        elif "off" in memory or self._can_be_reached(points):
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
        self.arm(turn, key, self._next_ms(memory))

    def pass_over(self, state: dict[str, Any], key: str, due_ms: int) -> bool:
        memory = self.memory(state, key)
        if memory is None or memory.get("off") or self._can_be_reached(memory["p"]):
            return False
        memory["done"] = max(due_ms, memory.get("done", -1))
        self.arm_in(state, key, self._next_ms(memory))
        return True

    def is_idle(self, memory: Memory) -> bool:
        points: Flat = memory["p"]
        off = bool(memory.get("off"))
        if not off and not self._can_be_reached(points):
            return True
        for at_ms in self._waiting(memory, NEVER_MS):
            window = self._window(points, at_ms)
            if off and at_ms >= memory["last"] + self._cooldown_ms and self._is_below(memory, window, at_ms):
                off = False
            if not off and self.reached(memory, window, at_ms):
                return False
        return True

    def take_out(self, turn: Turn, key: str, memory: Memory, marks: list[str]) -> None:
        points: Flat = memory["p"]
        left = without(points, self.width, marks)
        if len(left) < len(points):
            points[:] = left
            self.reconsider(turn, key, memory)

    def forget(self, accumulator: Memory, clock_ms: int) -> bool:
        self._shrink(accumulator, clock_ms)
        oldest_ms = clock_ms - self.late_horizon_ms  # so late a touchpoint may come
        return not accumulator["p"] and not is_resting(accumulator, self._cooldown_ms, oldest_ms)

    def reach_ms(self) -> int | None:
        """A window in which the level becomes exact, and one more in which it then crosses or does not. With a cooldown
        each moment hangs on the time of the last, and so on the first."""
        return None if self._cooldown_ms else 2 * self._window_ms + self.late_horizon_ms

    def _can_be_reached(self, points: Flat) -> bool:
        return len(points) // self.width * self.most_of_a_point >= self._threshold

    def _shrink(self, memory: Memory, clock_ms: int) -> None:
        points: Flat = memory["p"]
        oldest = clock_ms - self._remembered_ms
        if points and points[0] < oldest:
            del points[: since(points, self.width, oldest)]
        if len(points) > self._kept * self.width:
            gone, points[:] = self.parted(points)
            self.drop(memory, gone)

    def _window(self, points: Flat, at_ms: int) -> Flat:
        since_ms = at_ms - self._window_ms
        first = 0 if not points or points[0] >= since_ms else since(points, self.width, since_ms)
        if points and points[-self.width] <= at_ms:
            return points[first:]
        return points[first : since(points, self.width, at_ms + 1)]

    def _judge_at_once(self, turn: Turn, key: str, memory: Memory, judged: Flat, below: bool) -> None:
        """Fire where `judged` is among those that make the level: else it was reached without it, and has fired."""
        at_ms = judged[0]
        if below:
            self._rearm(memory, at_ms)
        if memory.get("off"):
            return
        points: Flat = memory["p"]
        width = self.width
        if points and points[-width] == at_ms:
            times = [at_ms]
        else:
            times = sorted({when for when in points[::width] if at_ms <= when <= at_ms + self._window_ms})
        if self.settle:  # what is not settled yet is judged when it is due
            times = [when for when in times if when <= memory.get("done", -1)]
        for when in times:
            window = self._window(points, when)
            if not self.reached(memory, window, when) or judged[1] not in self.counted(window)[1::width]:
                continue
            if points[-width] == at_ms or not self._has_been(memory, judged, when):
                self._fire(turn, key, memory, when)
                return

    def _has_been(self, memory: Memory, judged: Flat, when: int) -> bool:
        """True where the level was up at `when` before `judged` came out of order, or the last moment is too near.

        What was up there fired then, or was silenced: it is armed again by a touchpoint of later.
        """
        if "last" in memory and abs(when - memory["last"]) < self._cooldown_ms:
            return True
        others = without(memory["p"], self.width, judged[1:2])
        before = others[: since(others, self.width, judged[0] + 1)]
        asked = [when] if when != judged[0] else [when, before[-self.width]] if before else []
        return bool(asked) and all(self.reached(memory, self._window(others, one), one) for one in asked)

    def _waiting(self, memory: Memory, due_ms: int) -> list[int]:
        """The event times up to `due_ms` that are not judged yet, in order."""
        done_ms = memory.get("done", -1)
        return sorted({when for when in memory["p"][:: self.width] if done_ms < when <= due_ms})

    def _is_below(self, memory: Memory, window: Flat, at_ms: int) -> bool:
        """True where the level is not reached without the touchpoints of that time."""
        return not self.reached(memory, window[: since(window, self.width, at_ms)], at_ms)

    def _rearm(self, memory: Memory, at_ms: int) -> None:
        if memory.get("off") and at_ms >= memory["last"] + self._cooldown_ms:
            del memory["off"]

    def _fire(self, turn: Turn, key: str, memory: Memory, at_ms: int) -> None:
        counted = self.counted(self._window(memory["p"], at_ms))
        memory["off"], memory["last"] = 1, at_ms
        values = self.values_of(memory, counted, at_ms)
        if memory.get("cut", -1) >= at_ms - self._window_ms:
            values["truncated"] = True
        marks = counted[1 :: self.width]
        self.fire(turn, key, at_ms, marks, list(zip(counted[:: self.width], marks, strict=True)), values)

    def _next_ms(self, memory: Memory) -> int | None:
        """The first event time that is not judged yet."""
        points: Flat = memory["p"]
        index = since(points, self.width, memory.get("done", -1) + 1)
        return points[index] if index < len(points) else None


def _flat(memory: Memory) -> Memory:
    """A memory, of layout 2 as well: that had a list for each point."""
    points: list[Any] = memory["p"]
    if points and type(points[0]) is list:
        memory["p"] = unwrapped(points)
    return memory
