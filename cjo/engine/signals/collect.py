"""Values that a moment carries, collected from the events that made it.

An entry is `[at_ms, mark, [value of each collected reference]]`; a taken-back value is `[at_ms, value]`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from functools import reduce
from typing import Any, Final

from cjo.engine.conditions import compile_ref
from cjo.engine.exact import EXACT

_PLAIN: Final = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,6})?").fullmatch
"""Text that a Decimal made of it would be written as again: nearly all amounts."""
_NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?(E[+-]?[0-9]+)?").fullmatch
_KEPT_AS: Final[dict[str, type]] = {"string": str, "decimal": str, "int": int}
WHOLE_MAX: Final = (1 << 63) - 1
"""Beyond it, either way, a moment shows a whole sum as that: state, records and Flink SQL have 64 bits."""
_CENT: Final = Decimal("0.01")
_NOTHING: Final = Decimal(0)

Entry = list[Any]
Read = Callable[[Any, Any, Any], Any]


def reader(ref: list[Any]) -> Read:
    """Reads a value of an entry: as state keeps it, decimals as text."""
    source, name, kind = ref
    read = compile_ref(ref)
    if kind != "decimal":
        return read
    written = compile_ref([source, name, "string"])

    def read_text(row: Any, moment: Any, profile: Any) -> Any:
        text = written(row, moment, profile)
        if isinstance(text, str) and _PLAIN(text):
            return text
        value = read(row, moment, profile)
        return None if value is None else str(value)

    return read_text


def as_money(total: Decimal) -> str:
    """A sum as text: with two decimal places where it has no more."""
    total = EXACT.add(total, _NOTHING)  # no -0.00
    cents = EXACT.quantize(total, _CENT)
    return str(cents) if cents == total else format(total.normalize(EXACT), "f")


def as_whole(total: int) -> int:
    """A whole sum as a moment shows it."""
    return max(-WHOLE_MAX, min(total, WHOLE_MAX))


def as_text(value: Any) -> str:
    """A value in a list: a flag as it is sent."""
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def shown(ref: list[Any], other: Callable[[Any], Any] = as_text) -> Callable[[Any], Any]:
    """How a moment shows a value: an amount as sums are shown, whatever the scale that it was sent with."""
    return _as_amount if ref[2] == "decimal" else other


def _as_amount(text: str) -> str:
    return as_money(Decimal(text))


def as_it_is(value: Any) -> Any:
    """The value, for `shown`."""
    return value


def _is_of(kind: str, value: Any) -> bool:
    """True where a value may be of a type, as state keeps it."""
    if value is None or kind not in _KEPT_AS:
        return True
    if kind == "decimal":
        return isinstance(value, str) and _NUMBER(value) is not None
    return isinstance(value, _KEPT_AS[kind])


def _ref_of(part: dict[str, Any]) -> Any:
    return part.get("each") or part.get("sum") or part.get("value")


class Collector:
    """The `collect` part of a signal: which values an event gives, and what they come to together."""

    def __init__(self, spec: dict[str, Any] | None) -> None:
        self._specs = dict(spec or {})
        self._slots: dict[str, int] = {}
        self._readers: list[Read] = []
        self._kinds: list[str] = []
        for name, part in self._specs.items():
            ref = _ref_of(part)
            if ref is not None:
                self._slots[name] = len(self._readers)
                self._readers.append(reader(ref))
                self._kinds.append(ref[2])
        taken_out = next((name for name, part in self._specs.items() if part.get("minus")), None)
        self._minus_slot = None if taken_out is None else self._slots[taken_out]
        self._minus_is_decimal = taken_out is not None and self._specs[taken_out]["each"][2] == "decimal"

    @staticmethod
    def form(spec: dict[str, Any]) -> list[Any]:
        """What the form of entries hangs on in a signal's `collect`: slot by slot, whatever the values are called."""
        parts = (spec.get("collect") or {}).values()
        return [[list(ref), bool(part.get("minus"))] for part in parts if (ref := _ref_of(part)) is not None]

    @property
    def width(self) -> int:
        """How many values `read` gives."""
        return len(self._readers)

    def minus_matches(self) -> list[dict[str, Any]]:
        """Matches of the events that take a value back."""
        return [match for part in self._specs.values() for match in part.get("minus") or ()]

    def newest(self) -> list[int] | None:
        """How many of the newest values of each slot, in slot order, are all that is collected; None where all are."""
        if any("sum" in part or "count" in part for part in self._specs.values()):
            return None
        return [
            part.get("max", 20) if "each" in part else 1 for name, part in self._specs.items() if name in self._slots
        ]

    def read(self, row: dict[str, Any], profile: dict[str, Any] | None = None) -> list[Any]:
        """The values that this event, or the profile, gives, in slot order, JSON-able."""
        return [read(row, None, profile) for read in self._readers]

    def fitting(self, read: list[Any]) -> list[Any]:
        """What was read of an event, or nothing of it where a revision that collects other values has read it."""
        kinds = self._kinds
        fits = len(read) == len(kinds) and all(_is_of(kind, one) for kind, one in zip(kinds, read, strict=True))
        return read if fits else [None] * len(kinds)

    def taken_back(self, row: dict[str, Any]) -> Any:
        """The value that a minus event takes back, or None."""
        return None if self._minus_slot is None else self._readers[self._minus_slot](row, None, None)

    def values(self, entries: list[Entry], minus: list[list[Any]]) -> dict[str, Any]:
        """What `entries` come to once `minus` is taken back: the newest earlier entry of the same value goes."""
        left = self._left(entries, minus)
        return {name: self._total(part, self._slots.get(name), left) for name, part in self._specs.items()}

    def _left(self, entries: list[Entry], minus: list[list[Any]]) -> list[Entry]:
        slot = self._minus_slot
        if slot is None or not minus:
            return entries
        left, values = list(entries), [self._told_apart(entry[2][slot]) for entry in entries]
        for at, taken in minus:
            value = self._told_apart(taken)
            if value is None:
                continue  # it does not say which
            for index in range(len(left) - 1, -1, -1):
                if values[index] == value and left[index][0] <= at:
                    del left[index], values[index]
                    break
        return left

    def _told_apart(self, value: Any) -> Any:
        """What makes values the same: of decimals not how they are written."""
        return Decimal(value) if self._minus_is_decimal and value is not None else value

    @staticmethod
    def _total(part: dict[str, Any], slot: int | None, left: list[Entry]) -> Any:
        if slot is None:
            return len(left)
        found = [entry[2][slot] for entry in left if entry[2][slot] is not None]
        if "each" in part:
            show = shown(part["each"])
            return [show(value) for value in found[-part.get("max", 20) :]]
        if "value" in part:
            return shown(part["value"], as_it_is)(found[-1]) if found else None
        if part["sum"][2] == "int":
            return as_whole(sum(found))
        return as_money(reduce(EXACT.add, map(Decimal, found), _NOTHING))
