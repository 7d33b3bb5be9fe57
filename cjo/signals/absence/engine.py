"""absence: A, not followed by B within W, and not repeated (S2)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from itertools import pairwise
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from cjo.engine.hearing import PREFIX
from cjo.engine.signals.base import Match, Row, Signal, drop_marked
from cjo.engine.signals.collect import Collector

if TYPE_CHECKING:
    from cjo.engine.turn import Turn

Memory = dict[str, Any]
Start = list[Any]

_time: Final = itemgetter(0)


_LISTS: Final = ("s", "u", "m", "f")


def _empty() -> Memory:
    return {}


class AbsenceSignal(Signal):
    """Says which starts come to a deadline with nothing in between; a function of what happened, not of arrival order.

    A chain is a row of starts, each within W of the one before. `on_repeat: restart`: a start fires W later unless
    another start follows within W or an `unless` event lies in the closed window [start, start + W]. `on_repeat: keep`:
    the first start of the chain runs, later ones are passed over until it has fired or was cancelled.

    Memory of a key: `{"s": starts [[at_ms, mark, values]] (without values where none are collected), "u": times of
    unless events, "m": [[at_ms, value taken back]], "f": fired [[start_ms, deadline_ms, moment_id]]}`, all sorted, and
    absent where empty. It is kept until the deadline of its chain is `late_horizon` ago, so that a late event still
    cancels (T4) what it would have prevented.

    Of more than `events_per_key` of one of these lists the oldest go, and `"cut": {list: time of the newest that went}`
    remembers it. With an `unless` event go the starts up to it: none of these hangs on what comes after it. A start
    whose deadline the clock has passed is judged before it goes, by what is known; of `keep` the one that runs stays,
    and the next goes. A start that comes so late that what it hangs on may have gone does not count. A moment that may
    lack what has gone carries `truncated: true`.

    Where moments of other signals are among what cancels or takes back, `"h": [[at_ms, mark, value taken back or
    None]]` are the newest `events_per_key` of them. One that never was cancels nothing: what it alone has kept from
    firing fires after all (T4).
    """

    @staticmethod
    def form(spec: dict[str, Any]) -> list[Any]:
        return [Collector.form(spec)]

    def __init__(self, spec: dict[str, Any], workspace: dict[str, Any]) -> None:
        super().__init__(spec, workspace)
        self._start: list[Match] = spec["start"]
        self._unless: list[Match] = spec["unless"]
        self._within_ms: int = spec["within_ms"]
        self._restart: bool = spec.get("on_repeat", "restart") == "restart"
        self._collect = Collector(spec.get("collect"))
        self.arms_in_the_past = self.arms_in_the_past or bool(self.hears())  # what cancelled may turn out not to be

    def listens(self) -> Iterator[tuple[Match, str, Any]]:
        for role, matches in (
            ("start", self._start),
            ("unless", self._unless),
            ("minus", self._collect.minus_matches()),
        ):
            for match in matches:
                yield match, role, None

    def accept(self, turn: Turn, row: Row, mark: str, role: str, extra: Any) -> None:
        key = self.key_of(row)
        if key is None:
            return
        if role == "start":
            memory = self._memory(turn, key)
            start, starts = [row["at"], mark], memory["s"]
            if "cut" in memory and start[0] <= max(memory["cut"].get("s", -1), memory["cut"].get("u", -1)):
                _strip(memory)
                return
            if self._collect.width:
                start.append(self._collect.read(row))
            if not starts or starts[-1][0] < start[0]:
                starts.append(start)
            else:
                insort(starts, start, key=lambda other: other[:2])
        else:
            if not self._is_known(turn, key) and not self._may_precede(turn, row):
                return
            taken_back = self._collect.taken_back(row) if role == "minus" else None
            if role == "minus" and taken_back is None:
                return  # it does not say which
            memory = self._memory(turn, key)
            if role == "unless":
                insort(memory["u"], row["at"])
            else:
                insort(memory["m"], [row["at"], taken_back], key=_time)
            if row["type"].startswith(PREFIX):
                heard = memory.setdefault("h", [])
                insort(heard, [row["at"], mark, taken_back], key=_time)
                del heard[: -self.events_max]
        self._shrink(memory, turn.state["clock"])
        most = self.events_max
        if len(memory["s"]) > most or len(memory["u"]) > most or len(memory["m"]) > most:
            self._make_room(turn, key, memory)
        self._review(turn, key, memory)
        _strip(memory)

    def on_due(self, turn: Turn, key: str, due_ms: int) -> None:
        memory = self.memory(turn.state, key)
        if memory is not None:
            _fill(memory)
            self._judge(turn, key, memory, due_ms - self._within_ms)
            self._review(turn, key, memory)
            _strip(memory)

    def take_out(self, turn: Turn, key: str, memory: Memory, marks: list[str]) -> None:
        """A start that never was fires no more, and what has fired on it is taken back; nor does it cancel anything."""
        _fill(memory)
        for at_ms, mark, taken_back in memory.get("h", ()):
            gone, entry = ("u", at_ms) if taken_back is None else ("m", [at_ms, taken_back])
            if mark in marks and entry in memory[gone]:
                memory[gone].remove(entry)
        if drop_marked(memory, marks):
            self._review(turn, key, memory)
        _strip(memory)

    def forget(self, accumulator: Memory, clock_ms: int) -> bool:
        _fill(accumulator)
        self._shrink(accumulator, clock_ms)
        nothing_left = not (accumulator["s"] or accumulator["u"] or accumulator["m"])
        _strip(accumulator)
        return nothing_left

    def reach_ms(self) -> int | None:
        """A chain of starts goes back at most as many of them as are kept; of `keep`, which of them runs may hang on
        all before it."""
        return (self.events_max + 1) * self._within_ms + self.late_horizon_ms if self._restart else None

    def _is_known(self, turn: Turn, key: str) -> bool:
        return self.memory(turn.state, key) is not None

    def _may_precede(self, turn: Turn, row: Row) -> bool:
        """An event that comes before the start it concerns: within the bound always, later while history is kept."""
        return bool(row["at"] >= turn.state["clock"] - self.late_horizon_ms)

    def _memory(self, turn: Turn, key: str) -> Memory:
        memory = self.accumulator(turn, key, _empty)
        _fill(memory)
        return memory

    def _judge(self, turn: Turn, key: str, memory: Memory, until_ms: int) -> None:
        """Fire the starts up to a time that are to fire, and take back what never was, by what is known."""
        firing = self._firing(memory)
        if memory["f"]:
            self._void(turn, memory, {start[0] for start in firing})
        for start in self._open(memory, firing):
            if start[0] <= until_ms:
                self._fire_start(turn, key, memory, start)

    def _make_room(self, turn: Turn, key: str, memory: Memory) -> None:
        starts, unless, minus = memory["s"], memory["u"], memory["m"]
        clock_ms = max(turn.state["clock"], turn.now_ms)  # of a wake-up that others are still to come of
        most, cut = self.events_max, memory.setdefault("cut", {})
        gone, cancels, backs = len(starts) - most, len(unless) - most, len(minus) - most
        if cancels > 0:
            gone = max(gone, bisect_right(starts, unless[cancels - 1], key=_time))
        if gone > 0:
            gone = self._with_passed_over(memory, gone, clock_ms)
            self._judge(turn, key, memory, min(starts[gone - 1][0], clock_ms - self._within_ms - 1))
            first = 1 if gone < len(starts) and self._is_running(memory, starts[0], clock_ms) else 0
            _cut(cut, "s", starts[first + gone - 1][0])
            del starts[first : first + gone]
            times = {start[0] for start in starts}
            memory["f"] = [fired for fired in memory["f"] if fired[0] in times]
        if cancels > 0:
            _cut(cut, "u", unless[cancels - 1])
            del unless[:cancels]
        if backs > 0:
            _cut(cut, "m", minus[backs - 1][0])
            del minus[:backs]

    def _is_running(self, memory: Memory, first: Start, clock_ms: int) -> bool:
        """True where the first of all starts goes on whatever follows it (`keep`), as far as is known."""
        return (
            not self._restart
            and first[0] + self._within_ms >= clock_ms
            and not self._cancelled(memory["u"], first[0], clock_ms)
        )

    def _with_passed_over(self, memory: Memory, gone: int, clock_ms: int) -> int:
        """How many of the oldest starts go: with one that has fired also those that it had passed over (`keep`)."""
        starts = memory["s"]
        running = [] if self._restart else self._kept(starts, memory["u"])
        before = [start for start in running if start in starts[:gone]]
        if before and before[-1][0] + self._within_ms < clock_ms:
            while gone < len(starts) and starts[gone] not in running:
                gone += 1
        return gone

    def _shrink(self, memory: Memory, clock_ms: int) -> None:
        """Drop chains whose deadline is more than the late horizon ago, and what only concerned them."""
        oldest = clock_ms - self.late_horizon_ms - self._within_ms
        starts, unless, minus = memory["s"], memory["u"], memory["m"]
        if starts and starts[0][0] < oldest:
            del starts[: self._ended_before(starts, oldest)]
        if not (unless or minus or memory["f"]):
            return
        since = min(oldest, starts[0][0]) if starts else oldest
        if unless and unless[0] < since:
            del unless[: bisect_left(unless, since)]
        if minus and minus[0][0] < since:
            del minus[: bisect_left(minus, since, key=_time)]
        if memory.get("h"):
            del memory["h"][: bisect_left(memory["h"], since, key=_time)]
        if memory["f"]:
            memory["f"] = [fired for fired in memory["f"] if fired[0] >= since]

    def _ended_before(self, starts: list[Start], oldest: int) -> int:
        """How many starts belong to chains whose last start lies before `oldest`."""
        ended = 0
        for index, start in enumerate(starts):
            if start[0] >= oldest:
                break
            if index + 1 == len(starts) or starts[index + 1][0] > start[0] + self._within_ms:
                ended = index + 1
        return ended

    def _firing(self, memory: Memory) -> list[Start]:
        """The starts that come to their deadline, in time order; of starts at one time the first by mark."""
        starts, unless = memory["s"], memory["u"]
        if not starts:
            return []
        running = self._restarted(starts) if self._restart else self._kept(starts, unless)
        if not unless:
            return running
        return [start for start in running if not self._cancelled(unless, start[0], start[0] + self._within_ms)]

    def _restarted(self, starts: list[Start]) -> list[Start]:
        within_ms = self._within_ms
        if starts[-1][0] <= starts[0][0] + within_ms:  # no gap between them can end a chain: there is one
            return [self._first_at(starts, len(starts) - 1)]
        ends = [index for index, (one, following) in enumerate(pairwise(starts)) if following[0] > one[0] + within_ms]
        ends.append(len(starts) - 1)
        return [self._first_at(starts, index) for index in ends]

    def _kept(self, starts: list[Start], unless: list[int]) -> list[Start]:
        running: list[Start] = []
        for start in starts:
            if running:
                opened = running[-1][0]
                if start[0] <= opened + self._within_ms and not self._cancelled(unless, opened, start[0]):
                    continue
            running.append(start)
        return running

    @staticmethod
    def _first_at(starts: list[Start], index: int) -> Start:
        while index and starts[index - 1][0] == starts[index][0]:
            index -= 1
        return starts[index]

    @staticmethod
    def _cancelled(unless: list[int], since_ms: int, until_ms: int) -> bool:
        index = bisect_left(unless, since_ms)
        return index < len(unless) and unless[index] <= until_ms

    @staticmethod
    def _open(memory: Memory, firing: list[Start]) -> list[Start]:
        """Those of the firing starts that have not fired yet."""
        if not memory["f"]:
            return firing
        fired = {item[0] for item in memory["f"]}
        return [start for start in firing if start[0] not in fired]

    def _review(self, turn: Turn, key: str, memory: Memory) -> None:
        """Arm the next deadline, and take back moments that turn out never to have been (T4)."""
        starts, within_ms = memory["s"], self._within_ms
        if (
            self._restart
            and starts
            and not memory["u"]
            and not memory["f"]
            and starts[-1][0] <= starts[0][0] + within_ms
        ):
            self.arm(turn, key, starts[-1][0] + within_ms)  # the usual case: one chain, and nothing has happened to it
            return
        firing = self._firing(memory)
        if memory["f"]:
            self._void(turn, memory, {start[0] for start in firing})
            firing = self._open(memory, firing)
        self.arm(turn, key, firing[0][0] + self._within_ms if firing else None)

    def _void(self, turn: Turn, memory: Memory, firing: set[int]) -> None:
        for fired in [fired for fired in memory["f"] if fired[0] not in firing]:
            memory["f"].remove(fired)
            self.take_back(turn, fired[1], fired[2])

    def _fire_start(self, turn: Turn, key: str, memory: Memory, start: Start) -> None:
        deadline = start[0] + self._within_ms
        chain = self._chain(memory, start, deadline)
        minus = [item for item in memory["m"] if chain[0][0] <= item[0] <= deadline]
        values = self._collect.values(chain, minus)
        if self._may_lack(memory, chain[0][0]):
            values["truncated"] = True
        evidence = [(item[0], item[1]) for item in chain]
        fired = self.fire(turn, key, deadline, [start[1]], evidence, values)
        memory["f"].append([start[0], deadline, fired])

    def _may_lack(self, memory: Memory, first_ms: int) -> bool:
        """True where a start, or a value taken back, that has gone may belong to the chain from `first_ms` on."""
        cut = memory.get("cut")
        if not cut:
            return False
        start_ms = cut.get("s", -1)
        may_belong = start_ms > cut.get("u", -1) and self._joined(memory["u"], start_ms, first_ms)
        return may_belong or cut.get("m", -1) >= first_ms

    def _chain(self, memory: Memory, start: Start, deadline: int) -> list[Start]:
        starts = memory["s"]
        if not self._restart:
            return [other for other in starts if start[0] <= other[0] <= deadline]
        end = bisect_right(starts, start[0], key=_time)
        first = end - 1
        while first and self._joined(memory["u"], starts[first - 1][0], starts[first][0]):
            first -= 1
        return starts[first:end]

    def _joined(self, unless: list[int], earlier_ms: int, later_ms: int) -> bool:
        if later_ms > earlier_ms + self._within_ms:
            return False
        return not (unless and self._cancelled(unless, earlier_ms, later_ms))


def _cut(cut: dict[str, int], part: str, at_ms: int) -> None:
    cut[part] = max(cut.get(part, at_ms), at_ms)


def _fill(memory: Memory) -> None:
    """Give the memory its empty lists, which are not kept.

    And a savepoint may say of some time before that something had gone, for good: of the starts that it has.
    """
    for name in _LISTS:
        if name not in memory:
            memory[name] = []
    if "cut" in memory and memory["cut"] == 1:
        memory["cut"] = {"m": memory["s"][-1][0]} if memory["s"] else {}


def _strip(memory: Memory) -> None:
    for name in _LISTS:
        if not memory[name]:
            del memory[name]


KIND = AbsenceSignal
