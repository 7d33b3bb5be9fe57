"""Which share of a log each signal and journey needs, by its exact conditions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from cjo.avro.prepare import prepared
from cjo.avro.rows import COLUMNS, row_of
from cjo.client.files import json_rows
from cjo.compile.needs import asked_of
from cjo.engine.conditions import compile_condition
from cjo.engine.people import SYSTEM_TYPES
from cjo.errors import RecordError, UsageError

Row = dict[str, Any]
Part = tuple[str, str]
"""(signal or journey, name)"""


@dataclass
class Traffic:
    """Touchpoints of a log: all, those of cjo's own types, those that anything needs, and those that each part needs.

    `customers` has for each part how many touchpoints it needs of each customer.
    """

    total: int = 0
    system: int = 0
    needed: int = 0
    parts: Counter[Part] = field(default_factory=Counter)
    customers: dict[Part, Counter[str]] = field(default_factory=dict)


def measure(plan: dict[str, Any], lines: Iterable[bytes], name: str) -> Traffic:
    """Count a JSON Lines file of touchpoints. Heartbeats are no touchpoints; UsageError for a line that is none."""
    asked = [(part, _test(part_plan)) for part, part_plan in parts_of(plan)]
    traffic = Traffic(customers={part: Counter() for part, _ in asked})
    for number, value in json_rows(lines):
        try:
            if isinstance(value, RecordError):
                raise value
            touchpoint = prepared(value)
            taken = row_of(touchpoint, touchpoint.get("received_at") or touchpoint["occurred_at"], COLUMNS)
        except RecordError as error:
            raise UsageError(f"{name}, line {number}: {error.message}", "correct the line, or take it out") from None
        if taken is not None:
            _count(traffic, asked, *taken)
    return traffic


def parts_of(plan: dict[str, Any]) -> list[tuple[Part, dict[str, Any]]]:
    """A plan of its own for each signal and journey."""
    found = [(("signal", one["name"]), {"signals": [one], "journeys": []}) for one in plan["signals"]]
    return found + [(("journey", one["name"]), {"signals": [], "journeys": [one]}) for one in plan["journeys"]]


def _count(traffic: Traffic, asked: list[tuple[Part, Callable[[Row], bool]]], subject: str, row: Row) -> None:
    traffic.total += 1
    own = row["type"] in SYSTEM_TYPES
    traffic.system += own
    wanted = [part for part, test in asked if test(row)]
    traffic.needed += own or bool(wanted)
    for part in wanted:
        traffic.parts[part] += 1
        traffic.customers[part][subject] += 1


def _test(plan: dict[str, Any]) -> Callable[[Row], bool]:
    tests = {
        name: [compile_condition(where) if where else None for where in conditions]
        for name, conditions in asked_of(plan).items()
    }

    def wanted(row: Row) -> bool:
        return any(test is None or test(row, None, None) is True for test in tests.get(row["type"], ()))

    return wanted
