"""The synthetic world: what happened, and the log of it as a broker would have received it.

What happened is a list of `Touch` in true time. The log differs from it as real logs do: records arrive in another
order (within the bound), some twice, some phones have a wrong clock, and some records can't be read at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from cjo.demo.browsing import Browsing
from cjo.demo.faults import BAD_KINDS, arrivals, clock_error_ms, conflicting, repeat_rows
from cjo.demo.parts import PARTS, is_relevant
from cjo.demo.people import people
from cjo.demo.shape import Shape, Touch


class Record(NamedTuple):
    """One record of the log. `bad` names what is wrong with it: its bytes are to be made unreadable that way."""

    arrival_ms: int
    timestamp_ms: int
    subject: str
    touchpoint: dict[str, Any]
    bad: str | None = None


class World:
    """A week of a shop, a bank and a utility. Making one draws everything; `records()` may be called again."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        touches = _touches(shape)
        self.touches = touches
        repeats = int(shape.touchpoints * shape.duplicate_share)
        kinds = tuple(BAD_KINDS)
        bad = max(len(kinds), int(shape.touchpoints * shape.bad_share)) if shape.bad_share else 0
        self._browsing = Browsing(shape, max(0, shape.touchpoints - len(touches) - repeats))
        self._at_ms = np.concatenate([np.array([t.at_ms for t in touches], dtype=np.int64), self._browsing.at_ms])
        chance = np.random.default_rng(shape.entropy("faults"))
        self._delay_ms = arrivals(chance, len(self._at_ms), shape.bound_ms)
        self._ids = _event_ids(shape.seed, len(self._at_ms))
        extra_rows, extra_ms = repeat_rows(chance, self._at_ms, repeats + bad, shape)
        self._bad = {len(self._at_ms) + repeats + n: kinds[n % len(kinds)] for n in range(bad)}
        self._row = np.concatenate([np.arange(len(self._at_ms)), extra_rows])
        self._arrival_ms = np.concatenate([self._at_ms + self._delay_ms, extra_ms])
        self._order = np.argsort(self._arrival_ms, kind="stable")

    def __len__(self) -> int:
        return len(self._order)

    @property
    def bad_records(self) -> Counter[str]:
        """How many unreadable records there are, by what is wrong with them."""
        return Counter(self._bad.values())

    @property
    def relevant(self) -> int:
        """How many touchpoints the journeys ask about, repeats left out."""
        return sum(is_relevant(touch) for touch in self.touches)

    def records(self, only: Callable[[str], bool] = lambda subject: True) -> Iterator[Record]:
        """The log in order of arrival, of the subjects for which `only` holds: several processes can share it."""
        happened = len(self._at_ms)
        at_ms, delay_ms = self._at_ms.tolist(), self._delay_ms.tolist()
        rows, arrivals_ms = self._row.tolist(), self._arrival_ms.tolist()
        for place in self._order.tolist():
            row = rows[place]
            subject = self._subject(row)
            if not only(subject):
                continue
            record = self._record(row, subject, at_ms[row], delay_ms[row], arrivals_ms[place])
            if place >= happened:
                bad = self._bad.get(place)
                record = record._replace(bad=bad) if bad else conflicting(record, place)
            yield record

    def _subject(self, row: int) -> str:
        happened = len(self.touches)
        return self.touches[row].subject if row < happened else self._browsing.subject(row - happened)

    def _record(self, row: int, subject: str, at_ms: int, delay_ms: int, arrival_ms: int) -> Record:
        happened = len(self.touches)
        values = self.touches[row].record() if row < happened else self._browsing.touchpoint(row - happened)
        values["event_id"] = f"{self._ids[row]:016x}"
        error_ms = clock_error_ms(subject) if values["channel"] == "app" else 0
        if not error_ms:
            values["occurred_at"] = at_ms
            return Record(arrival_ms, at_ms, subject, values)
        kept_ms = delay_ms // 2
        values["occurred_at"] = at_ms + error_ms
        values["sent_at"] = at_ms + error_ms + kept_ms
        if error_ms % 2:
            values["received_at"] = at_ms + kept_ms
            return Record(arrival_ms, at_ms, subject, values)
        return Record(arrival_ms, at_ms + kept_ms, subject, values)


def _touches(shape: Shape) -> list[Touch]:
    """Everything that the journeys could ask about, with what lies around it, in order of happening."""
    touches = people(shape)
    budget = max(int(shape.touchpoints * shape.relevant_share) - len(touches), shape.touchpoints // 10)
    for part in PARTS:
        if shape.parts is None or part.name in shape.parts:
            touches += part.stories(shape, budget)
    touches.sort(key=lambda touch: (touch.at_ms, touch.subject))
    return touches


def _event_ids(seed: int, count: int) -> list[int]:
    """Distinct 64-bit numbers without visible order: SplitMix64's finaliser is a bijection."""
    with np.errstate(over="ignore"):
        mixed = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(seed % 2**64)
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return (mixed ^ (mixed >> np.uint64(31))).tolist()
