"""What the demo shows while it runs: numbers, and the last actions in plain words."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from cjo.demo.load import Loaded
from cjo.topics import DEADLETTERS, MOMENTS

_WINDOW_S = 5.0
_FUNNEL = {
    ("entry", "accepted"): "entered",
    ("send", "accepted"): "sent",
    ("send", "refused"): "refused",
    ("goal", "done"): "goal",
    ("end", "done"): "ended",
}
"""What a decision of this kind and outcome counts as in its journey's funnel."""


@dataclass
class Board:
    """The state of the display. `position_ms` is the event time that the job has reached, `loaded_ms` the log's.

    `records` is everything written, heartbeats and bad records among it, as `read` is everything read. `funnels` has,
    by journey, how many entered and ended, messages sent and refused, and goals reached.
    """

    total: int
    records: int = 0
    loaded_ms: int = 0
    written: int = 0
    read: int = 0
    position_ms: int | None = None
    stage: str = ""
    moments: Counter[str] = field(default_factory=Counter)
    actions: Counter[tuple[str, str]] = field(default_factory=Counter)
    decisions: Counter[tuple[str, str]] = field(default_factory=Counter)
    deadletters: Counter[str] = field(default_factory=Counter)
    funnels: dict[str, Counter[str]] = field(default_factory=dict)
    last: deque[str] = field(default_factory=lambda: deque(maxlen=5))
    started_s: float = field(default_factory=time.monotonic)
    _marks: dict[str, deque[tuple[float, int]]] = field(default_factory=dict)

    def note_loaded(self, loaded: Loaded) -> None:
        """Take how far the loading is."""
        self.written = loaded.touchpoints
        self.records = loaded.records
        self.loaded_ms = loaded.position_ms
        self._mark("written", self.written)

    def note_read(self, read: int, position_ms: int | None) -> None:
        """Take how far the job is."""
        self.read = max(self.read, read)
        self.position_ms = position_ms
        self._mark("read", self.read)

    def note_record(self, topic: str, record: Mapping[str, Any]) -> None:
        """Take a record that the job wrote."""
        if topic == MOMENTS:
            self.moments[record["signal"]] += 1
        elif topic == DEADLETTERS:
            self.deadletters[record["kind"]] += 1
        elif "decision_id" in record:
            if record["kind"] in ("entry", "send"):
                self.decisions[record["kind"], record["reason"]] += 1
            if stage := _FUNNEL.get((record["kind"], record["outcome"])):
                self.funnels.setdefault(record["journey"], Counter())[stage] += 1
        else:
            self.actions[record["journey"], record["channel"]] += 1
            self.last.append(in_words(record))

    def rate(self, name: str) -> float:
        """Records a second of late: `written` or `read`."""
        marks = self._marks.get(name)
        if not marks or len(marks) < 2 or marks[-1][0] - marks[0][0] < 0.2:
            return 0.0
        return (marks[-1][1] - marks[0][1]) / (marks[-1][0] - marks[0][0])

    @property
    def behind(self) -> int:
        """Records that are written and not yet read."""
        return max(0, self.records - self.read)

    @property
    def lag_ms(self) -> int | None:
        """How far the job's event time is behind the log's; None before the job has one."""
        return None if self.position_ms is None else max(0, self.loaded_ms - self.position_ms)

    @property
    def elapsed_s(self) -> float:
        """Seconds since the display began."""
        return time.monotonic() - self.started_s

    def _mark(self, name: str, value: int) -> None:
        now_s = time.monotonic()
        marks = self._marks.setdefault(name, deque())
        marks.append((now_s, value))
        while now_s - marks[0][0] > _WINDOW_S:
            marks.popleft()


def in_words(action: Mapping[str, Any]) -> str:
    """An action in one line: when, to whom, by which channel, what it says, and why."""
    content = action["content"]
    said = content.get("subject") or content.get("title") or content.get("body") or action["template"] or ""
    at = iso(action["decided_at"])
    return f"{at}  {action['channel']} to {action['customer_id']}: {said.strip()} ({action['journey']})"


def iso(at_ms: int | None) -> str:
    """A time in ISO 8601 to the second, in UTC."""
    return "-" if at_ms is None else datetime.fromtimestamp(at_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
