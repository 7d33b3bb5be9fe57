"""Counting what came out: how often, and for how many subjects. Tallies of disjoint subjects add up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from cjo.engine.modes import LIVE
from cjo.engine.turn import Effect
from cjo.simulate.subject import Story

Key = tuple[str, ...]
"""("moment", signal), ("count", name), ("reached", journey), ("open", journey, step), or a decision: (kind, outcome,
reason, journey, step, channel), with empty texts for what it has not; after the last three the mode, if not live."""
_SLOT_MS = 900_000
"""Zones differ by quarters of an hour: all of a quarter lies on one day everywhere."""


class Tally:
    """`times`: occurrences by key. `people`: subjects by key. `days`: occurrences by key and local day.

    `mode`: of runs that were not entered in shadow.
    """

    def __init__(self, zone: str = "UTC", mode: str = LIVE) -> None:
        self.zone = zone
        self.mode = mode
        self.times: Counter[Key] = Counter()
        self.people: Counter[Key] = Counter()
        self.days: dict[Key, Counter[str]] = {}
        self._day_of_slot: dict[int, str] = {}

    def add(self, story: Story) -> None:
        """Count one subject's story."""
        keys = list(self._keys(story.effects))
        keys += [
            ("open", run["journey"], run.get("step") or "", *_mode(run.get("mode") or self.mode))
            for run in open_runs(story.state)
        ]
        self.times.update(keys)
        self.people.update(set(keys))

    def merge(self, other: Tally) -> None:
        """Add a tally of other subjects."""
        self.times.update(other.times)
        self.people.update(other.people)
        for key, days in other.days.items():
            self.days.setdefault(key, Counter()).update(days)

    def _keys(self, effects: Iterable[Effect]) -> Iterable[Key]:
        for kind, record in effects:
            if kind == "decision":
                key = decision_key(record)
                self._on_day(key, record["decided_at"])
                yield key
                if key[:2] == ("send", "accepted"):
                    yield ("reached", record["journey"], *key[6:])
            elif kind == "moment":
                key = ("moment", record["signal"])
                self._on_day(key, record["at"])
                yield key
            elif kind == "count":
                yield ("count", record)

    def _on_day(self, key: Key, at_ms: int) -> None:
        slot = at_ms // _SLOT_MS
        day = self._day_of_slot.get(slot)
        if day is None:
            local = datetime.fromtimestamp(slot * _SLOT_MS / 1000, UTC).astimezone(ZoneInfo(self.zone))
            day = self._day_of_slot[slot] = local.date().isoformat()
        self.days.setdefault(key, Counter())[day] += 1


def decision_key(record: dict[str, Any]) -> Key:
    """The key of a decision."""
    kind, outcome, reason = record["kind"], record["outcome"], record["reason"]
    mode = _mode(record["mode"])
    return (kind, outcome, reason, record["journey"], record["step"] or "", record["channel"] or "", *mode)


def _mode(name: str) -> Key:
    return () if name == LIVE else (name,)


def open_runs(state: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Runs that have not ended."""
    return [run for run in state["runs"].values() if "end" not in run] if state else []
