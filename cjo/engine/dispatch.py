"""What a touchpoint of one type is wanted for: each distinct condition is evaluated once, and most not at all.

Conditions of one type mostly tell values of one attribute apart (`topic = 'mortgage'`, `topic in ('loan', 'card')`,
with more after an `and`). Such a condition can hold for these values alone. So the attribute that most conditions ask
for is looked at first, what is left of those that may hold for its value is told apart by the next attribute, and in
the end mostly nothing is left to evaluate: twenty signals on twenty topics cost as much as one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar

from cjo.engine.conditions import compile_condition
from cjo.engine.signals import Ending, Signal

Row = dict[str, Any]
Cond = Any
Condition = Callable[[Any, Any, Any], Any]
Target = tuple[Signal | Ending, str, Any]
"""A signal, and in which role and with what extra it takes a touchpoint."""
Group = tuple[Condition | None, list[Target]]
"""A condition (None: none), and what asks for the touchpoints that it holds for."""
Wish = tuple[Cond, list[Target]]
"""The same with the condition as the plan has it."""
DEEPEST: Final = 3
"""So many attributes are looked at one after the other: each makes the plan's part in memory larger."""
Place = tuple[str, str]
"""Where a text stands in a touchpoint: ("attr" or "field", name)."""
_T = TypeVar("_T")


class Wanted:
    """What asks for touchpoints of one type, by condition."""

    def __init__(self) -> None:
        self._by_condition: dict[str, Wish] = {}
        self._roles: list[Target] = []
        self._repeats = False

    def targets(self, where: Cond) -> list[Target]:
        """The list to which everything is added that asks for touchpoints under this condition (None: all)."""
        return self._by_condition.setdefault(repr(where), (where, []))[1]

    def add(self, where: Cond, target: Target) -> None:
        """Let a signal ask for touchpoints in a role. One that it asks for twice there counts once."""
        self._repeats = self._repeats or target in self._roles
        self._roles.append(target)
        self.targets(where).append(target)

    def dispatch(self) -> Dispatch:
        """All of it, ready to run."""
        return Dispatch(list(self._by_condition.values()), self._repeats)


class Table:
    """Finds what asks for a touchpoint, by its type."""

    def __init__(self, by_type: dict[str, Dispatch]) -> None:
        self._by_type = by_type

    def match(self, row: Row) -> list[Target] | None:
        """What a touchpoint is wanted for, in the order of the plan; None where nothing asks for it."""
        dispatch = self._by_type.get(row["type"])
        return None if dispatch is None else dispatch.match(row)


class Dispatch:
    """Finds what asks for a touchpoint of one type."""

    def __init__(self, wanted: list[Wish], repeats: bool = False) -> None:
        self._repeats = repeats
        self._first = _Fork(wanted)

    def match(self, row: Row) -> list[Target] | None:
        """What a touchpoint of this type is wanted for, in the order of the plan; None where nothing asks for it."""
        fork = self._first
        while fork.place is not None:
            source, name = fork.place
            texts: Row | None = row if source == "field" else row.get("attributes")
            value = texts.get(name) if texts else None
            fork = fork.by_value.get(value, fork.otherwise)
        found: list[Target] | None = None
        joined = False
        for condition, wanted in fork.groups:
            if condition is None or condition(row, None, None) is True:
                joined = found is not None
                found = found + wanted if found is not None else wanted
        return _each_once(found) if joined and self._repeats and found else found


class _Fork:
    """Where it goes on by the text at a place, `by_value` and `otherwise`; with no place, what is left to evaluate."""

    def __init__(self, wanted: list[Wish], depth: int = 0) -> None:
        told = [dict(_told_apart(where)) for where, _ in wanted]
        asked = Counter(place for places in told for place in places)
        self.place: Place | None = max(asked, key=lambda place: asked[place]) if asked else None
        self.groups: list[Group] = []
        if self.place is None or depth == DEEPEST:
            self.place = None
            self.groups = _groups(wanted)
            return
        values = {value for places in told for value in places.get(self.place, ())}
        self.by_value: dict[Any, _Fork] = {
            value: _Fork(_left(wanted, told, self.place, value), depth + 1) for value in values
        }
        self.otherwise = _Fork(_left(wanted, told, self.place, None), depth + 1)


def _each_once(targets: list[_T]) -> list[_T]:
    """Without what a touchpoint is asked for twice, in one role and with one extra."""
    found: list[_T] = []
    for target in targets:
        if target not in found:
            found.append(target)
    return found


def _left(wanted: list[Wish], told: list[dict[Place, frozenset[str]]], place: Place, value: str | None) -> list[Wish]:
    """What may hold where the text at `place` is `value`; None: where it is none of those that are asked for."""
    found: list[Wish] = []
    for (where, targets), places in zip(wanted, told, strict=True):
        values = places.get(place)
        if values is None:
            found.append((where, targets))
        elif value in values:
            found.append((_without(where, place), targets))
    return found


def _groups(wanted: list[Wish]) -> list[Group]:
    found: list[Group] = []
    for where, targets in wanted:
        condition = _compiled(where)
        if condition is None and found and found[-1][0] is None:
            found[-1] = None, found[-1][1] + targets
        else:
            found.append((condition, targets))
    return [(condition, _each_once(targets)) for condition, targets in found]


def _told_apart(where: Cond) -> Iterator[tuple[Place, frozenset[str]]]:
    """Each place whose text must be one of these values for the condition to hold."""
    for part in where[1:] if where and where[0] == "and" else [where]:
        yield from told_by(part)


def told_by(part: Cond) -> Iterator[tuple[Place, frozenset[str]]]:
    """The place that a comparison tells apart, and the values for which it holds; nothing of any other condition."""
    if part and part[0] in ("=", "in") and part[1][0] in ("attr", "field") and part[1][2] == "string":
        literals = [part[2]] if part[0] == "=" else part[2]
        if all(literal[0] == "lit" and isinstance(literal[1], str) for literal in literals):
            yield (part[1][0], part[1][1]), frozenset(literal[1] for literal in literals)


def _without(where: Cond, place: Place | None) -> Cond:
    """What remains of a condition once the text at `place` is known to be one of the values that it asks for."""
    if where[0] != "and":
        return None
    *_, last = (n for n, part in enumerate(where[1:], 1) if place in dict(told_by(part)))
    left = [part for n, part in enumerate(where[1:], 1) if n != last]
    return left[0] if len(left) == 1 else ["and", *left]


def _compiled(where: Cond) -> Condition | None:
    return compile_condition(where) if where else None
