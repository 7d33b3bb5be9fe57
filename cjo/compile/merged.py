"""Alternatives that mean the same in fewer words: many signals ask for the same attributes of the same touchpoints.

Every record of the log pays for the filter, and each `attributes['topic']` in it is a search of its own. So of
conditions that are looked at together, one that another covers goes, and those that differ in the values of one
attribute alone become one: twenty signals on twenty topics ask once whether the topic is one of twenty.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from cjo.engine.dispatch import told_by

Cond = Any
Place = tuple[str, str]
Values = frozenset[str]


@dataclass(frozen=True)
class _Alternative:
    """A condition: texts that must be one of some values, by place, and what else must hold, by its text."""

    told: tuple[tuple[Place, Values], ...]
    rest: tuple[str, ...]

    def covers(self, other: _Alternative) -> bool:
        """True where this holds whenever the other does."""
        narrower = dict(other.told)
        return set(self.rest) <= set(other.rest) and all(
            place in narrower and narrower[place] <= values for place, values in self.told
        )

    def condition(self, known: dict[str, Cond]) -> Cond:
        """As the plan would have it; `known` has conditions by their texts."""
        parts = [_among(place, values) for place, values in self.told] + [known[text] for text in self.rest]
        return parts[0] if len(parts) == 1 else ["and", *parts]


def merged(conditions: Iterable[Cond | None]) -> list[Cond | None]:
    """Conditions of which one is TRUE wherever one of `conditions` is; [None] where None (always) is among them."""
    known: dict[str, Cond] = {}
    alternatives: list[_Alternative] = []
    for cond in conditions:
        if cond is None:
            return [None]
        alternatives += [_alternative(one, known) for one in _either(cond)]
    while True:
        fewer = _united(_uncovered(alternatives))
        if len(fewer) == len(alternatives):
            return [one.condition(known) for one in fewer]
        alternatives = fewer


def _either(cond: Cond) -> Iterator[Cond]:
    if cond[0] == "or":
        for part in cond[1:]:
            yield from _either(part)
    else:
        yield cond


def _alternative(cond: Cond, known: dict[str, Cond]) -> _Alternative:
    told: dict[Place, Values] = {}
    rest: set[str] = set()
    for part in cond[1:] if cond[0] == "and" else [cond]:
        places = dict(told_by(part))
        if places and not places.keys() & told.keys():
            told |= places
        else:
            known[repr(part)] = part
            rest.add(repr(part))
    return _Alternative(tuple(sorted(told.items(), key=_place)), tuple(sorted(rest)))


def _uncovered(alternatives: list[_Alternative]) -> list[_Alternative]:
    """Without what another covers; of two that cover each other, the first stays."""
    left: list[_Alternative] = []
    for one in alternatives:
        if not any(other.covers(one) for other in left):
            left = [other for other in left if not one.covers(other)] + [one]
    return left


def _united(alternatives: list[_Alternative]) -> list[_Alternative]:
    """Those that differ in the values at one place alone as one."""
    left = alternatives
    for place in dict.fromkeys(place for one in alternatives for place, _ in one.told):
        found: dict[Any, _Alternative] = {}
        for one in left:
            without = tuple(pair for pair in one.told if pair[0] != place)
            mine = dict(one.told).get(place)
            key = (mine is not None, without, one.rest)
            if mine is not None and key in found:
                mine |= dict(found[key].told)[place]
                told = tuple((where, mine if where == place else values) for where, values in one.told)
                one = replace(one, told=told)
            found[key] = one
        left = list(found.values())
    return left


def _among(place: Place, values: Values) -> Cond:
    source, name = place
    literals = [["lit", value, "string"] for value in sorted(values)]
    ref = [source, name, "string"]
    return ["=", ref, literals[0]] if len(literals) == 1 else ["in", ref, literals]


def _place(told: tuple[Place, Values]) -> Place:
    return told[0]
