"""change: the recent rate of a customer or key against their own baseline (S1, T3, T4)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cjo.engine.conditions import compile_ref
from cjo.engine.exact import EXACT
from cjo.engine.hearing import PREFIX
from cjo.engine.room import drop_oldest
from cjo.engine.signals.base import Row, Signal
from cjo.engine.state import armed_at
from cjo.signals.change.judge import Judge

if TYPE_CHECKING:
    from cjo.engine.turn import Turn

Memory = dict[str, Any]


class ChangeSignal(Signal):
    """Judged at the ends of buckets: multiples of `every` since 1970, UTC. Exact, for totals are all that counts then.

    A bucket holds what happened after its beginning, up to its end and at it (T3), so at an end T the recent window is
    (T - recent, T] and the baseline (T - recent - baseline, T - recent]: nothing is in both. The signal fires at T
    where the condition turns true, once, and re-arms at the first T at which it is false and the cooldown has passed.
    Its moment's id is made of T: a rate has no touchpoint of its own. No evidence is kept; it tells both totals.

    Nothing has to happen for a rate to fall, so it is judged by wake-ups; but by few of them. With no further
    touchpoint every later verdict is known, and the first that fires is armed. A touchpoint more can bring that forward
    only from its own bucket's end on, or, where it keeps from falling what has not fallen, from when it leaves the
    recent window. So a touchpoint costs an addition; what is armed later than that is armed for then, and looked at
    again.

    Memory of a key: `{"b": number of the first bucket, "n": totals from there on, "done": the last bucket whose end is
    late_horizon ago: its verdict is final, "off": 1 while fired at `done`, "last": time of the last moment before
    `done`, "f": [[time, moment_id]] fired since, "m": [[at_ms, mark, value]] of counted moments since, which may be
    taken back}`. A sum is kept as text. A late touchpoint adds to its bucket, and all verdicts since `done` are given
    anew (T4). Memory is bounded by the number of buckets, whatever happens in them.
    """

    @staticmethod
    def form(spec: dict[str, Any]) -> list[Any]:
        return [list(spec["of"] or ()), spec["every_ms"]]

    def __init__(self, spec: dict[str, Any], workspace: dict[str, Any]) -> None:
        super().__init__(spec, workspace)
        self._of = compile_ref(spec["of"]) if spec["of"] else None
        self._judge = Judge(spec)
        self._every_ms: int = spec["every_ms"]
        self._recent_ms: int = spec["recent_ms"]
        self._falls = spec["falls_to"] is not None
        self.arms_in_the_past = True  # by a touchpoint within the bound

    def accept(self, turn: Turn, row: Row, mark: str, role: str, extra: Any) -> None:
        key = self.key_of(row)
        value = 1 if self._of is None else self._of(row, None, None)
        if key is None or not value:
            return
        at_ms, decided = row["at"], self._decided(turn.state["clock"])
        bucket = (at_ms - 1) // self._every_ms
        if bucket < decided + 2 - self._judge.reach:
            return
        memory = self.accumulator(turn, key, dict)
        if not memory:
            memory |= {"b": bucket, "n": [], "done": min(decided, bucket - 1), "f": []}
        elif decided > memory["done"]:
            self._shrink(memory, decided)
        self._add(memory, bucket, value)
        if row["type"].startswith(PREFIX):
            heard = memory.setdefault("m", [])
            heard.append([at_ms, mark, value if self._of is None else str(value)])
            drop_oldest(heard, self.events_max)
        self._arm(turn, key, memory, (bucket + 1) * self._every_ms, value > 0)

    def on_due(self, turn: Turn, key: str, due_ms: int) -> None:
        memory = self.memory(turn.state, key)
        if memory is None:
            return
        totals, fired = self._totals(memory), memory["f"]
        times = self._judge.walk(memory, totals).times
        if due_ms in times and all(due_ms != one[0] for one in fired):
            fired.append([due_ms, self._fire(turn, key, memory, totals, due_ms)])
            fired.sort()
        self.arm(turn, key, next((at_ms for at_ms in times if at_ms > due_ms), None))

    def take_out(self, turn: Turn, key: str, memory: Memory, marks: list[str]) -> None:
        """T4: a moment that was counted never was: it is taken out of its bucket, and all is judged anew."""
        gone = [one for one in memory.get("m", ()) if one[1] in marks]
        for one in gone:
            memory["m"].remove(one)
            bucket = (one[0] - 1) // self._every_ms
            if bucket >= memory["b"]:
                self._add(memory, bucket, -Decimal(one[2]))
        if gone:
            self._review(turn, key, memory)

    def forget(self, accumulator: Memory, clock_ms: int) -> bool:
        if (decided := self._decided(clock_ms)) > accumulator["done"]:
            self._shrink(accumulator, decided)
        return not accumulator["n"] and not accumulator["f"] and "off" not in accumulator

    def _decided(self, clock_ms: int) -> int:
        """The last bucket about whose end nothing changes any more."""
        return (clock_ms - self.late_horizon_ms) // self._every_ms - 1

    def _add(self, memory: Memory, bucket: int, value: Any) -> None:
        totals = memory["n"]
        if not totals:
            memory["b"] = bucket
        place = bucket - memory["b"]
        if place < 0:
            totals[:0] = [0] * -place
            memory["b"], place = bucket, 0
        elif place >= len(totals):
            totals.extend([0] * (place + 1 - len(totals)))
        total = totals[place]
        totals[place] = total + int(value) if self._of is None else str(EXACT.add(Decimal(total), value))

    def _arm(self, turn: Turn, key: str, memory: Memory, end_ms: int, more: bool) -> None:
        """After a touchpoint in the bucket that ends at `end_ms`: see that nothing it brings about is missed."""
        fired = memory["f"]
        if fired and fired[-1][0] >= end_ms:
            self._review(turn, key, memory)
            return
        keeps_it = more is self._falls and not fired and "off" not in memory
        look_ms = end_ms + self._recent_ms if keeps_it else end_ms
        armed_ms = armed_at(turn.state, self.wake_id(key))
        if armed_ms is None or armed_ms > look_ms:
            self.arm(turn, key, look_ms)

    def _review(self, turn: Turn, key: str, memory: Memory) -> None:
        """T4: take back moments that turn out never to have been, and arm the first that is to fire."""
        times, fired = self._judge.walk(memory, self._totals(memory)).times, memory["f"]
        for at_ms, moment_id in fired:
            if at_ms not in times:
                self.take_back(turn, at_ms, moment_id)
        memory["f"] = [one for one in fired if one[0] in times]
        known = {one[0] for one in memory["f"]}
        self.arm(turn, key, next((at_ms for at_ms in times if at_ms not in known), None))

    def _shrink(self, memory: Memory, decided: int) -> None:
        """Make verdicts final, and forget what no other verdict asks for."""
        walk = self._judge.walk(memory, self._totals(memory), decided)
        memory["done"] = decided
        memory.pop("off", None)
        if walk.off:
            memory["off"], memory["last"] = 1, walk.last_ms
        memory["f"] = [one for one in memory["f"] if one[0] > (decided + 1) * self._every_ms]
        if "m" in memory:
            memory["m"] = [one for one in memory["m"] if one[0] > (decided + 1) * self._every_ms]
        gone = decided + 2 - self._judge.reach - memory["b"]
        if gone > 0:
            del memory["n"][:gone]
            memory["b"] += gone

    def _totals(self, memory: Memory) -> list[int]:
        if self._of is None:
            found: list[int] = memory["n"]
            return found
        return [int(EXACT.divide(Decimal(one), self._judge.unit)) for one in memory["n"]]

    def _fire(self, turn: Turn, key: str, memory: Memory, totals: list[int], at_ms: int) -> str:
        recent, baseline = self._judge.windows(memory["b"], totals, at_ms // self._every_ms - 1)
        values = {"recent": self._told(recent), "baseline": self._told(baseline)}
        values["percent"] = self._judge.percent(recent, baseline)
        return self.fire(turn, key, at_ms, [str(at_ms)], [], values)

    def _told(self, total: int) -> Any:
        if self._of is None:
            return total
        whole, _, fraction = format(EXACT.multiply(Decimal(total), self._judge.unit), "f").partition(".")
        return f"{whole}.{fraction.rstrip('0').ljust(2, '0')}"


KIND = ChangeSignal
