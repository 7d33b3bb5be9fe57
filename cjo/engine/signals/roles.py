"""What one touchpoint is to a signal that names touchpoints in several places: all its roles at once.

A signal that judges has to know all of them before. A touchpoint that matches several times in one role is handed to a
signal once; so the signal asks for its touchpoints in one role, and looks here at what each of them is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from cjo.engine.conditions import compile_condition
from cjo.engine.signals.base import Match, Row

Roles = int | list[tuple[Any, int]]
"""The bits of a match that is alone on its type; else those of each match on it, with its condition."""


def together(named: Iterable[tuple[Match, int]]) -> Iterator[tuple[Match, Roles]]:
    """Each match once, with all that it stands for; `named` gives matches with the bit of the place that names them."""
    bits: dict[str, tuple[Match, int]] = {}
    for match, bit in named:
        written = repr((match["type"], match.get("where")))
        bits[written] = (match, bits.get(written, (match, 0))[1] | bit)
    types: dict[str, list[tuple[Any, int]]] = {}
    for match, bit in bits.values():
        types.setdefault(match["type"], []).append((_condition(match), bit))
    for match, bit in bits.values():
        same = types[match["type"]]
        yield match, bit if len(same) == 1 else same


def bits_of(row: Row, roles: Roles) -> int:
    """All that a touchpoint is, whichever of its matches it was handed on for."""
    if isinstance(roles, int):
        return roles
    bits = 0
    for condition, bit in roles:
        if condition is None or condition(row, None, None) is True:
            bits |= bit
    return bits


def _condition(match: Match) -> Any:
    return compile_condition(match["where"]) if match.get("where") else None
