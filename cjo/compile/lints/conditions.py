"""Which conditions can never hold: what follows from values that a reference is compared with for equality.

Where it says so it is certain; what it does not see (inequalities, arithmetic) it takes to be possible.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

from cjo.compile.tracking import TrackingPlan

Cond = Any
_ALTERNATIVES_MAX = 64


def contradictory(cond: Cond | None) -> bool:
    """True where no touchpoint, moment or profile makes the condition TRUE."""
    if cond is None:
        return False
    cases = _cases(cond)
    return len(cases) <= _ALTERNATIVES_MAX and all(_impossible(case) for case in cases)


def exclusive(one: Cond | None, other: Cond | None) -> bool:
    """True where both conditions never hold together."""
    return one is not None and other is not None and contradictory(["and", one, other])


def covers(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """True where every touchpoint that the MATCH `other` asks for is one that `one` asks for too."""
    return bool(one["type"] == other["type"] and one["where"] in (None, other["where"]))


def never(match: dict[str, Any], tracking: TrackingPlan) -> str | None:
    """Why no touchpoint of the tracking plan ever is what a MATCH asks for, None where one can be."""
    where, name = match["where"], match["type"]
    if contradictory(where):
        return "its condition contradicts itself"
    declared = tracking.model.types.get(name)
    if declared is None or where is None:
        return None
    channels = tracking.model.channels if declared.channels is None else declared.channels
    literals = [["lit", channel, "string"] for channel in channels]
    if contradictory(["and", where, ["in", ["field", "channel", "string"], literals]]):
        return f"{name} happens in {', '.join(channels) or 'no channel'} only"
    given = [["not", ["is_null", ["field", field, ""]]] for field in declared.requires]
    return f"{name} always has {', '.join(declared.requires)}" if contradictory(["and", where, *given]) else None


def _cases(cond: Cond) -> list[list[Cond]]:
    """The condition as alternatives, each a list of parts that must all hold."""
    if cond[0] == "or":
        return [case for part in cond[1:] for case in _cases(part)]
    if cond[0] != "and":
        return [[cond]]
    parts = [_cases(part) for part in cond[1:]]
    count = 1
    for part in parts:
        count *= len(part)
    if count > _ALTERNATIVES_MAX:
        return [[]]
    return [[one for part in choice for one in part] for choice in product(*parts)]


def _impossible(parts: list[Cond]) -> bool:
    possible: dict[tuple[str, str], set[Any]] = {}
    null: set[tuple[str, str]] = set()
    there: set[tuple[str, str]] = set()
    for part in parts:
        if part[0] == "lit" and part[1] is not True:
            return True
        for ref, values in _equalities(part):
            possible[ref] = possible.get(ref, values) & values
            there.add(ref)
        if part[0] == "is_null" and _is_ref(part[1]):
            null.add((part[1][0], part[1][1]))
        if part[0] == "not" and part[1][0] == "is_null" and _is_ref(part[1][1]):
            there.add((part[1][1][0], part[1][1][1]))
    return bool(null & there) or any(not values for values in possible.values())


def _equalities(part: Cond) -> Iterator[tuple[tuple[str, str], set[Any]]]:
    if part[0] == "=" and _is_ref(part[1]) and part[2][0] == "lit":
        yield (part[1][0], part[1][1]), {part[2][1]}
    elif part[0] == "in" and _is_ref(part[1]):
        yield (part[1][0], part[1][1]), {item[1] for item in part[2]}


def _is_ref(cond: Cond) -> bool:
    return cond[0] in ("field", "attr", "moment", "profile", "run", "outcome")
