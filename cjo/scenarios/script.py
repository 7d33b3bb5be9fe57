"""A scenario ready to be played: its touchpoints as the engine takes them, and its expectations with times."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from cjo.scenarios.calendar import Calendar
from cjo.spec.problems import Place

ALONE = "customer"
"""The name of a customer who has none."""


class Line(NamedTuple):
    """A touchpoint that reaches the log at `arrival_ms`; without one, only time passes."""

    arrival_ms: int
    subject: str = ""
    row: dict[str, Any] | None = None


@dataclass(frozen=True)
class Expectation:
    """One line of `expect`. None and empty: any."""

    kind: str
    name: str
    place: Place
    at_ms: int | None = None
    within_ms: int = 0
    customer: str | None = None
    journey: str | None = None
    step: str | None = None
    key: str | None = None
    says: tuple[str, ...] = ()
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Script:
    """One scenario. `journey` is the one that it is about; `live_from_ms` is when the journeys go live (R9).

    `known` introduces the customers, the day before the first of `lines`; `arms` are those that each is in
    already, as their state holds them (D8).
    """

    name: str
    place: Place
    journey: str
    calendar: Calendar
    live_from_ms: int
    known: list[Line]
    lines: list[Line]
    expected: list[Expectation]
    only: frozenset[str]
    arms: dict[str, dict[str, str]]
    until_ms: int | None = None

    @property
    def begins_ms(self) -> int:
        """When the first thing happens; what comes of the introduction before it does not count."""
        return min([self.live_from_ms, *(line.row["at"] for line in self.lines if line.row)])

    @property
    def journeys(self) -> set[str]:
        """Whose doings count: the scenario's journey, and those that an expectation names."""
        return {self.journey, *(one.journey for one in self.expected if one.journey)}
