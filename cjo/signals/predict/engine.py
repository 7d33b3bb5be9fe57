"""predict: a logistic model over features of what somebody did reaches a probability (S1)."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from cjo.engine.conditions import compile_condition
from cjo.engine.room import drop_oldest
from cjo.engine.signals.base import NEVER_MS, Match, Row, Signal, drop_marked, is_resting
from cjo.signals.predict.features import Count, build
from cjo.signals.predict.logistic import Logistic, as_decimal
from cjo.signals.predict.past import Past

if TYPE_CHECKING:
    from cjo.engine.turn import Turn

Memory = dict[str, Any]
_UPDATE: Final = "profile_updated"


def _empty() -> Memory:
    return {"x": {}}


class PredictSignal(Signal):
    """The level at a time is the probability of what lies in each feature's closed window, and of the profile, then.

    It is judged at touchpoints that a feature counts and at profile updates, never between, though features go on
    changing. It fires where the level is at the threshold, once, and re-arms where a touchpoint finds it below and the
    cooldown has passed. A feature may speak for or against, so at once, a touchpoint out of order is judged at its own
    time, and at each later one that was below the threshold without it. With `settle` each event time is judged once,
    in event-time order; a touchpoint later than that is judged at once. A moment that was given stands.

    Memory of a key: `{"x": {feature: points}, "h": profile updates (Past), "off", "last", "done": as of LevelSignal,
    "cut": {feature: time of the newest point dropped for room}}`. Of each feature the newest `events_per_key` points
    are kept. So a count goes no higher, and a sum is of so many; a moment of a feature that may lack something says
    `truncated: true`.

    Where nothing is left but that it has fired, and the level is up without any touchpoint (by the profile, or because
    the lack of touchpoints speaks for it), a mark for good takes its place, `state["fired"][place][key] = "last"`: it
    has not been below, however long ago they were. Of more than FIRSTS keys the one marked longest is forgotten.
    """

    @staticmethod
    def form(spec: dict[str, Any]) -> list[Any]:
        return [[part["name"], "sum" in part, part.get("profile")] for part in spec["features"]]

    def __init__(self, spec: dict[str, Any], workspace: dict[str, Any]) -> None:
        super().__init__(spec, workspace)
        self._features = [(part["name"], build(part)) for part in spec["features"]]
        self._counted: list[Count] = [feature for _, feature in self._features if feature]
        conditions = [part["profile"] for part in spec["features"] if "profile" in part]
        self._past = Past(conditions) if conditions else None
        self._model = Logistic(spec, [feature.unit if feature else 1 for _, feature in self._features])
        self._threshold: int = spec["at_least"]
        self._cooldown_ms: int = spec.get("cooldown_ms") or 0
        self._longest_ms = max((feature.window_ms for feature in self._counted), default=0)

    def listens(self) -> Iterator[tuple[Match, str, Any]]:
        """One match for each type, of all that ask for it: a touchpoint is taken once, by all its features."""
        by_type: dict[str, list[Any]] = {_UPDATE: []} if self._past else {}
        for feature in self._counted:
            for match in feature.matches:
                by_type.setdefault(match["type"], []).append((feature, match.get("where")))
        for kind, asked in by_type.items():
            wheres = list({repr(where): where for _, where in asked}.values())
            always = None in wheres or not wheres or (kind == _UPDATE and self._past is not None)
            where = None if always else wheres[0] if len(wheres) == 1 else ["or", *wheres]
            compiled = [(feature, compile_condition(one)) for feature, one in asked]
            yield {"type": kind, "where": where}, "touchpoint", compiled

    def accept(self, turn: Turn, row: Row, mark: str, role: str, extra: Any) -> None:
        key = self.key_of(row)
        if key is None:
            return
        points: dict[str, Any] = {}
        whole = turn.whole(row)
        for feature, holds in extra:
            if feature.name not in points and holds(whole, None, None) is True:
                point = feature.point(row, mark)
                if point is not None:
                    points[feature.name] = point
        update = self._past.update(turn, row, mark) if self._past and row["type"] == _UPDATE else None
        if points or update:
            self._take(turn, key, row["at"], points, update)

    def on_due(self, turn: Turn, key: str, due_ms: int) -> None:
        memory = self.memory(turn.state, key)
        if memory is None:
            return
        for at_ms in self._times(memory, memory.get("done", -1), due_ms):
            if memory.get("off") and not self._reached(turn, memory, at_ms, at_ms - 1):
                self._rearm(memory, at_ms)
            if not memory.get("off") and self._reached(turn, memory, at_ms, at_ms):
                self._fire(turn, key, memory, at_ms)
        memory["done"] = max(due_ms, memory.get("done", -1))
        self._arm_next(turn, key, memory)

    def take_out(self, turn: Turn, key: str, memory: Memory, marks: list[str]) -> None:
        """T4: no feature counts what never was. What has fired on it stands."""
        kept = memory["x"]
        if drop_marked(kept, marks):
            memory["x"] = {name: points for name, points in kept.items() if points}
            if self.settle:
                self._arm_next(turn, key, memory)

    def forget(self, accumulator: Memory, clock_ms: int) -> bool:
        self._shrink(accumulator, clock_ms)
        if accumulator["x"] or accumulator.get("h"):
            return False
        return not is_resting(accumulator, self._cooldown_ms, clock_ms - self.late_horizon_ms)

    def leave(self, turn: Turn, key: str, memory: Memory) -> None:
        if memory.get("off") and self._reached(turn, memory, turn.now_ms, turn.now_ms):
            self.know_for_ever(turn, "fired", key, memory["last"])

    def _memory(self, turn: Turn, key: str) -> Memory:
        """The memory of `key`, which may know no more than that it has fired."""
        memory = self.accumulator(turn, key, _empty)
        known = turn.state.get("fired", {}).get(self.place, {})
        if key in known:
            memory["off"], memory["last"] = 1, known.pop(key)
        return memory

    def _take(self, turn: Turn, key: str, at_ms: int, points: dict[str, Any], update: Any) -> None:
        memory = self._memory(turn, key)
        if self.settle and at_ms > memory.get("done", -1):
            self._put(turn, memory, points, update)
            self._arm_next(turn, key, memory)
            return
        until_ms = turn.state["clock"] if update else at_ms + self._longest_ms
        until_ms = min(until_ms, memory.get("done", -1)) if self.settle else until_ms
        later = self._times(memory, at_ms, until_ms)
        high = {when for when in later if self._reached(turn, memory, when, when, earlier=True)}
        if not memory.get("off") and self._times(memory, at_ms, NEVER_MS):
            before = self._times(memory, -NEVER_MS, at_ms)[-1:]
            if before and all(self._reached(turn, memory, one, one, earlier=True) for one in (at_ms, before[0])):
                high.add(at_ms)  # it was up, and has fired: what armed it again is a touchpoint of later
        below = memory.get("off") and not self._reached(turn, memory, at_ms, at_ms, earlier=True)
        self._put(turn, memory, points, update)
        if below:
            self._rearm(memory, at_ms)
        mine = {point[1] for point in points.values()}
        for when in () if memory.get("off") else [at_ms, *later]:
            if "last" in memory and abs(when - memory["last"]) < self._cooldown_ms:
                continue
            if when not in high and self._reached(turn, memory, when, when):
                if not update and mine.isdisjoint(one for _, one in self._made_by(memory, when)):
                    continue  # there is no room for it: what is reached without it has fired
                self._fire(turn, key, memory, when)
                return

    def _put(self, turn: Turn, memory: Memory, points: dict[str, Any], update: Any) -> None:
        kept = memory["x"]
        for name, point in points.items():
            known = kept.get(name)
            if known is None:
                kept[name] = [point]
            elif known[-1][0] < point[0]:
                known.append(point)
            else:
                insort(known, point, key=lambda one: one[:2])
        if update and self._past:
            self._past.put(memory.setdefault("h", []), update)
        self._shrink(memory, turn.state["clock"])

    def _shrink(self, memory: Memory, clock_ms: int) -> None:
        """Drop what is too old to matter, and of more points than are kept the oldest."""
        kept, late_ms = memory["x"], clock_ms - self.late_horizon_ms
        for feature in self._counted:
            points = kept.get(feature.name)
            if points is None:
                continue
            feature.forget(points, late_ms)
            if len(points) > self.events_max:
                memory.setdefault("cut", {})[feature.name] = points[len(points) - self.events_max - 1][0]
                drop_oldest(points, self.events_max)
            if not points:
                del kept[feature.name]
        if "h" in memory:
            memory["h"] = [one for one in memory["h"] if one[0] >= late_ms - self.bound_ms][-self.events_max :]

    def _values(self, turn: Turn, memory: Memory, at_ms: int, upto_ms: int, earlier: bool) -> list[int]:
        kept = memory["x"]
        of_profile = iter(self._past.values(turn, memory.get("h", []), upto_ms, earlier) if self._past else ())
        return [
            feature.value(kept.get(name, []), at_ms, upto_ms) if feature else next(of_profile)
            for name, feature in self._features
        ]

    def _reached(self, turn: Turn, memory: Memory, at_ms: int, upto_ms: int, earlier: bool = False) -> bool:
        return self._model.probability(self._values(turn, memory, at_ms, upto_ms, earlier)) >= self._threshold

    def _times(self, memory: Memory, after_ms: int, until_ms: int) -> list[int]:
        """The times of touchpoints after one time and up to another."""
        lists = [*memory["x"].values(), memory.get("h", [])]
        if not any(points and points[-1][0] > after_ms for points in lists):
            return []
        return sorted({point[0] for points in lists for point in points if after_ms < point[0] <= until_ms})

    def _rearm(self, memory: Memory, at_ms: int) -> None:
        if memory.get("off") and at_ms >= memory["last"] + self._cooldown_ms:
            del memory["off"]

    def _fire(self, turn: Turn, key: str, memory: Memory, at_ms: int) -> None:
        memory["off"], memory["last"] = 1, at_ms
        found = self._values(turn, memory, at_ms, at_ms, earlier=False)
        values: dict[str, Any] = {"probability": as_decimal(self._model.probability(found))}
        for (name, feature), value in zip(self._features, found, strict=True):
            values[name] = feature.told(value) if feature else value == 1
        kept, cut = memory["x"], memory.get("cut", {})
        if any(one.name in cut and one.lacks(kept.get(one.name, []), cut[one.name], at_ms) for one in self._counted):
            values["truncated"] = True
        evidence = sorted(self._made_by(memory, at_ms))
        self.fire(turn, key, at_ms, [mark for _, mark in evidence], evidence, values)

    def _made_by(self, memory: Memory, at_ms: int) -> set[tuple[int, str]]:
        """(time, mark) of what makes the probability at a time."""
        found = {(one[0], one[1]) for one in memory.get("h", []) if one[0] == at_ms}
        for feature in self._counted:
            points = feature.made_by(memory["x"].get(feature.name, []), at_ms)
            found.update((point[0], point[1]) for point in points)
        return found

    def _arm_next(self, turn: Turn, key: str, memory: Memory) -> None:
        done = memory.get("done", -1)
        lists = [*memory["x"].values(), memory.get("h", [])]
        found = [at_ms for points in lists if (at_ms := _first_after(points, done)) is not None]
        self.arm(turn, key, min(found, default=None))


def _first_after(points: list[Any], done_ms: int) -> int | None:
    return next((int(point[0]) for point in points if point[0] > done_ms), None)


KIND = PredictSignal
