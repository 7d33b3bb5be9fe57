"""score: weighted touchpoints within a window, perhaps less with age, reach a threshold (S1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cjo.engine.conditions import Condition, compile_condition
from cjo.engine.signals.base import Match, Row
from cjo.engine.signals.flat import Flat
from cjo.engine.signals.level import LevelSignal, Memory
from cjo.signals.score.decay import ONE, REST_MAX, WIDTH, Decay, as_decimal

if TYPE_CHECKING:
    from cjo.engine.turn import Turn

Add = tuple[Condition | None, int]
"""A condition (None: none), and the points for a touchpoint for which it holds."""


class ScoreSignal(LevelSignal):
    """The level is the sum of the points. A point is `at_ms, mark, add`; the moment's value is `score`.

    With `half_life_ms` it is the sum of what they count by their age (Decay) at the time judged. No point is negative
    then, so that between touchpoints the level only falls: it is reached at a touchpoint or not at all. The value is
    decimal text. Of more points than are kept, memory has what the others came to in all, `"rest"`, at the time `"cut"`
    of the newest of them. It fades with age and goes as one, when that is out of the window: until then the level may
    be too high by what others of them would count that are out already, and the moment says `truncated: true`.

    A touchpoint that several points are on counts for each of them whose condition holds, and is judged once.
    """

    width = WIDTH

    def __init__(self, spec: dict[str, Any], workspace: dict[str, Any]) -> None:
        super().__init__(spec, workspace)
        self._points: list[dict[str, Any]] = spec["points"]
        self._decay = Decay(spec["half_life_ms"]) if spec.get("half_life_ms") else None
        if self._decay:
            self._threshold *= ONE
            self.most_of_a_point = self._threshold  # what is no longer remembered counts too: always to be reckoned
        else:
            self.most_of_a_point = sum(max(0, point["add"]) for point in self._points)  # a touchpoint may match all
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
            self.take(turn, key, [row["at"], mark, extra if isinstance(extra, int) else _added(turn.whole(row), extra)])

    def reach_ms(self) -> int | None:
        """What was dropped for room fades for ever, and with negative points a level that is down need not have fallen
        at the last touchpoint."""
        is_plain = self._decay is None and all(point["add"] >= 0 for point in self._points)
        return super().reach_ms() if is_plain else None

    def level_of(self, window: Flat) -> int:
        return sum(window[2::WIDTH])

    def reached(self, memory: Memory, window: Flat, at_ms: int) -> bool:
        if self._decay is None:
            return self.level_of(window) >= self._threshold
        if at_ms < memory.get("cut", at_ms):
            return True  # nobody can tell: nothing re-arms by it
        return self._decay.reached(window, at_ms, self._threshold - self._rest(memory, at_ms))

    def values_of(self, memory: Memory, window: Flat, at_ms: int) -> dict[str, Any]:
        if self._decay is None:
            return {"score": self.level_of(window)}
        return {"score": as_decimal(self._decay.total(window, at_ms) + self._rest(memory, at_ms))}

    def drop(self, memory: Memory, gone: Flat) -> None:
        if self._decay:
            newest_ms = max(memory.get("cut", 0), gone[-WIDTH])
            rest = self._rest(memory, newest_ms) + self._decay.total(gone, newest_ms)
            memory["rest"] = min(rest, REST_MAX)
        super().drop(memory, gone)

    def _rest(self, memory: Memory, at_ms: int) -> int:
        """What the points no longer remembered count at `at_ms`, in billionths."""
        cut_ms = memory.get("cut")
        if cut_ms is None or self._decay is None or at_ms > cut_ms + self._window_ms:
            return 0
        return int(memory.get("rest", 0)) * self._decay.weight(at_ms - cut_ms) // ONE


def _added(row: Row, adds: list[Add]) -> int:
    return sum(add for condition, add in adds if condition is None or condition(row, None, None) is True)


KIND = ScoreSignal
