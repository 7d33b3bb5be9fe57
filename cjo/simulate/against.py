"""Moments against what somebody expected: precision, recall, F1, and each difference."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

Moment = dict[str, Any]


class Known(NamedTuple):
    """A moment that should have come: whose, of which signal, when (UTC epoch ms)."""

    signal: str
    subject: str
    at_ms: int


@dataclass(frozen=True)
class Agreement:
    """`hits` came and were expected; `missing` was expected only; `surplus` only came. All by time."""

    hits: int
    missing: list[Known]
    surplus: list[Known]

    @property
    def precision(self) -> float | None:
        """The share of what came that was expected; None where nothing came."""
        return _share(self.hits, self.hits + len(self.surplus))

    @property
    def recall(self) -> float | None:
        """The share of what was expected that came; None where nothing was expected."""
        return _share(self.hits, self.hits + len(self.missing))

    @property
    def f1(self) -> float | None:
        """The harmonic mean of both: 2 hits / (expected + came); None where there was neither."""
        return _share(2 * self.hits, 2 * self.hits + len(self.missing) + len(self.surplus))


def agreement(
    moments: Iterable[Moment],
    expected: Iterable[Known],
    tolerance_ms: int,
    counts: Callable[[int], bool] = lambda at_ms: True,
) -> Agreement:
    """Pair as many as possible: same subject and signal, times no further apart than the tolerance.

    A pair counts where one of its times does, by `counts`, and what is left over where its own does.
    """
    came: dict[tuple[str, str], list[int]] = defaultdict(list)
    known: dict[tuple[str, str], list[int]] = defaultdict(list)
    for moment in moments:
        came[moment["signal"], moment["subject"]].append(moment["at"])
    for one in expected:
        known[one.signal, one.subject].append(one.at_ms)
    hits, missing, surplus = 0, [], []
    for signal, subject in {**came, **known}:
        place = signal, subject
        paired, without, beyond = _pair(sorted(known[place]), sorted(came[place]), tolerance_ms)
        hits += sum(counts(left) or counts(right) for left, right in paired)
        missing += [Known(signal, subject, at_ms) for at_ms in without if counts(at_ms)]
        surplus += [Known(signal, subject, at_ms) for at_ms in beyond if counts(at_ms)]
    return Agreement(hits, sorted(missing, key=_by_time), sorted(surplus, key=_by_time))


def _pair(
    expected: list[int], came: list[int], tolerance_ms: int
) -> tuple[list[tuple[int, int]], list[int], list[int]]:
    """(pairs, expected without one, came without one). In order of time the earliest possible pair is never wrong."""
    pairs, missing, surplus = [], [], []
    left, right = 0, 0
    while left < len(expected) and right < len(came):
        if abs(expected[left] - came[right]) <= tolerance_ms:
            pairs.append((expected[left], came[right]))
            left, right = left + 1, right + 1
        elif expected[left] < came[right]:
            missing.append(expected[left])
            left += 1
        else:
            surplus.append(came[right])
            right += 1
    return pairs, missing + expected[left:], surplus + came[right:]


def _by_time(one: Known) -> tuple[int, str, str]:
    return one.at_ms, one.signal, one.subject


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
