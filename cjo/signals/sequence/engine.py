"""sequence: A, then B, then C within W, with nothing forbidden between them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from cjo.engine.room import drop_oldest
from cjo.engine.signals.base import Match, Row, Signal
from cjo.engine.signals.collect import Collector
from cjo.engine.signals.roles import bits_of, together
from cjo.signals.sequence.chains import Point, latest_chains, needed, numbers, rank_of, unlinked

if TYPE_CHECKING:
    from cjo.engine.turn import Turn

Memory = dict[str, Any]
Place = list[Any]

NOTS: Final = 16
STEPS: Final = (1 << NOTS) - 1

_time: Final = itemgetter(0)


def _empty() -> Memory:
    return {"p": []}


class SequenceSignal(Signal):
    """Fires at a touchpoint that fits the last step and that others, one for each step before it, lead up to.

    They stand one after the other within W, closed at both ends (T3); of one instant, in the order in which the signal
    names them. None that `not` names stands between. Of several such chains it is the one whose last but one is the
    latest, then the one before that, and so on. What has fired is used up: a chain stands wholly after the end of the
    last one that fired before, and does not end within one that fired. Within the cooldown of a moment, before it or
    after, none fires.

    At once, a touchpoint out of order is put where it happened, and may complete a chain that goes on after it. With
    `settle` each touchpoint is judged once, in order; later than that, at once. One that `not` forbids within what has
    fired takes the moment back (T4), and what this leaves free is judged again.

    Memory of a key: `{"p": points in order (chains.py), "f": [[moment_id, [place of each point]]] in order, absent
    while nothing has fired, "done": judged up to here (settle), "cut": place of the newest point taken for room,
    "lost": time of the newest step not taken since it stands before that}`. Of more than `events_per_key` points the
    newer half is kept, and of the older ones what may still be gone on from. That is exact as long as no more than that
    half overtakes the one that is judged; beyond it a sequence can be missed, and a moment to which a step not taken
    might belong says `truncated: true`. What a moment says is true in any case.
    """

    @staticmethod
    def form(spec: dict[str, Any]) -> list[Any]:
        steps = [[[match["type"] for match in step[part]] for part in ("on", "not")] for step in spec["steps"]]
        return [steps, Collector.form(spec)]

    def __init__(self, spec: dict[str, Any], workspace: dict[str, Any]) -> None:
        super().__init__(spec, workspace)
        self._steps = len(spec["steps"])
        self._last = 1 << self._steps - 1
        self._within_ms: int = spec["within_ms"]
        self._cooldown_ms: int = spec.get("cooldown_ms") or 0
        self._collect = Collector(spec.get("collect"))
        self._of_step = {name: part["step"] for name, part in (spec.get("collect") or {}).items() if "step" in part}
        self._kept_ms = self.late_horizon_ms + max(self._within_ms, self._cooldown_ms)
        self._newest = max(self.events_max // 2, 1)
        self._fired_max = max(self.events_max // self._steps, 1)
        self._matches = list(together(_named(spec["steps"])))

    def listens(self) -> Iterator[tuple[Match, str, Any]]:
        for match, roles in self._matches:
            yield match, "step", roles

    def accept(self, turn: Turn, row: Row, mark: str, role: str, extra: Any) -> None:
        key = self.key_of(row)
        if key is None:
            return
        bits = bits_of(turn.whole(row), extra)
        if not bits:
            return
        steps, nots = bits & STEPS, bits >> NOTS
        rank = rank_of(steps, nots)
        memory = self.accumulator(turn, key, _empty)
        point = [row["at"], rank, mark, steps, nots]
        if steps and self._collect.width:
            point.append(self._collect.read(row))
        points = memory["p"]
        newest = not points or points[-1][0] < point[0]
        if newest:
            points.append(point)
        elif not self._put(memory, point):
            return
        self._shrink(memory, turn.state["clock"])
        if len(points) > self.events_max:
            self._make_room(turn, key, memory)
        if self.settle and point[0] > memory.get("done", -1):
            if point[3] & self._last:
                self._arm_next(turn, key, memory)
            return
        freed = self._void(turn, memory, point) if nots and memory.get("f") else None
        if freed or point[3] & self._last or not newest:
            self._judge_again(turn, key, memory, point, freed)

    def on_due(self, turn: Turn, key: str, due_ms: int) -> None:
        memory = self.memory(turn.state, key)
        if memory is not None:
            self._judge_until(turn, key, memory, due_ms)
            self._arm_next(turn, key, memory)

    def take_out(self, turn: Turn, key: str, memory: Memory, marks: list[str]) -> None:
        """T4: what never was makes no sequence, and forbids none. What has fired on it stands."""
        gone = [point for point in memory["p"] if point[2] in marks]
        if not gone:
            return
        memory["p"] = [point for point in memory["p"] if point[2] not in marks]
        blocked = next((point for point in gone if point[4]), None)
        if blocked is not None:
            self._judge_again(turn, key, memory, blocked, _place(blocked))
        if self.settle:
            self._arm_next(turn, key, memory)

    def forget(self, accumulator: Memory, clock_ms: int) -> bool:
        self._shrink(accumulator, clock_ms)
        return not accumulator["p"] and not accumulator.get("f")

    def _put(self, memory: Memory, point: Point) -> bool:
        """Put a point where it happened; False where nothing comes of it any more."""
        points, here = memory["p"], point[:3]
        if here <= memory.get("cut", [-1]):
            if point[3]:
                memory["lost"] = max(point[0], memory.get("lost", -1))
            if not point[4]:
                return False
            point[3] = 0
            del point[5:]
        insort(points, point, key=_place)
        return True

    def _shrink(self, memory: Memory, clock_ms: int) -> None:
        points, fired = memory["p"], memory.get("f")
        oldest = clock_ms - self._within_ms - self.late_horizon_ms
        if points and points[0][0] < oldest:
            del points[: bisect_left(points, oldest, key=_time)]
        if fired is None:
            return
        if fired and fired[0][1][-1][0] < clock_ms - self._kept_ms:
            del fired[: bisect_left(fired, clock_ms - self._kept_ms, key=_ended)]
        if len(fired) > self._fired_max:
            used = fired[-self._fired_max - 1][1][-1]
            del points[: bisect_right(points, used, key=_place)]
            memory["cut"] = max(used, memory.get("cut", [-1]))
            drop_oldest(fired, self._fired_max)
        if not fired:
            del memory["f"]

    def _make_room(self, turn: Turn, key: str, memory: Memory) -> None:
        older = memory["p"][: -self._newest]
        if self.settle:
            self._judge_until(turn, key, memory, older[-1][0])
        used = memory["f"][-1][1][-1] if memory.get("f") else [-1]
        memory["cut"] = max(older[-1][:3], memory.get("cut", [-1]))
        memory["p"][: len(older)] = needed([point for point in older if point[:3] > used], self._steps)

    def _judge_until(self, turn: Turn, key: str, memory: Memory, until_ms: int) -> None:
        points, done = memory["p"], memory.get("done", -1)
        for index in range(bisect_right(points, done, key=_time), bisect_right(points, until_ms, key=_time)):
            self._judge(turn, key, memory, index, None)
        memory["done"] = max(done, until_ms)

    def _judge_again(self, turn: Turn, key: str, memory: Memory, point: Point, freed: Place | None) -> None:
        """Judge what `point` may have completed; with `freed`, all from that place on."""
        points = memory["p"]
        until_ms = memory.get("done", -1) if self.settle else points[-1][0] if points else -1
        first = bisect_left(points, freed or point[:3], key=_place)
        for index in range(first, bisect_right(points, until_ms, key=_time)):
            if freed is None and points[index][0] > point[0] + self._within_ms:
                return
            self._judge(turn, key, memory, index, None if freed else point)

    def _judge(self, turn: Turn, key: str, memory: Memory, index: int, judged: Point | None) -> None:
        """Fire at the point at `index` where a chain ends with it; with `judged`, where that one is among it."""
        if not memory["p"][index][3] & self._last:
            return
        chain = self._chain(memory, index)
        if chain and (judged is None or any(point[2] == judged[2] for point in chain)):
            self._fire(turn, key, memory, chain)

    def _chain(self, memory: Memory, index: int) -> list[Point]:
        """What makes the point at `index` the last of a sequence, in order; empty where nothing does."""
        points, fired = memory["p"], memory.get("f")
        last = points[index]
        first = bisect_left(points, last[0] - self._within_ms, key=_time)
        if fired:
            here = last[:3]
            before = bisect_left(fired, here, key=_end)
            around = fired[max(before - 1, 0) : before + 1]
            if any(abs(_ended(one) - last[0]) < self._cooldown_ms for one in around):
                return []
            if before < len(fired) and fired[before][1][0] <= here:
                return []
            if before:
                first = max(first, bisect_right(points, fired[before - 1][1][-1], key=_place))
        chain = latest_chains(points[first : index + 1], self._steps)[-1]
        return unlinked(chain) if chain and chain[0] is last else []

    def _fire(self, turn: Turn, key: str, memory: Memory, chain: list[Point]) -> None:
        entries = [[point[0], point[2], point[5] if len(point) > 5 else []] for point in chain]
        values = self._collect.values(entries, [])
        for name, step in self._of_step.items():
            values[name] = self._collect.values([entries[step]], [])[name]
        if memory.get("lost", -1) >= chain[0][0]:
            values["truncated"] = True
        evidence = [(at_ms, mark) for at_ms, mark, _ in entries]
        made = self.fire(turn, key, chain[-1][0], [mark for _, mark in evidence], evidence, values)
        insort(memory.setdefault("f", []), [made, [point[:3] for point in chain]], key=_end)

    def _void(self, turn: Turn, memory: Memory, point: Point) -> Place | None:
        """Take back the moments that `point` forbids (T4); the first place that this leaves free, None without any."""
        here, freed = point[:3], None
        for one in [one for one in memory["f"] if one[1][0] < here < one[1][-1]]:
            if any(one[1][step - 1] < here < one[1][step] for step in numbers(point[4])):
                memory["f"].remove(one)
                self.take_back(turn, _ended(one), one[0])
                freed = freed or one[1][0]
        return freed

    def _arm_next(self, turn: Turn, key: str, memory: Memory) -> None:
        points = memory["p"]
        waiting = points[bisect_right(points, memory.get("done", -1), key=_time) :]
        self.arm(turn, key, next((point[0] for point in waiting if point[3] & self._last), None))


def _named(steps: list[dict[str, Any]]) -> Iterator[tuple[Match, int]]:
    """Matches with the bit of what they name: the steps from 0, and from NOTS what is forbidden before each."""
    for index, step in enumerate(steps):
        yield from ((match, 1 << index) for match in step["on"])
        yield from ((match, 1 << index + NOTS) for match in step["not"])


def _place(point: Point) -> Place:
    return point[:3]


def _end(fired: list[Any]) -> Place:
    place: Place = fired[1][-1]
    return place


def _ended(fired: list[Any]) -> int:
    return int(fired[1][-1][0])


KIND = SequenceSignal
