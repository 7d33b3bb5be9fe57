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
from cjo.engine.subjects import CUSTOMER
from cjo.spec.durations import in_words

Match = dict[str, Any]
Needs = dict[str, list[Cond | None]]
_BY = " by "
_MEMBER = ["field", "customer_id", "string"]
"""Who was seen on a touchpoint of an account is one of its members."""
_ON_PROFILE: Match = {"type": "profile_updated", "where": None}


def run(draft: Draft) -> None:
    """Make `columns` and `filter`, and the `filter` of each kind of subject."""
    draft.plan["columns"] = columns_of(draft.plan)
    draft.plan |= filters_of(draft.plan, needs_of(draft.plan))


def filters_of(plan: dict[str, Any], needs: Needs) -> dict[str, Any]:
    """The parts of a plan that say what its query lets through, made of `needs` as `needs_of` makes them."""
    found: dict[str, Any] = {"filter": filter_sql({name: asked for name, asked in needs.items() if _BY not in name})}
    kinds = plan.get("subjects") or {}
    for name, kind in kinds.items():
        by = _by(name, kind)
        own = {one.removesuffix(by): asked for one, asked in needs.items() if one.endswith(by)}
        found.setdefault("subjects", {})[name] = {**kind, "filter": filter_sql(own) if own else "FALSE"}
    return found


def matches_of(plan: dict[str, Any], subject: str | None = None) -> Iterator[Match]:
    """Every MATCH of a plan: touchpoints, not moments, that a signal, exit, goal or wait asks for.

    With `subject` those of signals of that kind of subject alone, journeys with those of customers.
    """
    for signal in plan["signals"]:
        if subject not in (None, signal.get("subject", CUSTOMER)):
            continue
        yield from (match for match in matches_in(signal) if heard_signal(match["type"]) is None)
        if any(ref[0] == "profile" for ref in _refs_in(signal)):
            yield _ON_PROFILE
    for journey in plan["journeys"] if subject in (None, CUSTOMER) else ():
        yield from journey["exit"]
        yield from (journey["goal"] or {}).get("on", ())
        for step in journey["steps"]:
            yield from step.get("until") or ()
            yield from step.get("restart") or ()


def needs_of(plan: dict[str, Any]) -> Needs:
    """Touchpoint type -> conditions under which it is needed (None: always); cjo's own types among them.

    What another kind of subject needs stands under the type and what names the subject: `page_viewed by account …`.
    """
    needs: Needs = {name: [None] for name in SYSTEM_TYPES}
    for name, conditions in asked_of(plan, CUSTOMER).items():
        needs.setdefault(name, []).extend(conditions)
    for name, kind in (plan.get("subjects") or {}).items():
        needs |= {f"{one}{_by(name, kind)}": asked for one, asked in asked_of(plan, name).items()}
    return needs


def _by(name: str, kind: dict[str, Any]) -> str:
    """What makes a query give the touchpoints of a kind of subject: another key is another query."""
    refs = [kind["key"], kind["contact"]]
    named = ", ".join("no contact" if ref is None else str(ref[1]) for ref in refs)
    return f"{_BY}{name} ({named}, {in_words(kind['remember_ms'])})"


def asked_of(plan: dict[str, Any], subject: str | None = None) -> Needs:
    """What signals and journeys ask for alone; with `subject` those of a kind of subject."""
    needs: Needs = {}
    for match in matches_of(plan, subject):
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
    for kind in (plan.get("subjects") or {}).values():
        refs.extend([kind["key"], kind["contact"], _MEMBER])
    fields = {ref[1] for ref in refs if ref and ref[0] == "field"}
    return [*(name for name in FIELDS if name in fields and name != "type"), "attributes"]


def _refs_in(part: Any) -> Iterator[list[Any]]:
    """Every REF in a signal's spec outside of conditions on touchpoints; those are in its MATCHes."""
    if isinstance(part, list):
        if len(part) == 3 and part[0] in ("field", "attr", "profile"):
            yield part
            return
    elif isinstance(part, dict):
        part = [one for name, one in part.items() if name != "where" or "type" not in part]
    else:
        return
    for one in part:
        yield from _refs_in(one)
