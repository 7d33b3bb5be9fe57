"""How much state a customer costs: estimated from samples of the layout that the engine keeps (cjo/insight/sample.py).

An estimate is as good as the number of touchpoints assumed; the tests hold it within a factor of 1.3 of the real.
"""

from __future__ import annotations

from cjo.engine import room
from cjo.engine.duplicates import DATED
from cjo.engine.forgetting import PRIORITY
from cjo.engine.state import FORGET, new_state
from cjo.insight.sample import AT, ID, TEXT, Estimate, Json, size
from cjo.signals import part

FACTOR = 1.3
USUAL_TOUCHPOINTS = 20
"""A usual number of touchpoints whose repeats are noticed."""


def of_signal(plan: Json, signal: Json) -> Estimate:
    """The memory of one key of a signal (of the customer, where it has no `per`)."""
    made: Estimate = part(signal["kind"], "words").memory(plan["workspace"], signal)
    return made


def keys_of(signal: Json) -> int:
    """How many keys of a signal a customer has at most."""
    return room.KEYS if signal["per"] else 1


def bound_of(plan: Json, signal: Json) -> str | None:
    """What one key of a signal keeps at most and what is lost beyond it, in words; None where its kind says nothing."""
    says = getattr(part(signal["kind"], "words"), "bound", None)
    found: str | None = says(plan["workspace"], signal) if says else None
    return found


def of_run(plan: Json, journey: Json) -> int:
    """Bytes of one open run after all its sends and emits, with every variable set."""
    signal: Json = next((one for one in plan["signals"] if one["name"] == journey["enter"]["on"]), {})
    key = TEXT if journey["per"] else ""
    sends = [step for step in journey["steps"] if step["kind"] in ("send", "emit")]
    variables = {name: TEXT for step in journey["steps"] if step["kind"] == "update" for name in step["set"]}
    act = {"id": ID, "channel": "email", "decided": AT, "expires": AT}
    moment = {"id": ID, "at": AT, "key": key or None, "late_ms": 0, "values": _values(signal)}
    run = {
        "id": ID, "journey": journey["name"], "version": journey["version"], "key": key, "moment": moment,
        "entered": AT, "until": AT, "visits": {step["id"]: 1 for step in journey["steps"]},
        "acts": [{**act, "step": step["id"]} for step in sends], "step": TEXT, "since": AT, "due": AT, "sent": AT,
    }  # fmt: skip
    run |= {"vars": variables} if variables else {}
    return size({ID: run}) + size([AT, 999, f"r:{ID}"])


def of_customer(plan: Json) -> Json:
    """Bytes of what is kept once a customer: the head with the whole profile, and each remembered event mark."""
    profile = {name: [AT, TEXT * 2] for name in plan["workspace"]["profile"]}
    consent = {f"{purpose}|*": [AT, True] for purpose in plan["workspace"]["purposes"]}
    head = {**new_state(AT), "wakes": [[AT, PRIORITY, FORGET]]}
    arms = {
        f"{journey['name']}/{step['id']}": max((arm["name"] for arm in step["arms"]), key=len)
        for journey in plan["journeys"]
        for step in journey["steps"]
        if step["kind"] == "experiment"
    }
    head |= {"arms": arms} if arms else {}
    return {
        "bytes": size({**head, "profile": profile, "consent": consent}),
        "bytes_each_touchpoint": DATED,
        "kept_ms": plan["workspace"]["dedup_horizon_ms"],
    }


def of_everything(plan: Json) -> Json:
    """`bytes`: a customer in every signal and every journey at once. `bytes_most`: one at every limit (engine/room.py).

    Both with texts of usual length. At most, all runs are of the largest kind, and keys that are remembered for ever or
    for a time are as many as are kept.
    """
    customer = of_customer(plan)
    signals = [(one, estimate) for one in plan["signals"] if (estimate := of_signal(plan, one))]
    runs = [of_run(plan, journey) for journey in plan["journeys"]]
    usual = customer["bytes"] + sum(estimate.bytes_for(estimate.assumed) for _, estimate in signals) + sum(runs)
    mark = customer["bytes_each_touchpoint"]
    keyed = [one for one in plan["journeys"] if one["per"] and one["enter"]["again"]["per"] == "key"]
    memory = sum(estimate.bytes_for(estimate.most) * keys_of(one) for one, estimate in signals)
    most = customer["bytes"] + memory + room.EVENTS * mark
    most += (plan["workspace"]["limits"]["open_runs"] + room.ENDED_RUNS) * max(runs, default=0)
    most += room.ENTRIES * size([TEXT, AT]) * len(keyed)
    for_ever = [one for one in plan["signals"] if one["kind"] == "first" or (one["kind"] == "predict" and one["per"])]
    most += room.FIRSTS * size([TEXT, AT]) * len(for_ever)
    most += room.CONSENTS * size({f"{TEXT}|{TEXT}": [AT, True]})
    most += room.TIMES * size([AT, TEXT, TEXT, ID]) if plan["workspace"].get("caps") else 0
    return {"bytes": usual + mark * USUAL_TOUCHPOINTS, "bytes_most": most}


def _values(signal: Json) -> Json:
    parts = (signal.get("collect") or {}).items()
    return {name: [TEXT] * 3 if "each" in part else TEXT for name, part in parts} or {"score": 10}
