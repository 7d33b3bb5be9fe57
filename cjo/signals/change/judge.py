"""When a rate has fallen or risen: verdicts at the ends of buckets, of totals alone."""

from __future__ import annotations

from decimal import Decimal
from itertools import accumulate
from math import ceil
from typing import Any, Final, NamedTuple

from cjo.engine.signals.collect import as_whole

_ALL: Final = 10_000


class Walk(NamedTuple):
    """Times at which the condition turned true and fires, and whether it is fired at the end, since when."""

    times: list[int]
    off: bool
    last_ms: int


class Judge:
    """Knows windows in buckets and the condition. Bucket k holds what happened in (k * every, (k + 1) * every].

    Totals are whole numbers, in units of `unit`: of a sum 10**-18, so that nothing is rounded.
    """

    def __init__(self, spec: dict[str, Any]) -> None:
        self._every_ms: int = spec["every_ms"]
        self._recent: int = spec["recent_ms"] // self._every_ms
        self._baseline: int = spec["baseline_ms"] // self._every_ms
        self._old: int = self._baseline - spec["baseline_spans_ms"] // self._every_ms
        self.reach = self._recent + self._baseline
        """A touchpoint counts at so many ends: that of its bucket is the first."""
        self.unit = Decimal(1) if spec["of"] is None else Decimal("1e-18")
        self._falls = spec["falls_to"] is not None
        self._share: int = (spec["falls_to"] if self._falls else spec["rises_to"]) * self._recent
        self._least = ceil(Decimal(spec["baseline_at_least"]) / self.unit)
        self._cooldown_ms: int = spec["cooldown_ms"] or 0

    def windows(self, first: int, totals: list[int], bucket: int) -> tuple[int, int]:
        """The totals of the recent window and of the baseline at the end of a bucket; `first` is that of `totals`."""
        end = max(bucket + 1 - first, 0)
        middle = max(end - self._recent, 0)
        return sum(totals[middle:end]), sum(totals[max(end - self.reach, 0) : middle])

    def percent(self, recent: int, baseline: int) -> int:
        """The recent rate in whole percent of the baseline's, rounded down."""
        return as_whole(recent * self._baseline * 100 // (baseline * self._recent))

    def walk(self, memory: dict[str, Any], totals: list[int], until: int | None = None) -> Walk:
        """Judge the end of each bucket after `done` up to `until`, or as long as anything counts."""
        first, done = memory["b"], memory["done"]
        off, last_ms = "off" in memory, memory.get("last", 0)
        counts_until = first + len(totals) + self.reach - 1 if totals else done
        if totals and first > done + 1:  # nothing counts before
            off = off and first * self._every_ms < last_ms + self._cooldown_ms
        sums = list(accumulate([*totals, *[0] * self.reach], initial=0))
        times = []
        for bucket in range(max(done + 1, first), min(counts_until, until if until is not None else counts_until) + 1):
            end_ms = (bucket + 1) * self._every_ms
            if self._holds(sums, bucket + 1 - first):
                if not off:
                    times.append(end_ms)
                    off, last_ms = True, end_ms
            elif off and end_ms >= last_ms + self._cooldown_ms:
                off = False
        if until is not None and until > counts_until and off:
            off = (until + 1) * self._every_ms < last_ms + self._cooldown_ms
        return Walk(times, off, last_ms)

    def _holds(self, sums: list[int], end: int) -> bool:
        """Where bucket `end` - 1 ends; `sums[n]` is the sum of the first n totals."""
        middle, begin = max(end - self._recent, 0), max(end - self.reach, 0)
        baseline = sums[middle] - sums[begin]
        if baseline < self._least or sums[max(end - self.reach + self._old, 0)] <= sums[begin]:
            return False
        recent = (sums[end] - sums[middle]) * self._baseline * _ALL
        return recent <= self._share * baseline if self._falls else recent >= self._share * baseline
