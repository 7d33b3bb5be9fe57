"""Watches how much each journey sends, in log time, and tells when one sends more than its `guard` allows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

PARTS = 200
"""A window is divided into at most so many spans of time, of a second or more, and is right to one of them."""
KEPT = 100_000
"""So many messages of a journey are remembered, or those of one window where they are more.

Partitions are read one after another, so what is read next may have been long before what is known.
"""


class Limit(NamedTuple):
    """At most so many messages of a journey in so much log time."""

    sends: int
    per_ms: int


class Excess(NamedTuple):
    """A journey has sent `sends` messages in a window, more than `limit`; `at_ms`: of the one that was too many."""

    journey: str
    sends: int
    limit: Limit
    at_ms: int


class _Count:
    """Messages of one journey by spans of log time, each by its id, and how many lie in the window that ends there."""

    def __init__(self, per_ms: int, kept: int = KEPT) -> None:
        self.per_ms = per_ms
        self._most_kept = kept
        self._span_ms = max(1_000, -(-per_ms // PARTS))
        self._spans = -(-per_ms // self._span_ms)
        self._ids: dict[int, set[str]] = {}
        self._ending: dict[int, int] = {}
        self._newest: int | None = None
        self._forgotten: int | None = None
        self._kept = 0

    def add(self, message: str, at_ms: int) -> int:
        """One more; returns how many lie in the fullest window that it is in, 0 for a repeat or what is too old.

        In the order of time that costs the same whatever the window, else a look at each span from there to the newest.
        """
        place = at_ms // self._span_ms
        if self._forgotten is not None and place <= self._forgotten:
            return 0
        if place not in self._ids:
            self._open(place)
        if message in self._ids[place]:
            return 0
        self._ids[place].add(message)
        self._kept += 1
        most = self._counted(place)
        if self._kept > 2 * self._most_kept:
            self._forget()
        return most

    def _open(self, place: int) -> None:
        self._newest = place if self._newest is None else max(self._newest, place)
        before = (self._ids.get(earlier) for earlier in range(place - self._spans, place))
        self._ending[place] = sum(len(ids) for ids in before if ids)
        self._ids[place] = set()

    def _counted(self, place: int) -> int:
        """One more in each window that `place` is in: the fullest of them ends where something was sent."""
        assert self._newest is not None  # `place` has been opened
        most = 0
        for end in range(place, min(self._newest, place + self._spans) + 1):
            if end in self._ending:
                self._ending[end] += 1
                most = max(most, self._ending[end])
        return most

    def _forget(self) -> None:
        """The oldest spans go, but for those of the newest window."""
        assert self._newest is not None  # something is kept
        for place in sorted(self._ids):
            if self._kept <= self._most_kept or place >= self._newest - self._spans:
                return
            self._kept -= len(self._ids.pop(place))
            del self._ending[place]
            self._forgotten = place


class Guard:
    """Fed with decisions in any order. A journey is told of once, until `release` lets it count anew."""

    def __init__(self, limits: Mapping[str, Limit]) -> None:
        self.limits = dict(limits)
        self._counts: dict[str, _Count] = {}
        self._told: set[str] = set()
        self._since_ms: dict[str, int] = {}

    def take(self, decision: Mapping[str, Any]) -> Excess | None:
        """Count a message that goes out; a repeat of a decision_id counts once."""
        journey, at_ms = decision["journey"], decision["decided_at"]
        limit = self.limits.get(journey)
        goes = decision["kind"] == "send" and decision["outcome"] == "accepted" and decision["mode"] == "live"
        if limit is None or not goes or journey in self._told or at_ms < self._since_ms.get(journey, at_ms):
            return None
        count = self._counts.get(journey)
        if count is None or count.per_ms != limit.per_ms:
            count = self._counts[journey] = _Count(limit.per_ms)
        sends = count.add(decision["decision_id"], at_ms)
        if sends <= limit.sends:
            return None
        self._told.add(journey)
        return Excess(journey, sends, limit, at_ms)

    @property
    def told(self) -> frozenset[str]:
        """The journeys that were told of and not released."""
        return frozenset(self._told)

    def release(self, journey: str) -> None:
        """The journey was resumed: what it sent before counts no longer."""
        self._told.discard(journey)
        self._counts.pop(journey, None)

    def count_from(self, journey: str, since_ms: int) -> None:
        """What the journey sent before that log time counts no longer, also where it is read only now."""
        self._since_ms[journey] = since_ms


def limits_of(journeys: Mapping[str, Mapping[str, Any]]) -> dict[str, Limit]:
    """The guards of these definitions, by the journey's name."""
    guards = {name: spec.get("guard") for name, spec in journeys.items()}
    return {name: Limit(guard["sends"], guard["per_ms"]) for name, guard in guards.items() if guard}
