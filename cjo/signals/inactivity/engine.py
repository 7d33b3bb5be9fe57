"""inactivity: active before, then nothing for so long (T3, T4)."""

from __future__ import annotations

from bisect import bisect_left
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from cjo.engine.signals.base import Row, Signal, drop_marked
from cjo.engine.signals.collect import Collector
from cjo.engine.state import armed_at
from cjo.signals.inactivity.needed import Needed, Point

if TYPE_CHECKING:
    from cjo.engine.turn import Turn

Memory = dict[str, Any]
Spell = list[Any]
"""`[first_ms, last_ms, points, id of the moment that its end made or ""]`."""

FIRST: Final = 0
LAST: Final = 1
POINTS: Final = 2
FIRED: Final = 3


_time: Final = itemgetter(0)
_order: Final = itemgetter(0, 1)


def _empty() -> Memory:
    return {"c": [], "h": []}


class InactivitySignal(Signal):
    """Fires `silent` after the last touchpoint of a spell of activity; a function of what happened, not of its arrival.

    A spell is a row of touchpoints with gaps of at most `silent`, both ends inside: only its last can be followed by
    silence. So its times and its newest points say all that matters of it, however long it is and whatever comes late:
    a touchpoint may prolong a spell (its moment then never was), join two, or be one of its own. A spell's end fires if
    the closed window `within` that ends there, over spells too, holds `at_least` touchpoints; its moment's id is made
    of the last (of several at that time the greatest mark).

    Memory of a key: `{"c": spells, in order of time, "h": points of earlier ones, "cut": time of the newest point lost
    for room}`. A spell is kept until its deadline is `late_horizon` ago, its points go on counting in windows that
    reach back to them. What is dropped of points (see Needed) can't matter; where all of them count (`sum`, `count()`)
    and a window reaches back to lost ones, the moment carries `truncated: true`, and they are missing in these values
    alone. Where the spells before the newest two hold more than `events_per_key` points, the oldest of them whose
    deadline has passed are decided for good: a touchpoint that is late by more than the bound does not change them any
    more. Those that wait for theirs all stay: of them there are at most the bound divided by `silent`.

    A moment of another signal that is taken back is taken out of its spell, which then ends sooner, begins later, comes
    apart or never was; what its end has made is taken back (T4). So what listens to moments keeps of each spell the
    newest `events_per_key` points besides. Further back (`"thin"`: time of the newest point that may have been dropped)
    a spell stays as it is.
    """

    @staticmethod
    def form(spec: dict[str, Any]) -> list[Any]:
        return [Collector.form(spec)]

    def __init__(self, spec: dict[str, Any], workspace: dict[str, Any]) -> None:
        super().__init__(spec, workspace)
        self._at_least: int = spec["at_least"]
        self._within_ms: int = spec["within_ms"]
        self._silent_ms: int = spec["silent_ms"]
        self._collect = Collector(spec.get("collect"))
        self._spare = self.events_max if self.hears() else 0
        self._needed = Needed(self._at_least, self._collect, self.events_max, self._spare)
        self.arms_in_the_past = self.arms_in_the_past or bool(self._spare)  # a spell may turn out to have ended before

    def accept(self, turn: Turn, row: Row, mark: str, role: str, extra: Any) -> None:
        key, at_ms, clock_ms = self.key_of(row), row["at"], turn.state["clock"]
        decided_ms = clock_ms - self.late_horizon_ms - self._silent_ms
        if key is None or at_ms < decided_ms - self._within_ms:
            return
        pending_ms = clock_ms - self.bound_ms - self._silent_ms
        memory = self.accumulator(turn, key, _empty)
        self._shrink(memory, decided_ms)
        point: Point = [at_ms, mark, self._collect.read(row)]
        if at_ms < decided_ms or at_ms <= memory.get("floor", -1):
            self._into(memory, memory["h"], point)
        else:
            self._place(turn, memory, point)
            self._make_room(memory, pending_ms)
        self._review(turn, key, memory, min(at_ms, pending_ms))

    def on_due(self, turn: Turn, key: str, due_ms: int) -> None:
        memory, last_ms = self.memory(turn.state, key), due_ms - self._silent_ms
        if memory is None:
            return
        for index, spell in enumerate(memory["c"]):
            if spell[LAST] == last_ms and not spell[FIRED] and self._was_active(memory, index):
                self._fire(turn, key, memory, index)
        self._review(turn, key, memory, last_ms)

    def forget(self, accumulator: Memory, clock_ms: int) -> bool:
        self._shrink(accumulator, clock_ms - self.late_horizon_ms - self._silent_ms)
        return not accumulator["c"] and not accumulator["h"]

    def take_out(self, turn: Turn, key: str, memory: Memory, marks: list[str]) -> None:
        """T4: a moment that was activity never was."""
        found, since_ms = drop_marked(memory, marks), turn.state["clock"] - self.bound_ms - self._silent_ms
        for spell in [one for one in memory["c"] if any(point[1] in marks for point in one[POINTS])]:
            found, place = True, memory["c"].index(spell)
            left = self._without(memory, spell, marks)
            memory["c"][place : place + 1] = left
            if left and left[-1][POINTS][-1][:2] == spell[POINTS][-1][:2]:
                left[-1][FIRED] = spell[FIRED]
            elif spell[FIRED]:
                self.take_back(turn, self._deadline(spell), spell[FIRED])
            since_ms = min(since_ms, spell[FIRST])
        if not found:
            return
        for index, spell in enumerate(memory["c"]):
            if spell[FIRED] and not self._was_active(memory, index):
                self.take_back(turn, self._deadline(spell), spell[FIRED])
                spell[FIRED] = ""
        self._review(turn, key, memory, since_ms)

    def _without(self, memory: Memory, spell: Spell, marks: list[str]) -> list[Spell]:
        """The spells that are left of one."""
        left: list[Spell] = []
        for point in spell[POINTS]:
            if point[1] in marks:
                continue
            if left and point[0] <= max(left[-1][LAST] + self._silent_ms, memory.get("thin", -1)):
                left[-1][LAST] = point[0]
                left[-1][POINTS].append(point)
            else:
                left.append([point[0], point[0], [point], ""])
        if left and spell[POINTS][0][0] > spell[FIRST]:  # older ones were dropped
            left[0][FIRST] = spell[FIRST]
        return left

    def _deadline(self, spell: Spell) -> int:
        return int(spell[LAST]) + self._silent_ms

    def _place(self, turn: Turn, memory: Memory, point: Point) -> None:
        """Put a point into the spell that it belongs to, or joins with the next, or makes."""
        spells, at_ms = memory["c"], point[0]
        place = len(spells)
        while place and spells[place - 1][FIRST] > at_ms:
            place -= 1
        before = spells[place - 1] if place else None
        after = spells[place] if place < len(spells) and spells[place][FIRST] <= at_ms + self._silent_ms else None
        if before is None or at_ms > before[LAST] + self._silent_ms:
            if after is None:
                spells.insert(place, [at_ms, at_ms, [point], ""])
            else:
                after[FIRST] = at_ms
                self._into(memory, after[POINTS], point)
            return
        if at_ms > before[LAST]:
            if before[FIRED]:
                self.take_back(turn, self._deadline(before), before[FIRED])  # T4: it has not been silent
            before[LAST], before[FIRED] = at_ms, ""
        self._into(memory, before[POINTS], point)
        if after is not None:
            before[LAST], before[FIRED] = after[LAST], after[FIRED]
            before[POINTS] += after[POINTS]
            del spells[place]
            self._thin(memory, before[POINTS])

    def _into(self, memory: Memory, points: list[Point], point: Point) -> None:
        """Put a point among others, once: a touchpoint may match twice."""
        if not points or points[-1][0] < point[0]:
            points.append(point)
        else:
            index = bisect_left(points, _order(point), key=_order)
            if index < len(points) and points[index][1] == point[1]:
                return
            points.insert(index, point)
        self._thin(memory, points)

    def _thin(self, memory: Memory, points: list[Point]) -> None:
        if self._spare and len(points) > self._needed.most:
            memory["thin"] = max(memory.get("thin", -1), points[-self._spare - 1][0])
        lost_ms = self._needed.thin(points)
        if lost_ms is not None:
            memory["cut"] = max(memory.get("cut", lost_ms), lost_ms)

    def _shrink(self, memory: Memory, decided_ms: int) -> None:
        """Forget spells that ended before `decided_ms`, and points that no window reaches any more."""
        while memory["c"] and memory["c"][0][LAST] < decided_ms:
            self._leave(memory)
        past, since_ms = memory["h"], decided_ms - self._within_ms
        if past and past[0][0] < since_ms:
            del past[: bisect_left(past, since_ms, key=_time)]

    def _make_room(self, memory: Memory, pending_ms: int) -> None:
        """Where spells before the newest two are too many, what is too much of them is decided for good.

        Not those that ended at `pending_ms` or later: their deadline has not passed yet.
        """
        spells = memory["c"]
        while (
            len(spells) > 2
            and spells[0][LAST] < pending_ms
            and sum(len(spell[POINTS]) for spell in spells[:-2]) > self.events_max + self._spare
        ):
            memory["floor"] = spells[0][LAST]
            self._leave(memory)

    def _leave(self, memory: Memory) -> None:
        """Only its points are left of the oldest spell. Some that came late may be newer than its first."""
        past = memory["h"]
        past += memory["c"].pop(0)[POINTS]
        past.sort(key=_order)
        self._thin(memory, past)

    def _was_active(self, memory: Memory, index: int) -> bool:
        """True where the closed window that ends with a spell holds enough."""
        since_ms, found = memory["c"][index][LAST] - self._within_ms, 0
        for one in reversed(memory["c"][: index + 1]):
            if one[LAST] < since_ms:
                break
            found += _since(one[POINTS], since_ms)
            if found >= self._at_least:
                return True
        return found + _since(memory["h"], since_ms) >= self._at_least

    def _review(self, turn: Turn, key: str, memory: Memory, since_ms: int) -> None:
        """Arm the deadline of the first spell that is to fire; of those that ended before `since_ms` none is.

        Nor before the deadline that is armed: it may be in the past, where something else has come in this turn.
        """
        armed_ms = armed_at(turn.state, self.wake_id(key))
        if armed_ms is not None:
            since_ms = min(since_ms, armed_ms - self._silent_ms)
        spells, due_ms = memory["c"], None
        for index in range(len(spells) - 1, -1, -1):
            if spells[index][LAST] < since_ms:
                break
            if not spells[index][FIRED] and self._was_active(memory, index):
                due_ms = spells[index][LAST] + self._silent_ms
        self.arm(turn, key, due_ms)

    def _fire(self, turn: Turn, key: str, memory: Memory, index: int) -> None:
        spell = memory["c"][index]
        since_ms = spell[LAST] - self._within_ms
        kept = [memory["h"], *(one[POINTS] for one in memory["c"][: index + 1])]
        window = self._needed.of(sorted((one for points in kept for one in points if one[0] >= since_ms), key=_order))
        values = self._collect.values(window, [])
        if memory.get("cut", -1) >= since_ms:
            values["truncated"] = True
        evidence = [(point[0], point[1]) for point in window]
        spell[FIRED] = self.fire(turn, key, spell[LAST] + self._silent_ms, [window[-1][1]], evidence, values)


def _since(points: list[Point], since_ms: int) -> int:
    """How many of some points are not before a time."""
    if not points or points[0][0] >= since_ms:
        return len(points)
    return len(points) - bisect_left(points, since_ms, key=_time)


KIND = InactivitySignal
