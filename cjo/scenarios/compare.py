"""Expected against what came: which belongs to which, what is missing, what is too much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from cjo.scenarios.calendar import Calendar
from cjo.scenarios.play import Came
from cjo.scenarios.script import Expectation, Script


@dataclass(frozen=True)
class Comparison:
    """`pairs`: expectations that came true; `missing`: those that did not; `unexpected`: what must not have come."""

    pairs: list[tuple[Expectation, Came]]
    missing: list[Expectation]
    unexpected: list[Came]

    @property
    def passed(self) -> bool:
        """True where everything expected came, and nothing else that must not."""
        return not self.missing and not self.unexpected


def compare(script: Script, came: Sequence[Came]) -> Comparison:
    """Match as many expectations as possible, each with one thing that came."""
    calendar = script.calendar
    fits = [[i for i, one in enumerate(came) if not differences(wanted, one, calendar)] for wanted in script.expected]
    taken: dict[int, int] = {}
    for index in range(len(script.expected)):
        _assign(index, fits, taken, set())
    found = {wanted: place for place, wanted in taken.items()}
    pairs = [(wanted, came[found[i]]) for i, wanted in enumerate(script.expected) if i in found]
    missing = [wanted for i, wanted in enumerate(script.expected) if i not in found]
    unexpected = [one for i, one in enumerate(came) if i not in taken and one.kind in script.only]
    return Comparison(pairs, missing, unexpected)


def differences(wanted: Expectation, one: Came, calendar: Calendar) -> list[str]:
    """What keeps `one` from being what was wanted, in words; empty where it is."""
    found = []
    ended = one.record.get("inputs", {}).get("said") if wanted.kind == "ends" else None
    if one.kind != wanted.kind or wanted.name not in (one.name, ended):
        found.append(f"{one.kind} {one.name}, not {wanted.name}")
    for name in ("customer", "journey", "step"):
        want, got = getattr(wanted, name), getattr(one, name)
        if want is not None and want != got:
            found.append(f"{name} {got or 'none'}, not {want}")
    if wanted.key is not None and wanted.key != one.record.get("key"):
        found.append(f"key {one.record.get('key') or 'none'}, not {wanted.key}")
    if wanted.at_ms is not None and not 0 <= one.at_ms - wanted.at_ms <= wanted.within_ms:
        found.append(f"at {calendar.words(one.at_ms)}, not {calendar.words(wanted.at_ms)}")
    return found + _contents(wanted, one)


def _contents(wanted: Expectation, one: Came) -> list[str]:
    text = "\n".join((one.record.get("content") or {}).values())
    found = [f"does not say “{said}”: “{' '.join(text.split())}”" for said in wanted.says if said not in text]
    values = (one.record.get("values") if one.kind == "moment" else one.record.get("variables")) or {}
    carried = {**values, **{name: one.record.get(name) for name in ("at", "key", "late_ms") if name in one.record}}
    for name, value in wanted.values.items():
        if not _equal(value, carried.get(name)):
            found.append(f"{name} is {carried.get(name)}, not {value}")
    return found


def _assign(index: int, fits: list[list[int]], taken: dict[int, int], tried: set[int]) -> bool:
    """Give expectation `index` something that came; one that has it already is moved to another, where it can be."""
    for place in fits[index]:
        if place in tried:
            continue
        tried.add(place)
        if place not in taken or _assign(taken[place], fits, taken, tried):
            taken[place] = index
            return True
    return False


def _equal(wanted: Any, got: Any) -> bool:
    if isinstance(wanted, list):
        same = isinstance(got, list) and len(got) == len(wanted)
        return same and all(_equal(want, one) for want, one in zip(wanted, got, strict=True))
    if got is None or isinstance(wanted, bool) or isinstance(got, bool):
        return str(wanted).lower() == str(got).lower()
    if isinstance(wanted, int | float):
        try:
            return Decimal(str(wanted)) == Decimal(str(got))
        except InvalidOperation:
            return False
    return str(wanted) == str(got)
