"""The profile as it was at a time, of which state has only the newest values.

Memory has the profile updates of the late horizon, `[at_ms, mark, {attribute: value}, {attribute: what it was before,
[at_ms, value]}]`, sorted. So what is judged when it has settled does not see what was known only later.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cjo.engine.conditions import compile_condition, refs_of

if TYPE_CHECKING:
    from cjo.engine.turn import Turn

Update = list[Any]
Row = dict[str, Any]


class Past:
    """The features of the profile: conditions, each 1 where it is true and else 0."""

    def __init__(self, conditions: Sequence[Any]) -> None:
        self._conditions = [compile_condition(cond) for cond in conditions]
        self._names = sorted({ref[1] for cond in conditions for ref in refs_of(cond)})

    def update(self, turn: Turn, row: Row, mark: str) -> Update | None:
        """What is remembered of a profile update; None where it tells nothing that is asked for."""
        told = row.get("attributes") or {}
        values = {name: told[name] or None for name in self._names if name in told}
        if not values:
            return None
        before = {name: turn.changed[name] for name in values if turn.changed.get(name)}
        return [row["at"], mark, values, before]

    def put(self, updates: list[Update], update: Update) -> None:
        """Take an update."""
        insort(updates, update, key=lambda one: one[:2])

    def values(self, turn: Turn, updates: list[Update], upto_ms: int, earlier: bool) -> list[int]:
        """Of the profile as of `upto_ms`; `earlier`: as it was on record before this input."""
        profile = {name: self._as_of(turn, updates, name, upto_ms, earlier) for name in self._names}
        return [1 if holds({}, None, profile) is True else 0 for holds in self._conditions]

    def _as_of(self, turn: Turn, updates: list[Update], name: str, upto_ms: int, earlier: bool) -> str | None:
        known = (turn.state.get("profile") or {}).get(name)
        if earlier and name in turn.changed:
            known = turn.changed[name]
        if not updates:
            return known[1] if known else None
        best = known if known and known[0] <= upto_ms else None
        for at_ms, _, values, before in updates:
            was = before.get(name)
            if was and was[0] <= upto_ms and (best is None or was[0] > best[0]):
                best = was
            if name in values and at_ms <= upto_ms and (best is None or at_ms >= best[0]):
                best = [at_ms, values[name]]
        return best[1] if best else None
