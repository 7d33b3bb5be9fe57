"""A journey as a graph: its entry, its steps, every way that leads from one to another, and where it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from cjo.engine.inputs import direct_inputs
from cjo.insight.words import condition, goal_window, listed, match, matches, waited
from cjo.spec.durations import in_words

Journey = dict[str, Any]
Step = dict[str, Any]

ENTRY, COMPLETED, LEFT = "entry", "end:completed", "end:exit"
"""Ids of the boxes that are no steps; a step's is `step:` and its id."""


@dataclass
class Node:
    """One box: `kind` is entry, end, or the kind of step; `lines` are what stands under the title."""

    id: str
    kind: str
    title: str
    lines: list[str] = field(default_factory=list)


@dataclass
class Edge:
    """One way: `when` is what a decision must say for a run to have taken it, None where every leaving takes it."""

    source: str
    target: str
    label: str = ""
    when: tuple[str, str] | None = None
    count: int | None = None


@dataclass
class Graph:
    """The whole map; `always` are titled lists of what holds at any time."""

    journey: str
    nodes: list[Node]
    edges: list[Edge]
    always: list[tuple[str, list[str]]]


def graph_of(plan: dict[str, Any], journey: Journey) -> Graph:
    """The map of a journey of a plan, without counts."""
    steps = journey["steps"]
    nodes = [_entry(plan, journey), *(_node(step) for step in steps)]
    edges = [Edge(ENTRY, node_id(steps[0]["id"]))]
    for step in steps:
        edges += [Edge(node_id(step["id"]), target, label, when) for label, target, when in leaving(step)]
    reached = {edge.target for edge in edges}
    ends = [Node(COMPLETED, "end", "completed"), Node(LEFT, "end", "exit")]
    return Graph(journey["name"], [*nodes, *(end for end in ends if end.id in reached)], edges, _always(journey))


def node_id(step_id: str) -> str:
    """The id of a step's box."""
    return f"step:{step_id}"


def target_of(then: str | None, following: str | None) -> str:
    """The id of the box that `then` leads to: a step, the next one, or an end."""
    if then == "exit":
        return LEFT
    step = then or following
    return node_id(step) if step else COMPLETED


Way = tuple[str, str, tuple[str, str] | None]


def leaving(step: Step) -> Iterator[Way]:
    """(label, target, what a decision says) of every way out of a step."""
    ways = _WAYS.get(step["kind"])
    if ways is not None:
        yield from ways(step)
    elif step["kind"] not in ("exit", "hand_over"):
        yield "", target_of(None, step["next"]), None


def _wait_ways(step: Step) -> Iterator[Way]:
    for one in step["until"]:
        yield match(one), target_of(one["then"], step["next"]), ("event", one["type"])
    timeout = target_of(step["timeout_then"], step["next"])
    yield (f"after {in_words(step['for_ms'])}" if step["until"] and "for_ms" in step else ""), timeout, ("over", "")


def _send_ways(step: Step) -> Iterator[Way]:
    """A send that is held can be left by what happens meanwhile."""
    until = step.get("until") or ()
    for one in until:
        yield f"meanwhile {match(one)}", target_of(one["then"], step["next"]), ("event", one["type"])
    yield "", target_of(None, step["next"]), (("decided", "") if until else None)


def _branch_ways(step: Step) -> Iterator[Way]:
    for number, case in enumerate(step["cases"], start=1):
        yield condition(case["when"]), target_of(case["then"], step["next"]), ("case", str(number))
    yield "else", target_of(step["else_then"], step["next"]), ("case", "else")


def _decide_ways(step: Step) -> Iterator[Way]:
    for offer in step["offers"]:
        where = f" where {condition(offer['where'])}" if offer["where"] else ""
        label = f"{offer['name']}, score {condition(offer['score'])}{where}"
        yield label, target_of(offer["then"], step["next"]), ("offer", offer["name"])
    yield "no offer", target_of(step["otherwise_then"], step["next"]), ("offer", "")


def _experiment_ways(step: Step) -> Iterator[Way]:
    total = sum(arm["share"] for arm in step["arms"])
    for arm in step["arms"]:
        label = f"{arm['name']}, {100 * arm['share'] / total:.3g} %"
        yield label, target_of(arm["then"], step["next"]), ("arm", arm["name"])


_WAYS: dict[str, Callable[[Step], Iterator[Way]]] = {
    "send": _send_ways,
    "wait": _wait_ways,
    "branch": _branch_ways,
    "decide": _decide_ways,
    "experiment": _experiment_ways,
}


def _entry(plan: dict[str, Any], journey: Journey) -> Node:
    enter = journey["enter"]
    signal = next((one for one in plan["signals"] if one["name"] == enter["on"]), None)
    subject = f" of a {signal['subject']}" if signal and signal.get("subject") else ""
    lines = [f"signal, {signal['kind']}{subject}"] if signal else []
    if signal and (used := direct_inputs(signal)):
        lines.append(f"made of moments of {listed(used)}")
    if enter.get("who"):
        lines.append("enters its contact person" if enter["who"] == "contact" else "enters each of its members")
    if enter["where"]:
        lines.append(f"where {condition(enter['where'])}")
    again = enter["again"]
    rules = {
        "replace": "a new moment replaces the run",
        "never": "once only",
        "after_exit": "again after the run has ended",
    }
    again_after = f"again after {in_words(again['after_ms'])}" if again["rule"] == "after" else ""
    lines.append(rules.get(again["rule"], again_after))
    return Node(ENTRY, "entry", enter["on"], lines)


def _node(step: Step) -> Node:
    describe = _LINES.get(step["kind"])
    return Node(node_id(step["id"]), step["kind"], step["id"], describe(step) if describe else [])


def _send_lines(step: Step) -> list[str]:
    lines = [f"send {', else '.join(step['channels'])}", f"template {step['template']}"]
    if step.get("spread_ms"):
        lines.append(f"spread over {in_words(step['spread_ms'])}")
    if step["expires_ms"]:
        lines.append(f"expires after {in_words(step['expires_ms'])}")
    return lines + [f"{reason}: {what}" for reason, what in step["refused"].items() if what == "exit"]


_LINES: dict[str, Callable[[Step], list[str]]] = {
    "send": _send_lines,
    "wait": lambda step: [
        f"wait {'at most ' if step['until'] else ''}{waited(step)}",
        *([f"anew with each {matches(step['restart'])}"] if step.get("restart") else []),
    ],
    "update": lambda step: [f"{name} = {condition(one['value'])}" for name, one in step["set"].items()],
    "emit": lambda step: [f"emit {step['emit']}"],
    "experiment": lambda step: ["each customer is in one arm, for ever"],
    "decide": lambda step: ["the offer with the highest score"],
    "hand_over": lambda step: [f"hands over to {step['to']}"],
    "exit": lambda step: [f"exit: {step['reason']}"],
}


def _always(journey: Journey) -> list[tuple[str, list[str]]]:
    found = []
    if journey["exit"]:
        found.append(("Ends at any time on", [match(one) for one in journey["exit"]]))
    goal = journey["goal"]
    if goal:
        found.append((f"Goal: {goal['name']}", [matches(goal["on"]), goal_window(journey)]))
    found.append(("Lasts at most", [in_words(journey["run_ms_max"])]))
    return found
