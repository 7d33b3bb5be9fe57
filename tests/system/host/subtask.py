"""One subtask of the keyed operator: state and timers of its subjects, around the real `OrchestrateJourneys`."""

from __future__ import annotations

import heapq
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tests.answers import read_answer
from udfs.orchestrate import OrchestrateJourneys
from udfs.transition import OutRow

NEVER = -(1 << 63)


class Written(NamedTuple):
    """A row that came out. `known` is how many of the subject's touchpoints had been handled then, the one that brought
    it about included; `by_time` tells that a timer did."""

    row: OutRow
    subject: str
    known: int
    by_time: bool


@dataclass
class Kept:
    """What a checkpoint holds of subjects: heads, parts of large states, timers, and how many inputs they have had."""

    heads: dict[str, bytes] = field(default_factory=dict)
    parts: dict[tuple[str, str], bytes] = field(default_factory=dict)
    timers: set[tuple[int, str]] = field(default_factory=set)
    handled: Counter[str] = field(default_factory=Counter)

    def copy(self) -> Kept:
        """The same, on its own."""
        return Kept(dict(self.heads), dict(self.parts), set(self.timers), Counter(self.handled))

    def merge(self, other: Kept) -> None:
        """Take another subtask's subjects in: no two have one in common."""
        self.heads |= other.heads
        self.parts |= other.parts
        self.timers |= other.timers
        self.handled |= other.handled


class Subtask:
    """Handles elements of its channels one by one; `blocked` channels wait for the barrier of the others."""

    def __init__(self, function: OrchestrateJourneys, channels: int, kept: Kept, control: dict[str, str]) -> None:
        self.kept = kept
        self.control = dict(control)
        self.channels: list[deque[tuple[str, Any]]] = [deque() for _ in range(channels)]
        self.blocked: set[int] = set()
        self.out: list[Written] = []
        self.counts: Counter[str] = Counter()
        self._function = function
        self._marks = [NEVER] * (channels - 1)
        self._watermark = NEVER
        self._queue = sorted(kept.timers)
        self._held: set[str] = set()
        self._subject = ""
        function.open(self)
        for text in control.values():
            function.on_control(text)

    # --- what the operator's host offers to Python ---

    def get(self, name: str) -> bytes | None:
        return self.kept.parts.get((self._subject, name))

    def put(self, name: str, value: bytes) -> None:
        self.kept.parts[self._subject, name] = bytes(value)

    def remove(self, name: str) -> None:
        self.kept.parts.pop((self._subject, name), None)

    def count(self, group: str, name: str, more: int) -> None:
        self.counts[f"{group}.{name}" if group else name] += more

    def sample(self, name: str, labels: str, value: int) -> None:
        """Nobody looks at it here."""

    def warn(self, line: str) -> None:
        """Nobody reads it here."""

    # --- what flows in ---

    def row(self, subject: str, data: bytes) -> None:
        """One touchpoint, keyed by its subject."""
        self._subject = subject
        self.kept.handled[subject] += 1
        self._carry_out(self._function.on_input(data, self._head()), by_time=False)

    def mark(self, channel: int, watermark_ms: int) -> None:
        """A watermark of one channel; time is the least of all."""
        self._marks[channel] = max(self._marks[channel], watermark_ms)
        self._watermark = min(self._marks)
        while self._queue and self._queue[0][0] <= self._watermark:
            timer = heapq.heappop(self._queue)
            self.kept.timers.discard(timer)
            at_ms, self._subject = timer
            if (head := self._head()) is not None or self._subject in self._held:
                self._carry_out(self._function.on_time(self._subject, at_ms, head), by_time=True)

    def command(self, text: str) -> None:
        """A control record."""
        self.control[self._function.on_control(text)] = text

    def snapshot(self) -> tuple[Kept, list[Written]]:
        """What a checkpoint keeps of this subtask, and the rows that become visible with it."""
        for subject in sorted(self._held):
            self._subject = subject
            self._carry_out(self._function.on_checkpoint(subject), by_time=False)
        self._held.clear()
        self._function.flush()
        out, self.out = self.out, []
        return self.kept.copy(), out

    def _head(self) -> bytes | None:
        return None if self._subject in self._held else self.kept.heads.get(self._subject)

    def _carry_out(self, data: bytes | None, by_time: bool) -> None:
        if data is None:
            return
        answer = read_answer(data)
        if answer.state is not None:
            self.kept.heads[self._subject] = answer.state
        elif answer.gone:
            self.kept.heads.pop(self._subject, None)
        elif answer.held:
            self._held.add(self._subject)
        timer = (answer.timer_ms, self._subject)
        if answer.timer_ms is not None and timer not in self.kept.timers:
            self.kept.timers.add(timer)
            heapq.heappush(self._queue, timer)
        known = self.kept.handled[self._subject]
        self.out += [Written(row, self._subject, known, by_time) for row in answer.rows]
