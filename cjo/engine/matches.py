"""Touchpoints that concern runs: an exit, a goal, or the `until` of a wait."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cjo.engine.conditions import Condition, compile_condition

if TYPE_CHECKING:
    from cjo.engine.plan import Journey

Row = dict[str, Any]


class RunMatch:
    """Touchpoints of one type under a condition, and which runs they concern (R1)."""

    __slots__ = ("by_customer", "condition", "then", "type")

    def __init__(self, spec: dict[str, Any]) -> None:
        self.type: str = spec["type"]
        self.condition: Condition | None = compile_condition(spec["where"]) if spec.get("where") else None
        self.by_customer: bool = spec.get("match") == "customer"
        self.then: str | None = spec.get("then")

    def holds(self, row: Row, journey: Journey, run_key: str) -> bool:
        """True where this touchpoint concerns the run with `run_key`."""
        if row["type"] != self.type or (self.condition and self.condition(row, None, None) is not True):
            return False
        return self.by_customer or not run_key or journey.key_of(row) == run_key
