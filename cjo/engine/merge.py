"""A plan with what a control record publishes or removes.

A revision of a signal that was warmed up has a memory of its own, so the one before it can go on beside it: it gives
the moments from before `effective_at` that come out afterwards, within the bound or late, and takes them back (S4, T4).
It goes when `late_horizon` has passed.
"""

from __future__ import annotations

from typing import Any, Final

Plan = dict[str, Any]
PUBLISH: Final = "publish"
REMOVE: Final = "remove"
_RETIRE: Final = "retire"


def merged(plan: Plan, record: dict[str, Any]) -> Plan:
    """`plan` after `record`. Of a name the highest revision counts; journeys keep the versions that runs may be in.

    A version keeps the templates that it was published with as its own, for they are part of what it means (R2); the
    plan's `templates` stay those of the submission's journeys.
    """
    if record["kind"] == _RETIRE:
        kept = [spec for spec in plan["signals"] if spec.get("until_ms", record["until_ms"] + 1) > record["until_ms"]]
        return {**plan, "signals": kept}
    return _without(plan, record) if record["kind"] == REMOVE else _with(plan, record)


def retirement(record: dict[str, Any], late_horizon_ms: int) -> dict[str, Any] | None:
    """When what `record` puts an end to is needed no more; None where it puts an end to no signal in the log's time."""
    at_ms = record["effective_at_ms"]
    if at_ms <= 0 or not record["name"].startswith("signal/"):
        return None
    identity = {"kind": _RETIRE, "name": f"{_RETIRE}/{record['name']}", "revision": record["revision"]}
    return {**identity, "effective_at_ms": at_ms + late_horizon_ms, "until_ms": at_ms}


def _with(plan: Plan, record: dict[str, Any]) -> Plan:
    change = record["plan"]
    gone = plan.get("removed") or {}
    signals = [spec for spec in change.get("signals") or () if spec["revision"] > _newest(plan, "signals", spec, gone)]
    journeys = [
        _published(spec, record)
        for spec in change.get("journeys") or ()
        if spec["revision"] > gone.get(f"journey/{spec['name']}", 0)
    ]
    named = {spec["name"]: spec for spec in signals}
    known = {(spec["name"], spec["version"]): spec["revision"] for spec in journeys}
    return {
        **plan,
        "signals": [
            *(ending for spec in plan["signals"] if (ending := _ending(spec, named.get(spec["name"])))),
            *signals,
        ],
        "journeys": [one for one in plan["journeys"] if not _superseded(one, known)]
        + [one for one in journeys if not _known_newer(plan, one)],
    }


def _without(plan: Plan, record: dict[str, Any]) -> Plan:
    """The name is gone with every revision below the record's, also those that take effect later."""
    kind, _, name = record["name"].partition("/")
    place = f"{kind}s"
    at_ms = record["effective_at_ms"]
    kept = [spec for spec in plan[place] if spec["name"] != name or spec["revision"] >= record["revision"]]
    if kind == "signal" and at_ms > 0:
        gone = [spec for spec in plan[place] if spec["name"] == name and spec["revision"] < record["revision"]]
        kept += [{**spec, "until_ms": min(spec.get("until_ms", at_ms), at_ms)} for spec in gone]
    return {**plan, place: kept, "removed": {**(plan.get("removed") or {}), record["name"]: record["revision"]}}


def _ending(spec: dict[str, Any], newer: dict[str, Any] | None) -> dict[str, Any] | None:
    """What is left of a signal once a newer revision holds: nothing, where that takes over its memory."""
    if newer is None:
        return spec
    if "from_ms" not in newer or newer.get("memory") == spec.get("memory", spec["name"]):
        return None
    return {**spec, "until_ms": min(spec.get("until_ms", newer["from_ms"]), newer["from_ms"])}


def _newest(plan: Plan, place: str, spec: dict[str, Any], gone: dict[str, int]) -> int:
    known = max((one["revision"] for one in plan[place] if one["name"] == spec["name"]), default=0)
    return max(known, gone.get(f"signal/{spec['name']}", 0))


def _published(spec: dict[str, Any], record: dict[str, Any]) -> dict[str, Any]:
    """The journey with its templates, and the share of customers that enters it, in millionths; without one, all."""
    share = {} if record.get("share") is None else {"share": record["share"]}
    return {**spec, **share, "templates": record["plan"].get("templates") or {}}


def _superseded(spec: dict[str, Any], known: dict[tuple[str, str], int]) -> bool:
    return known.get((spec["name"], spec["version"]), 0) >= spec["revision"]


def _known_newer(plan: Plan, spec: dict[str, Any]) -> bool:
    identity = spec["name"], spec["version"]
    return any(
        (one["name"], one["version"]) == identity and one["revision"] > spec["revision"] for one in plan["journeys"]
    )
