"""Maps and reports of journeys with every kind of step, out of what the engine really decides."""

from __future__ import annotations

from typing import Any

from cjo.engine import Engine
from cjo.insight.funnel import fold
from cjo.insight.graph import graph_of
from cjo.insight.traced import count
from cjo.simulate.replay import Replay
from tests.engine.build import DAY, event, experiment, journey, leave, plan, play, reachable, send, tp, types
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


def test_d10_d8_arms_with_and_without_a_message_reach_the_goal_alike_and_each_hold_out_has_both_arms() -> None:
    """Everybody buys after what their arm has brought them; of two hold-outs each divides all that came to the send."""
    arms = experiment("voucher", none=(50, "end"), ten=(50, "offer"))
    goal = {"name": "purchase", "on": types("order_completed"), "within_ms": DAY, "value": None}
    steps = [arms, send("offer"), leave("end")]
    hold_outs = [
        {"name": name, "share": share, "journeys": None, "purposes": None}
        for name, share in (("everyone", 3_000), ("some", 5_000))
    ]
    made = plan(event(), journey(on="seen", exit=[], steps=steps, goal=goal), hold_outs=hold_outs)
    rows = [*reachable(), tp("page_viewed", 0), tp("order_completed", 30)]
    decisions = [one for n in range(60) for one in play(made, rows, subject=f"c{n}").of("decision")]

    funnel = fold(decisions)

    found = {name: (len(arm.exposed), len(arm.goal.tally)) for name, arm in funnel.arms.items()}
    for exposed, reached in found.values():
        assert exposed == reached > 0
    assert found["voucher", "none"][0] + found["voucher", "ten"][0] == 60
    for name in ("everyone", "some"):
        divided = found[f"hold-out {name}", "held_out"][0] + found[f"hold-out {name}", "treated"][0]
        assert divided == found["voucher", "ten"][0]
    assert len(funnel.goal.tally) == len(funnel.sent) < found["voucher", "ten"][0]
