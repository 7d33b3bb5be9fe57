"""Goals that were reached: by whom, when and what for; and which journeys count the same touchpoint (D10)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from cjo.insight.tally import Tallies, Tally
from cjo.values import to_decimal

Decision = dict[str, Any]
Conversion = tuple[str, str]
"""A customer, and the touchpoint by which they reached a goal."""
_WHOLE = re.compile(r"-?[0-9]{1,18}", re.ASCII)


@dataclass
class Goal:
    """Reached goals: who, what they were worth (each touchpoint once for a person), how long after what began them."""

    tally: Tally = field(default_factory=Tally)
    values: dict[Conversion, Decimal | None] = field(default_factory=dict)
    after_ms: dict[str, int] = field(default_factory=dict)

    def add(self, decision: Decision, since_ms: int | None) -> None:
        """Count a goal decision; `since_ms`: what its time is counted from."""
        person = decision["customer_id"]
        self.tally.add(person)
        conversion, value = conversion_of(decision), to_decimal(decision["inputs"].get("value"))
        if value is not None or conversion not in self.values:
            self.values[conversion] = value
        if since_ms is not None:
            self.after_ms.setdefault(person, reached_ms(decision) - since_ms)

    @property
    def value(self) -> Decimal | None:
        """The sum of the values, None where no goal carried one."""
        found = [value for value in self.values.values() if value is not None]
        return sum(found, Decimal(0)) if found else None


class Claims:
    """The goals of all journeys: what one counts, others may count as well (D10)."""

    def __init__(self, journey: str, mode: str) -> None:
        self._journey, self._mode = journey, mode
        self._others: dict[Conversion, set[str]] = {}
        self._apart: set[str] = set()
        """Runs of other journeys that entered in another mode: their goals are in no report of this one."""

    def watch(self, decisions: Iterable[Decision]) -> Iterator[Decision]:
        """The same decisions, after a look at each."""
        for decision in decisions:
            if decision["journey"] != self._journey and decision["run_id"] is not None:
                self._look_at(decision)
            yield decision

    def _look_at(self, decision: Decision) -> None:
        kind, is_of_mode = decision["kind"], decision["mode"] == self._mode
        if kind == "entry" and not is_of_mode:
            self._apart.add(decision["run_id"])
        elif kind == "goal" and is_of_mode and decision["run_id"] not in self._apart:
            self._others.setdefault(conversion_of(decision), set()).add(decision["journey"])

    def of(self, goal: Goal) -> Tallies:
        """By other journey, who reached a goal of it by the same touchpoint."""
        found = Tallies()
        for conversion in goal.values:
            for other in self._others.get(conversion, ()):
                found[other].add(conversion[0])
        return found


def reached_ms(decision: Decision) -> int:
    """When the touchpoint of a goal happened; a decision from before goals told that was mostly made right then."""
    told = decision["inputs"].get("event_at", "")
    return int(told) if _WHOLE.fullmatch(told) else int(decision["decided_at"])


def conversion_of(decision: Decision) -> Conversion:
    """Who reached a goal, and by what."""
    return decision["customer_id"], decision["inputs"].get("event_id") or decision["decision_id"]
