"""event: every matching touchpoint is a moment."""

from __future__ import annotations

from bisect import insort
from typing import TYPE_CHECKING, Any

from cjo.engine.signals.base import Row, Signal
from cjo.engine.signals.collect import Collector

if TYPE_CHECKING:
    from cjo.engine.turn import Turn


class EventSignal(Signal):
    """Fires at once, or with `settle` when the bound has passed, in event-time order.

    Memory: with `settle` the entries that wait, `{"p": [[at_ms, mark, values]]}`; none otherwise. Of more than
    `events_per_key` the earliest waits no longer.
    """

    @staticmethod
    def form(spec: dict[str, Any]) -> list[Any]:
        return [Collector.form(spec)]

    def __init__(self, spec: dict[str, Any], workspace: dict[str, Any]) -> None:
        super().__init__(spec, workspace)
        self._collect = Collector(spec.get("collect"))

    def accept(self, turn: Turn, row: Row, mark: str, role: str, extra: Any) -> None:
        key = self.key_of(row)
        if key is None:
            return
        entry = [row["at"], mark, self._collect.read(row)]
        if not self.settle:
            self._fire(turn, key, entry)
            return
        waiting = self.accumulator(turn, key, lambda: {"p": []})["p"]
        insort(waiting, entry, key=lambda other: other[:2])
        if len(waiting) > self.events_max:
            self._fire(turn, key, waiting.pop(0))
        self.arm(turn, key, waiting[0][0])

    def on_due(self, turn: Turn, key: str, due_ms: int) -> None:
        waiting = (self.memory(turn.state, key) or {}).get("p", [])
        while waiting and waiting[0][0] <= due_ms:
            self._fire(turn, key, waiting.pop(0))
        self.arm(turn, key, waiting[0][0] if waiting else None)
        if not waiting:
            self.drop_key(turn.state, key)

    def forget(self, accumulator: dict[str, Any], clock_ms: int) -> bool:
        return not accumulator["p"]

    def reach_ms(self) -> int | None:
        return self.bound_ms + self.late_horizon_ms if self.settle else 0

    def _fire(self, turn: Turn, key: str, entry: list[Any]) -> None:
        at_ms, mark, _ = entry
        self.fire(turn, key, at_ms, [mark], [(at_ms, mark)], self._collect.values([entry], []))


KIND = EventSignal
