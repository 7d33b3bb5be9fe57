"""What the touchpoints of a session come to, value by value, so that parts of a session can be put together.

The order in which they are makes no difference. Held for a value is None where there is nothing yet, else: of a count
the number, of a whole sum too, or its text where state has no room for such a number, of a decimal sum its text, of the
newest `[at_ms, mark, value]`, of a list several of these.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from cjo.engine.exact import EXACT
from cjo.engine.signals.collect import WHOLE_MAX, as_it_is, as_money, as_whole, reader, shown

Held = list[Any]


class Totals:
    """The `collect` part of a session. `bits` has for each group of touchpoints (by name) the bit that is theirs."""

    def __init__(self, collect: dict[str, Any], bits: dict[str, int]) -> None:
        self._names = list(collect)
        self._of = [bits[part["of"]] if "of" in part else ~0 for part in collect.values()]
        self._first = [_first_of(part) for part in collect.values()]
        self._join = [_join_of(part) for part in collect.values()]
        self._value = [_value_of(part) for part in collect.values()]

    @staticmethod
    def form(collect: dict[str, Any]) -> list[Any]:
        """What the form of what is held hangs on, value by value, whatever they are called."""
        return [[_how(part), list(_ref_of(part) or ()), part.get("of")] for part in collect.values()]

    def of(self, row: dict[str, Any], mark: str, bits: int) -> Held:
        """What one touchpoint comes to."""
        return [first(row, mark) if of & bits else None for of, first in zip(self._of, self._first, strict=True)]

    def joined(self, one: Held, other: Held) -> Held:
        """What both come to together."""
        return [
            a if b is None else b if a is None else join(a, b)
            for join, a, b in zip(self._join, one, other, strict=True)
        ]

    def values(self, held: Held) -> dict[str, Any]:
        """As a moment carries them."""
        return {name: value(one) for name, value, one in zip(self._names, self._value, held, strict=True)}


def _ref_of(part: dict[str, Any]) -> Any:
    return part.get("sum") or part.get("value") or part.get("each")


def _how(part: dict[str, Any]) -> str:
    return next(how for how in ("count", "each", "sum", "value") if how in part)


def _first_of(part: dict[str, Any]) -> Callable[[Any, str], Any]:
    if "count" in part:
        return lambda row, mark: 1
    read = reader(_ref_of(part))
    if "sum" in part:
        return lambda row, mark: read(row, None, None)

    def newest(row: Any, mark: str) -> Any:
        value = read(row, None, None)
        return None if value is None else [row["at"], mark, value]

    if "value" in part:
        return newest
    return lambda row, mark: [found] if (found := newest(row, mark)) else None


def _join_of(part: dict[str, Any]) -> Callable[[Any, Any], Any]:
    if "each" in part:
        most = part["max"]
        return lambda one, other: (one + other if one[-1] < other[0] else sorted(one + other))[-most:]
    if "value" in part:
        return max
    if "sum" in part and part["sum"][2] == "decimal":
        return lambda one, other: str(EXACT.add(Decimal(one), Decimal(other)))
    return _sum_of


def _value_of(part: dict[str, Any]) -> Callable[[Any], Any]:
    if "each" in part:
        show = shown(part["each"])
        return lambda held: [show(one[2]) for one in held or ()]
    if "value" in part:
        show_newest = shown(part["value"], as_it_is)
        return lambda held: held and show_newest(held[2])
    if "sum" in part and part["sum"][2] == "decimal":
        return lambda held: as_money(Decimal(held or 0))
    return lambda held: as_whole(int(held or 0))


def _sum_of(one: Any, other: Any) -> Any:
    total = int(one) + int(other)
    return total if -WHOLE_MAX <= total <= WHOLE_MAX else str(total)
