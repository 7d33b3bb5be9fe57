"""`cjo explain` as one JSON object and as text (docs/reference/explain.md)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cjo.compile.filter import filter_sql
from cjo.compile.needs import asked_of, columns_of
from cjo.engine.inputs import inputs_of
from cjo.insight import memory, rules
from cjo.insight.sample import Estimate
from cjo.insight.sentences import of_journey, of_signal
from cjo.insight.traffic import Part, Traffic, parts_of
from cjo.insight.words import amount, listed
from cjo.spec.durations import in_words

Json = dict[str, Any]


def as_json(plan: Json, traffic: Traffic | None) -> Json:
    """The whole workspace; `signals` and `journeys` by name. Without a log, nothing is said of traffic."""
    sub_plans = dict(parts_of(plan))
    signals = [_signal(plan, one, sub_plans["signal", one["name"]], traffic) for one in plan["signals"]]
    journeys = [_journey(plan, one, sub_plans["journey", one["name"]], traffic) for one in plan["journeys"]]
    return {
        "workspace": plan["workspace"]["name"],
        "customer": {**memory.of_customer(plan), "whole": memory.of_everything(plan)},
        "filter": plan["filter"],
        "fields": plan["columns"],
        "policies": [{"kind": kind, "says": said} for kind, said in rules.of_workspace(plan["workspace"])],
        "traffic": _whole(traffic) if traffic else None,
        "signals": signals,
        "journeys": journeys,
    }


def as_text(explained: Json) -> Iterator[str]:
    """The same for people."""
    for kind in ("signals", "journeys"):
        for one in explained[kind]:
            yield from _part(kind.removesuffix("s"), one)
            yield ""
    yield from _workspace(explained)


def _signal(plan: Json, signal: Json, own: Json, traffic: Traffic | None) -> Json:
    estimate = memory.of_signal(plan, signal)
    part = ("signal", signal["name"])
    found = {
        "name": signal["name"],
        "kind": signal["kind"],
        "says": of_signal(signal),
        "uses": inputs_of(plan["signals"], signal["name"]),
        **_needs(own),
        "state": _state(plan, signal, estimate) if estimate else None,
        "traffic": _share(traffic, part) if traffic else None,
    }
    if traffic and estimate and (each := traffic.customers[part]):
        sizes = [estimate.bytes_for(count) for count in each.values()]
        found["state"]["by_log"] = {"customers": len(sizes), "mean": round(sum(sizes) / len(sizes)), "most": max(sizes)}
    return found


def _state(plan: Json, signal: Json, estimate: Estimate) -> Json:
    return {**estimate.as_json(memory.keys_of(signal)), "bound": memory.bound_of(plan, signal)}


def _journey(plan: Json, journey: Json, own: Json, traffic: Traffic | None) -> Json:
    goal_ms = (journey["goal"] or {}).get("within_ms", 0)
    return {
        "name": journey["name"],
        "says": of_journey(plan, journey),
        **_needs(own),
        "state": {"bytes": memory.of_run(plan, journey), "kept_ms": journey["run_ms_max"] + goal_ms},
        "traffic": _share(traffic, ("journey", journey["name"])) if traffic else None,
    }


def _needs(own: Json) -> Json:
    asked = asked_of(own)
    return {"types": sorted(asked), "filter": filter_sql(asked) if asked else "FALSE", "fields": columns_of(own)}


def _share(traffic: Traffic, part: Part) -> Json:
    count = traffic.parts[part]
    return {"touchpoints": count, "share": round(count / traffic.total, 6) if traffic.total else None}


def _whole(traffic: Traffic) -> Json:
    share = round(traffic.needed / traffic.total, 6) if traffic.total else None
    return {"total": traffic.total, "touchpoints": traffic.needed, "share": share, "own_types": traffic.system}


def _part(kind: str, one: Json) -> Iterator[str]:
    yield f"{kind} {one['name']}"
    for line in one["says"]:
        yield f"  {line}"
    if one.get("uses"):
        yield f"  uses     {listed(one['uses'])}"
    yield f"  needs    {listed(one['types'])}"
    yield f"  filter   {one['filter']}"
    yield f"  fields   {', '.join(one['fields'])}"
    yield f"  keeps    {_kept(kind, one['state'])}"
    if kind == "signal" and one["state"]:
        yield from (f"  bound    {line}" for line in _bounds(one["state"]))
    if one["traffic"]:
        yield f"  traffic  {_traffic(one['traffic'])}"


def _kept(kind: str, state: Json | None) -> str:
    if state is None:
        return "not estimated for this kind"
    if kind == "journey":
        return f"about {state['bytes']:,} bytes for each open run, up to {in_words(state['kept_ms'])}"
    if not state["bytes_most"]:
        return "nothing"
    if state["kept_ms"] is None:
        return f"about {state['bytes']:,} bytes for each customer of whom it knows what it asks for, and as long"
    text = (
        f"about {state['bytes']:,} bytes with {amount(state['assumed_touchpoints'], 'touchpoint')} remembered, "
        f"{state['bytes_each_touchpoint']} more for each other, at most {state['bytes_most']:,}; "
        f"until {in_words(state['kept_ms'])} after the last"
    )
    by_log = state.get("by_log")
    if by_log:
        mean, most = f"{by_log['mean']:,} bytes on average", f"{by_log['most']:,} at most"
        text += f"; by the log {mean} and {most} for each of {amount(by_log['customers'], 'customer')} that it concerns"
    return text


def _bounds(state: Json) -> Iterator[str]:
    """What is kept at most, and what is lost there."""
    if state["bound"]:
        yield state["bound"]
    if state["keys_most"] > 1 and state["bytes_most"]:
        yield (
            f"{state['keys_most']:,} keys a customer, so at most {state['customer_bytes_most']:,} bytes; of more the "
            "one known longest is forgotten, with a deadline that it waits for"
        )


def _traffic(traffic: Json) -> str:
    share = "-" if traffic["share"] is None else f"{traffic['share'] * 100:.1f} %"
    return f"{share} of the log, {amount(traffic['touchpoints'], 'touchpoint')}"


def _workspace(explained: Json) -> Iterator[str]:
    customer = explained["customer"]
    yield f"workspace {explained['workspace']}"
    yield f"  fields   {', '.join(explained['fields'])}"
    yield from (f"  {rule['kind']:<8} {rule['says']}" for rule in explained["policies"])
    yield (
        f"  keeps    about {customer['bytes']:,} bytes a customer with a full profile, "
        f"and {customer['bytes_each_touchpoint']} for each touchpoint of the last {in_words(customer['kept_ms'])}"
    )
    whole = customer["whole"]
    yield (
        f"           about {whole['bytes']:,} bytes for one in every signal and journey at once, "
        f"at most {whole['bytes_most']:,} at every limit"
    )
    if explained["traffic"]:
        whole = explained["traffic"]
        own = f"among them {whole['own_types']:,} of cjo's own types"
        yield f"  traffic  {_traffic(whole)} of {whole['total']:,}, {own}"
