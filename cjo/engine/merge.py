"""A plan with what a control record publishes or removes."""

from __future__ import annotations

from typing import Any

Plan = dict[str, Any]
PUBLISH, REMOVE = "publish", "remove"


def merged(plan: Plan, record: dict[str, Any]) -> Plan:
    """`plan` after `record`. Of a name the highest revision counts; journeys keep the versions that runs may be in."""
    return _without(plan, record) if record["kind"] == REMOVE else _with(plan, record)


def _with(plan: Plan, record: dict[str, Any]) -> Plan:
    change = record["plan"]
    gone = plan.get("removed") or {}
    signals = [spec for spec in change.get("signals") or () if spec["revision"] > _newest(plan, "signals", spec, gone)]
    journeys = [
        _shared(spec, record)
        for spec in change.get("journeys") or ()
        if spec["revision"] > gone.get(f"journey/{spec['name']}", 0)
    ]
    named = {spec["name"] for spec in signals}
    known = {(spec["name"], spec["version"]): spec["revision"] for spec in journeys}
    return {
        **plan,
        "signals": [spec for spec in plan["signals"] if spec["name"] not in named] + signals,
        "journeys": [one for one in plan["journeys"] if not _superseded(one, known)]
        + [one for one in journeys if not _known_newer(plan, one)],
        "templates": {**(plan.get("templates") or {}), **(change.get("templates") or {})},
    }


def _without(plan: Plan, record: dict[str, Any]) -> Plan:
    """The name is gone with every revision below the record's, also those that take effect later."""
    kind, _, name = record["name"].partition("/")
    place = f"{kind}s"
    kept = [spec for spec in plan[place] if spec["name"] != name or spec["revision"] >= record["revision"]]
    return {**plan, place: kept, "removed": {**(plan.get("removed") or {}), record["name"]: record["revision"]}}


def _newest(plan: Plan, place: str, spec: dict[str, Any], gone: dict[str, int]) -> int:
    known = max((one["revision"] for one in plan[place] if one["name"] == spec["name"]), default=0)
    return max(known, gone.get(f"signal/{spec['name']}", 0))


def _shared(spec: dict[str, Any], record: dict[str, Any]) -> dict[str, Any]:
    """The journey with the share of customers that enters it, in millionths; without one, all of them."""
    return {**spec, "share": record["share"]} if record.get("share") is not None else spec


def _superseded(spec: dict[str, Any], known: dict[tuple[str, str], int]) -> bool:
    return known.get((spec["name"], spec["version"]), 0) >= spec["revision"]


def _known_newer(plan: Plan, spec: dict[str, Any]) -> bool:
    identity = spec["name"], spec["version"]
    return any(
        (one["name"], one["version"]) == identity and one["revision"] > spec["revision"] for one in plan["journeys"]
    )
