"""The job's own metrics: counters of Flink's metric group `cjo`."""

from __future__ import annotations

from typing import Any

FLUSH_INPUTS = 200
"""Inputs are counted in Python and handed over in steps: a call into the JVM for each would cost more."""


class Counters:
    """Counts inputs, moments, actions, decisions by reason, dead records by kind, late, duplicate, conflict ..."""

    def __init__(self, metric_group: Any) -> None:
        self._root = metric_group.add_group("cjo")
        self._inputs = self._root.counter("inputs")
        self._counters: dict[tuple[str, str], Any] = {}
        self._pending = 0

    def input(self) -> None:
        """One touchpoint handled."""
        self._pending += 1
        if self._pending >= FLUSH_INPUTS:
            self.flush()

    def flush(self) -> None:
        """Hand over what is counted so far."""
        self._inputs.inc(self._pending)
        self._pending = 0

    def add(self, name: str, label: str = "") -> None:
        """One more of `name`, for example ("decisions", "no_consent")."""
        counter = self._counters.get((name, label))
        if counter is None:
            group = self._root.add_group(name) if label else self._root
            counter = self._counters[name, label] = group.counter(label or name)
        counter.inc(1)
