"""Which touchpoints of an activity still matter: the newest, as many as the threshold and what is collected ask for."""

from __future__ import annotations

from typing import Any

from cjo.engine.signals.collect import Collector

Point = list[Any]
"""`[at_ms, mark, [collected values]]`."""


class Needed:
    """Which of some points can matter to a window that ends at the last of them or later.

    Of lists and newest values these are the newest `at_least` points and the newest that have each value: the rest is
    dropped, and nothing is lost. Where all count (a sum, a number), the newest `at_least` + `events_per_key` are kept.
    `most` is how many are kept at any time: a few more than are needed, so that they are not looked through each time;
    of those that may be taken out again also the newest `spare`, whatever is needed then.
    """

    def __init__(self, at_least: int, collect: Collector, events_max: int, spare: int = 0) -> None:
        self._at_least = at_least
        newest = collect.newest()
        self._newest = newest if newest is not None and sum(newest) <= events_max else None
        needed = at_least + (events_max if self._newest is None else sum(self._newest))
        self._spare = spare if self._newest is not None else 0
        self.most = needed if self._newest is None else needed + 1 + needed // 4 + spare

    def thin(self, points: list[Point]) -> int | None:
        """Drop what need not be kept, where there is much; the time of the newest point that is lost, if one is."""
        if len(points) <= self.most:
            return None
        if self._newest is not None:
            older = len(points) - self._spare
            points[:older] = self.of(points[:older])
            return None
        lost_ms: int = points[-self.most - 1][0]
        del points[: -self.most]
        return lost_ms

    def of(self, points: list[Point]) -> list[Point]:
        """Those that are needed of `points`, which are in order of time."""
        if self._newest is None:
            return points
        if not self._newest:
            return points[-self._at_least :]
        left, kept = list(self._newest), []
        for place, point in enumerate(reversed(points)):
            speaks = place < self._at_least
            for slot, value in enumerate(point[2]):
                if value is not None and left[slot]:
                    left[slot] -= 1
                    speaks = True
            if speaks:
                kept.append(point)
        kept.reverse()
        return kept
