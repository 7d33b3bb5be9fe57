"""Pass: what the orchestrator needs of the log: the plan's `columns` and `filter`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cjo.compile.conditions import names_in
from cjo.compile.draft import Draft
from cjo.compile.filter import Cond, filter_sql
from cjo.compile.tracking import FIELDS, SYSTEM_TYPES

Match = dict[str, Any]
_ON_PROFILE = ("profile", "date")


def run(draft: Draft) -> None:
    """Make `columns` and `filter`."""
    draft.plan["columns"] = columns_of(draft.plan)
    draft.plan["filter"] = filter_sql(needs_of(draft.plan))


def matches_of(plan: dict[str, Any]) -> Iterator[Match]:
    """Every MATCH of a plan: touchpoints that a signal, exit, goal or wait asks for."""
    for signal in plan["signals"]:
        for role in ("start", "unless", "points", "on"):
            yield from signal.get(role) or ()
        if signal["kind"] in _ON_PROFILE:
            yield {"type": "profile_updated", "where": None}
        for part in signal.get("collect", {}).values():
            yield from part.get("minus") or ()
    for journey in plan["journeys"]:
        yield from journey["exit"]
        yield from (journey["goal"] or {}).get("on", ())
        for step in journey["steps"]:
            yield from step.get("until") or ()
            yield from step.get("restart") or ()


def needs_of(plan: dict[str, Any]) -> dict[str, list[Cond | None]]:
    """Touchpoint type -> conditions under which it is needed (None: always); cjo's own types among them."""
    needs: dict[str, list[Cond | None]] = {name: [None] for name in SYSTEM_TYPES}
    for name, conditions in asked_of(plan).items():
        needs.setdefault(name, []).extend(conditions)
    return needs


def asked_of(plan: dict[str, Any]) -> dict[str, list[Cond | None]]:
    """The same of what signals and journeys ask for alone."""
    needs: dict[str, list[Cond | None]] = {}
    for match in matches_of(plan):
        needs.setdefault(match["type"], []).append(match["where"])
    return needs


def columns_of(plan: dict[str, Any]) -> list[str]:
    """Fields that any condition, key or collected value reads, in the contract's order; always the attributes."""
    refs: list[Any] = [ref for match in matches_of(plan) for ref in names_in(match["where"])]
    for signal in plan["signals"]:
        refs.extend([signal["per"], signal.get("distinct")])
        refs.extend(part.get("each") or part.get("sum") or part.get("value") for part in _collected(signal))
    for journey in plan["journeys"]:
        refs.extend([journey["per"], (journey["goal"] or {}).get("value")])
        if journey["enter"]["again"]["rule"] == "replace":
            refs.append(["field", "session_id", "string"])  # what is superseded is of the same session (D9)
    fields = {ref[1] for ref in refs if ref and ref[0] == "field"}
    return [*(name for name in FIELDS if name in fields and name != "type"), "attributes"]


def _collected(signal: dict[str, Any]) -> list[dict[str, Any]]:
    return list(signal.get("collect", {}).values())
