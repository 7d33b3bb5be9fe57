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


@dataclass
class Board:
    """The state of the display. `position_ms` is the event time that the job has reached."""

    total: int
    written: int = 0
    read: int = 0
    position_ms: int | None = None
    stage: str = ""
    moments: Counter[str] = field(default_factory=Counter)
    actions: Counter[tuple[str, str]] = field(default_factory=Counter)
    decisions: Counter[tuple[str, str]] = field(default_factory=Counter)
    deadletters: Counter[str] = field(default_factory=Counter)
    last: deque[str] = field(default_factory=lambda: deque(maxlen=5))
    started_s: float = field(default_factory=time.monotonic)
    _marks: dict[str, deque[tuple[float, int]]] = field(default_factory=dict)

    def note_loaded(self, loaded: Loaded) -> None:
        """Take how far the loading is."""
        self.written = loaded.touchpoints
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
