"""Maps and reports of journeys with every kind of step, out of what the engine really decides."""

from __future__ import annotations

from typing import Any

from cjo.engine import Engine
from cjo.insight.funnel import fold
from cjo.insight.graph import graph_of
from cjo.insight.traced import count
from cjo.simulate.replay import Replay
from tests.engine.test_clock import disordered_log, every_step


def decided(journey: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The plan with every `next` written out, and the journey's decisions over some logs."""
    plan = every_step()
    for spec in plan["journeys"]:
        ids = [*(step["id"] for step in spec["steps"][1:]), None]
        spec["steps"] = [{"next": name, **step} for step, name in zip(spec["steps"], ids, strict=True)]
    found = []
    for seed in range(20):
        log = [(f"{seed}-{subject}", row) for subject, row in disordered_log(seed, changes=True)]
        found += [record for _, (kind, record) in Replay(Engine(plan)).run(log) if kind == "decision"]
    return plan, [one for one in found if one["journey"] == journey]


def test_a_map_places_every_decision_of_branches_arms_emits_holds_and_waits() -> None:
    plan, decisions = decided("win-back")
    graph = graph_of(plan, plan["journeys"][0])

    trace = count(graph, decisions)

    assert trace.unplaced == 0
    passed = {(edge.source, edge.label): edge.count for edge in graph.edges}
    for arm in ("none", "ten"):
        exposed = sum(1 for one in decisions if one["step"] == "voucher" and one["inputs"].get("arm") == arm)
        assert passed["step:voucher", f"{arm}, 50 %"] == exposed > 0
    taken = sum(1 for one in decisions if one["step"] == "which" and one["inputs"].get("case") == "2")
    assert passed["step:which", "outcome.voucher = 'ten'"] == taken > 0


def test_a_report_counts_the_customers_of_each_arm_and_of_each_step() -> None:
    _, decisions = decided("win-back")

    funnel = fold(decisions)

    for arm in ("none", "ten"):
        people = {one["customer_id"] for one in decisions if one["inputs"].get("arm") == arm}
        assert funnel.arms["voucher", arm].exposed.people == people != set()
    for step in ("tell-crm", "remind", "note"):
        people = {one["customer_id"] for one in decisions if one["step"] == step and one["kind"] != "end"}
        assert funnel.steps[step].came.people == people
    assert "spread" not in funnel.refused
