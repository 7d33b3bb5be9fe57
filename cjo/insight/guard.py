"""Watches how much each journey sends, in log time, and tells when one sends more than its `guard` allows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

_BUCKET_MS = 1_000


class Limit(NamedTuple):
    """At most so many messages of a journey in so much log time."""

    sends: int
    per_ms: int


class Excess(NamedTuple):
    """A journey has sent `sends` messages in its window, more than `limit`; `at_ms` is the log time of the last."""

    journey: str
    sends: int
    limit: Limit
    at_ms: int


@dataclass
class _Count:
    """Messages by second of log time; disorder within the window does not matter."""

    by_second: Counter[int] = field(default_factory=Counter)
    newest_ms: int = 0

    def add(self, at_ms: int, per_ms: int) -> int:
        """One more; returns how many lie in the window that ends with the newest."""
        self.newest_ms = max(self.newest_ms, at_ms)
        since = (self.newest_ms - per_ms) // _BUCKET_MS
        self.by_second[at_ms // _BUCKET_MS] += 1
        for second in [second for second in self.by_second if second < since]:
            del self.by_second[second]
        return self.by_second.total()


class Guard:
    """Fed with decisions in any order of customers. A journey is told of once, until `release` lets it count anew."""

    def __init__(self, limits: Mapping[str, Limit]) -> None:
        self.limits = dict(limits)
        self._counts: dict[str, _Count] = {}
        self._told: set[str] = set()

    def take(self, decision: Mapping[str, Any]) -> Excess | None:
        """Count a message that goes out; repeats are to be left out before. Windows are right to a second."""
        journey = decision["journey"]
        limit = self.limits.get(journey)
        goes = decision["kind"] == "send" and decision["outcome"] == "accepted" and decision["mode"] == "live"
        if limit is None or not goes or journey in self._told:
            return None
        count = self._counts.setdefault(journey, _Count()).add(decision["decided_at"], limit.per_ms)
        if count <= limit.sends:
            return None
        self._told.add(journey)
        return Excess(journey, count, limit, decision["decided_at"])

    @property
    def told(self) -> frozenset[str]:
        """The journeys that were told of and not released."""
        return frozenset(self._told)

    def release(self, journey: str) -> None:
        """The journey was resumed: what it sent before counts no longer."""
        self._told.discard(journey)
        self._counts.pop(journey, None)


def limits_of(journeys: Mapping[str, Mapping[str, Any]]) -> dict[str, Limit]:
    """The guards of these definitions, by the journey's name."""
    guards = {name: spec.get("guard") for name, spec in journeys.items()}
    return {name: Limit(guard["sends"], guard["per_ms"]) for name, guard in guards.items() if guard}
