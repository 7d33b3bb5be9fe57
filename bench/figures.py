"""The benchmark's arithmetic, apart from everything that runs: rates, percentiles, comparison of counts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

FROM_SHARE, TO_SHARE = 0.1, 0.9
"""The part of the input over which the steady rate is taken: starting and finishing are left out."""


@dataclass(frozen=True)
class Steady:
    """How long the middle part of the input took, and its rate."""

    records: int
    seconds: float

    @property
    def per_s(self) -> float:
        """Records per second."""
        return self.records / self.seconds


def steady(samples: Sequence[tuple[float, int]], total: int) -> Steady | None:
    """The rate between 10 % and 90 % of `total` records, from samples of (seconds, records read so far).

    Times in between are interpolated. None where the samples don't reach over the whole part, or take no time.
    """
    since = _crossing(samples, total * FROM_SHARE)
    until = _crossing(samples, total * TO_SHARE)
    if since is None or until is None or until <= since:
        return None
    return Steady(round(total * (TO_SHARE - FROM_SHARE)), until - since)


def _crossing(samples: Sequence[tuple[float, int]], records: float) -> float | None:
    """When `records` were reached. Repeated readings are one: a metric stands still between its refreshes."""
    moved = [sample for n, sample in enumerate(samples) if n == 0 or sample[1] > samples[n - 1][1]]
    for (early_s, fewer), (late_s, more) in pairwise(moved):
        if fewer <= records <= more:
            return early_s + (late_s - early_s) * (records - fewer) / (more - fewer)
    return None


def without_rate(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """A line for each case whose rate is not known, for its run was over too soon, and what to do."""
    cases = dict.fromkeys(row["case"] for row in rows if row.get("steady_per_s", 0) is None)
    return [f"{case} was over before its rate could be told: a longer log has it (--records)" for case in cases]


def part_of(mine: float, other: float) -> str:
    """`mine` as a part of `other`, two digits, never rounded up: what misses a target is not to look like it."""
    return f"{math.floor(100 * mine / other) / 100:.2f}"


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest of `values` that at least `share` (0 to 1) of them do not exceed. Raises ValueError for none."""
    if not values:
        raise ValueError("no values, so no percentile")
    ordered = sorted(values)
    rank = -(-share * len(ordered) // 1)  # the nearest rank, rounded up
    return ordered[max(0, int(rank) - 1)]


def differences(case: str, expected: Mapping[str, int], got: Mapping[str, int]) -> list[str]:
    """A sentence for each name whose counts differ; a name that is missing counts as 0."""
    return [
        f"{case}: {expected.get(name, 0):,} {name} expected, got {got.get(name, 0):,}"
        for name in sorted({*expected, *got})
        if expected.get(name, 0) != got.get(name, 0)
    ]


@dataclass(frozen=True)
class Target:
    """`case` should be at least `ratio` times as fast as `of`, by steady rate."""

    case: str
    ratio: float
    of: str

    def verdict(self, per_s: Mapping[str, float | None]) -> str | None:
        """What came of it, in a sentence; None where one of the two was not measured."""
        mine, other = per_s.get(self.case), per_s.get(self.of)
        if not mine or not other:
            return None
        word = "reached" if mine >= self.ratio * other else "MISSED"
        return f"{self.case} is {part_of(mine, other)} of {self.of}, at least {self.ratio:g} is wanted: {word}"


TARGETS = (Target("cjo", 0.4, "limit"), Target("cjo", 5.0, "pyflink-tutorial"), Target("policies", 0.8, "cjo"))
