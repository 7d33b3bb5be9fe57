"""The job's own metrics: counters of Flink's metric group `cjo`."""

from __future__ import annotations

from collections import Counter
from typing import Protocol


class Metrics(Protocol):
    """Where counts go: `io.cjo.flink.DecideHost` is one."""

    def count(self, group: str, name: str, more: int) -> None:
        """Add to the counter `name`, in `group` where that is not empty."""


class Counters:
    """Counts inputs, moments, actions, decisions by reason, dead records by kind, late, duplicate, conflict ...

    Handed over before each checkpoint: a call into the JVM for each would cost more than what is counted.
    """

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._counts: Counter[tuple[str, str]] = Counter()

    def add(self, name: str, label: str = "") -> None:
        """One more of `name`, for example ("decisions", "no_consent")."""
        self._counts[(name, label) if label else ("", name)] += 1

    def flush(self) -> None:
        """Hand over what is counted so far."""
        for (group, name), more in self._counts.items():
            self._metrics.count(group, name, more)
        self._counts.clear()
