"""Pass: what the orchestrator needs of the log: the plan's `columns` and `filter`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cjo.compile.conditions import names_in
from cjo.compile.draft import Draft
from cjo.compile.filter import Cond, filter_sql
from cjo.compile.tracking import FIELDS, SYSTEM_TYPES
from cjo.engine.hearing import heard_signal
from cjo.engine.inputs import matches_in

Match = dict[str, Any]
_ON_PROFILE: Match = {"type": "profile_updated", "where": None}


def run(draft: Draft) -> None:
    """Make `columns` and `filter`."""
    draft.plan["columns"] = columns_of(draft.plan)
    draft.plan["filter"] = filter_sql(needs_of(draft.plan))


def matches_of(plan: dict[str, Any]) -> Iterator[Match]:
    """Every MATCH of a plan: touchpoints, not moments, that a signal, exit, goal or wait asks for."""
    for signal in plan["signals"]:
        yield from (match for match in matches_in(signal) if heard_signal(match["type"]) is None)
        if any(ref[0] == "profile" for ref in _refs_in(signal)):
            yield _ON_PROFILE
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
        if any(heard_signal(match["type"]) is None for match in matches_in(signal)):
            refs.extend(_refs_in(signal))  # what a signal reads of moments alone is no column of the log
    for journey in plan["journeys"]:
        refs.extend([journey["per"], (journey["goal"] or {}).get("value")])
        if journey["enter"]["again"]["rule"] == "replace":
            refs.append(["field", "session_id", "string"])  # what is superseded is of the same session (D9)
    fields = {ref[1] for ref in refs if ref and ref[0] == "field"}
    return [*(name for name in FIELDS if name in fields and name != "type"), "attributes"]


def _refs_in(part: Any) -> Iterator[list[Any]]:
    """Every REF in a signal's spec outside of conditions on touchpoints; those are in its MATCHes."""
    if isinstance(part, list):
        if len(part) == 3 and part[0] in ("field", "attr", "profile"):
            yield part
            return
    elif isinstance(part, dict):
        part = [one for name, one in part.items() if name != "where"]
    else:
        return
    for one in part:
        yield from _refs_in(one)
