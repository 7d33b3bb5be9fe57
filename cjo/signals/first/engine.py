"""first: the first matching touchpoint ever, or the first for so long."""

from __future__ import annotations

from bisect import insort
from typing import TYPE_CHECKING, Any

from cjo.engine.signals.base import Row, Signal
from cjo.engine.signals.collect import Collector

if TYPE_CHECKING:
    from cjo.engine.turn import Turn

Memory = dict[str, Any]
Entry = list[Any]


def _empty() -> Memory:
    return {"s": [], "p": []}


class FirstSignal(Signal):
    """Fires on a touchpoint where no other lies before it: at all, or in the closed window `since` that ends with it.

    Of touchpoints at one time the one handled first counts, with `settle` the one whose mark is smallest. At once, a
    touchpoint that comes out of order and turns out to be earlier than the one that fired fires nothing: one moment
    stands for both. With `settle` it takes the place of one that still waits; later than the bound, what has fired
    stands (T4).

    Ever: the key has a mark for good, `state["firsts"][place][key] = time of the earliest`, which outlives all
    forgetting; of more than FIRSTS keys the one known longest is first again. Since: the memory of a key is `{"s":
    spans [[first_ms, last_ms]] of touchpoints with no gap longer than the window, "cut": end of the newest span dropped
    for room}`, kept until `late_horizon` after the window. Of more than `events_per_key` spans the oldest goes; a
    moment whose window reaches back to it says `truncated: true`. Both: `"p": [[at_ms, mark, values]]` of those that
    wait to be settled.

    A signal that listens to moments of others remembers `"t": [[at_ms, mark, values]]` besides: the touchpoints of its
    spans, and `"g": [[at_ms, mark]]`, those of them that fired; ever: the touchpoints that came while one waits. Where
    a moment is taken back that has not fired, what it stood before is the first, or a span comes apart, and its later
    part has a first of its own, unless that was told before (T4). Of more than `events_per_key` of either the oldest go
    (ever: the newest); up to them (`"thin"`) a span stays as it is.
    """

    def __init__(self, spec: dict[str, Any], workspace: dict[str, Any]) -> None:
        super().__init__(spec, workspace)
        self._since_ms: int | None = spec.get("since_ms")
        self._collect = Collector(spec.get("collect"))
        self._hears = bool(self.hears())

    def accept(self, turn: Turn, row: Row, mark: str, role: str, extra: Any) -> None:
        key = self.key_of(row)
        if key is None:
            return
        is_first = self._ever if self._since_ms is None else self._since
        found = is_first(turn, key, row["at"], mark)
        if not (found or self._hears):
            return
        entry = [row["at"], mark, self._collect.read(row)]
        if found and self.settle:
            self._wait(turn, key, entry)
        elif found:
            self._fire(turn, key, entry)
        if self._hears:
            self._remember(turn, key, entry)

    def on_due(self, turn: Turn, key: str, due_ms: int) -> None:
        waiting = (self.memory(turn.state, key) or {}).get("p", [])
        while waiting and waiting[0][0] <= due_ms:
            self._fire(turn, key, waiting.pop(0))
        self._arm_first(turn, key, waiting)
        if not waiting and self._since_ms is None:
            self.drop_key(turn.state, key)

    def take_out(self, turn: Turn, key: str, memory: Memory, marks: list[str]) -> None:
        """T4: what never was, and has not fired yet, is not the first: the next is. Nor does it lie before others."""
        waiting, known = memory["p"], memory.get("t", [])
        times = [one[0] for one in (*waiting, *known) if one[1] in marks]
        if not times:
            return
        was_first = any(one[1] in marks for one in waiting)
        memory["p"] = [one for one in waiting if one[1] not in marks]
        if "t" in memory:
            memory["t"] = [one for one in known if one[1] not in marks]
        if self._since_ms is not None:
            for span in [span for span in memory["s"] if any(span[0] <= at_ms <= span[1] for at_ms in times)]:
                self._divide(turn, key, memory, span, any(one[0] == span[0] and one[1] in marks for one in waiting))
        elif was_first:
            self._follow(turn, key, memory)
        self._arm_first(turn, key, memory["p"])

    def reach_ms(self) -> int | None:
        """Ever: everything. Since: whether a touchpoint is the first hangs on the window before it alone."""
        return None if self._since_ms is None else self._since_ms + self.late_horizon_ms

    def forget(self, accumulator: Memory, clock_ms: int) -> bool:
        spans = accumulator["s"]
        oldest_ms = clock_ms - self.late_horizon_ms - (self._since_ms or 0)
        while spans and spans[0][1] < oldest_ms:
            del spans[0]
        if "t" in accumulator and self._since_ms is not None:
            for part in ("t", "g"):
                accumulator[part] = [one for one in accumulator.get(part, ()) if spans and one[0] >= spans[0][0]]
        return not spans and not accumulator["p"]

    def _ever(self, turn: Turn, key: str, at_ms: int, mark: str) -> bool:
        """True where nothing was known of the key, or what waits gives way to what is earlier."""
        known = turn.state.get("firsts", {}).get(self.place, {})
        if key not in known:
            self.know_for_ever(turn, "firsts", key, at_ms)
            return True
        if self.settle:
            waiting = (self.memory(turn.state, key) or {}).get("p")
            if waiting and (at_ms, mark) < (waiting[0][0], waiting[0][1]):
                waiting.clear()
                known[key] = at_ms
                return True
        if at_ms < known[key]:
            known[key] = at_ms
        return False

    def _since(self, turn: Turn, key: str, at_ms: int, mark: str) -> bool:
        """True where none is known within the window before it, nor one within the window after it that stands for it.

        What waits and has this one in its window waits no more.
        """
        memory, window_ms = self.accumulator(turn, key, _empty), self._since_ms or 0
        spans, waiting = memory["s"], memory["p"]
        place = len(spans)
        while place and spans[place - 1][0] > at_ms:  # the newest is asked about nearly always
            place -= 1
        before = spans[place - 1] if place else None
        if before and before[0] == at_ms:
            return self._gives_way(waiting, at_ms, mark)
        after = spans[place] if place < len(spans) and spans[place][0] <= at_ms + window_ms else None
        if before and at_ms <= before[1] + window_ms:
            if at_ms > before[1]:
                before[1] = at_ms
            if after:
                self._gives_way(waiting, after[0], None)
                before[1] = max(before[1], after[1])
                del spans[place]
            return False
        if after:
            given_way = self._gives_way(waiting, after[0], None)
            after[0] = at_ms
            return given_way
        spans.insert(place, [at_ms, at_ms])
        if len(spans) > self.events_max:
            memory["cut"] = max(spans.pop(0)[1], memory.get("cut", -1))
        return bool(at_ms >= turn.state["clock"] - self.late_horizon_ms)  # before that nothing is remembered

    def _remember(self, turn: Turn, key: str, entry: Entry) -> None:
        """Keep a touchpoint that may be the first where another turns out never to have been."""
        memory = self.memory(turn.state, key)
        if memory is None or (self._since_ms is None and not memory["p"]):
            return  # ever: it has fired
        if "t" not in memory:
            memory["t"] = []
            if any(span != [entry[0], entry[0]] for span in memory["s"]):  # of before any were remembered
                memory["thin"] = memory["s"][-1][1]
        known = memory["t"]
        insort(known, entry, key=_order)
        if self._since_ms is None:
            del known[self.events_max :]
        elif len(known) > self.events_max:
            memory["thin"] = max(known.pop(0)[0], memory.get("thin", -1))

    def _follow(self, turn: Turn, key: str, memory: Memory) -> None:
        """Let the earliest of those that came since be the first ever, where the one that waited never was."""
        firsts = turn.state.setdefault("firsts", {}).setdefault(self.place, {})
        if memory.get("t"):
            memory["p"] = [memory["t"][0]]
            firsts[key] = memory["t"][0][0]
        else:
            firsts.pop(key, None)

    def _divide(self, turn: Turn, key: str, memory: Memory, span: list[int], is_free: bool) -> None:
        """Make spans anew of what is left of one: from where it began, unless what waited there never was (`is_free`).

        What begins another has none before it: it is told, unless it was before what lay between came late.
        """
        first_ms, last_ms = span
        thin_ms = min(memory.get("thin", -1 if "t" in memory else last_ms), last_ms)
        parts = [[thin_ms if is_free else first_ms, max(first_ms, thin_ms)]]
        if is_free and thin_ms <= first_ms:
            parts.clear()
        place = memory["s"].index(span)
        for entry in [one for one in memory.get("t", ()) if first_ms <= one[0] <= last_ms]:
            if parts and entry[0] <= parts[-1][1] + (self._since_ms or 0):
                parts[-1][1] = max(parts[-1][1], entry[0])
                continue
            parts.append([entry[0], entry[0]])
            if entry[0] < turn.state["clock"] - self.late_horizon_ms or entry[:2] in memory.get("g", ()):
                continue
            if self.settle:
                insort(memory["p"], entry, key=_order)
            else:
                self._fire(turn, key, entry)
        memory["s"][place : place + 1] = parts

    @staticmethod
    def _gives_way(waiting: list[Entry], at_ms: int, mark: str | None) -> bool:
        """Take out what waits at that time, where its mark is greater than `mark`; True where there was one."""
        for index, entry in enumerate(waiting):
            if entry[0] == at_ms and (mark is None or mark < entry[1]):
                del waiting[index]
                return True
        return False

    def _wait(self, turn: Turn, key: str, entry: Entry) -> None:
        waiting = self.accumulator(turn, key, _empty)["p"]
        insort(waiting, entry, key=_order)
        self._arm_first(turn, key, waiting)

    def _arm_first(self, turn: Turn, key: str, waiting: list[Entry]) -> None:
        self.arm(turn, key, waiting[0][0] if waiting else None)

    def _fire(self, turn: Turn, key: str, entry: Entry) -> None:
        at_ms, mark, read = entry
        values = self._collect.values([[at_ms, mark, self._collect.fitting(read)]], [])
        if self._since_ms is not None:
            memory = self.accumulator(turn, key, _empty)
            if memory.get("cut", -1) >= at_ms - self._since_ms:
                values["truncated"] = True
            if self._hears:
                given = memory.setdefault("g", [])
                insort(given, [at_ms, mark])
                if len(given) > self.events_max:
                    memory["thin"] = max(given.pop(0)[0], memory.get("thin", -1))
        self.fire(turn, key, at_ms, [mark], [(at_ms, mark)], values)


def _order(entry: Entry) -> Entry:
    return entry[:2]


KIND = FirstSignal
