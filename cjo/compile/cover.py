"""Does a filter that runs let through all that a new plan asks for? Where this cannot be shown, the answer is no.

Needs are touchpoint type -> conditions under which it is needed (None: always), as `cjo.compile.needs` makes them.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from cjo.compile.filter import Cond, widened

Needs = dict[str, list[Cond | None]]
_ORDER = ("<", "<=", ">", ">=")


def uncovered(wanted: Needs, running: Needs) -> Needs:
    """What of `wanted` the filter made of `running` may hold back."""
    found: Needs = {}
    for name, conditions in wanted.items():
        known = running.get(name, [])
        missing = [cond for cond in conditions if not any(_passes(cond, other) for other in known)]
        if missing:
            found[name] = missing
    return found


def both(some: Needs, others: Needs) -> Needs:
    """What either asks for, each condition once."""
    found: Needs = {name: list(conditions) for name, conditions in some.items()}
    for name, conditions in others.items():
        kept = found.setdefault(name, [])
        kept.extend(cond for cond in conditions if cond not in kept)
    return found


def _passes(cond: Cond | None, running: Cond | None) -> bool:
    """True where every touchpoint under `cond` gets through the filter of `running`, which may be wider than it."""
    return widened(running) is None or (cond is not None and implies(cond, running or ()))


def implies(cond: Cond, other: Cond) -> bool:
    """True where it is certain that `other` is TRUE wherever `cond` is; False where that is not known."""
    if list(cond) == list(other):
        return True
    if cond[0] == "or":
        return all(implies(part, other) for part in cond[1:])
    if other[0] == "and":
        return all(implies(cond, part) for part in other[1:])
    if cond[0] == "and" and any(implies(part, other) for part in cond[1:]):
        return True
    if other[0] == "or":
        return any(implies(cond, part) for part in other[1:])
    return _values(cond, other) or _order(cond, other)


def _values(cond: Cond, other: Cond) -> bool:
    """`=` and `in`: a list of values within another."""
    mine, theirs = _listed(cond), _listed(other)
    return mine is not None and theirs is not None and cond[1] == other[1] and all(one in theirs for one in mine)


def _listed(cond: Cond) -> list[Any] | None:
    if cond[0] == "in":
        return list(cond[2])
    return [cond[2]] if cond[0] == "=" and cond[2][0] == "lit" else None


def _order(cond: Cond, other: Cond) -> bool:
    """Numbers: `x >= 20` implies `x > 10`, and so does `x = 20`."""
    if other[0] not in _ORDER or cond[0] not in (*_ORDER, "=") or cond[1] != other[1]:
        return False
    mine, theirs = _number(cond[2]), _number(other[2])
    if mine is None or theirs is None:
        return False
    if cond[0] == "=":
        return _holds(other[0], mine, theirs)
    if cond[0][0] != other[0][0]:
        return False
    further = mine > theirs if cond[0][0] == ">" else mine < theirs
    return further or (mine == theirs and (cond[0] == other[0] or other[0].endswith("=")))


def _holds(operator: str, value: Decimal, limit: Decimal) -> bool:
    above = operator[0] == ">"
    return (value > limit if above else value < limit) or (operator.endswith("=") and value == limit)


def _number(cond: Cond) -> Decimal | None:
    return Decimal(str(cond[1])) if cond[0] == "lit" and cond[2] in ("int", "decimal") else None
