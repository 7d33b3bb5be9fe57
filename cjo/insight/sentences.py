"""The plan in words: signals and journeys as short plain sentences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cjo.engine.subjects import CUSTOMER
from cjo.insight.graph import ENTRY, Graph, graph_of
from cjo.insight.words import condition, goal_window, listed, matches, reference
from cjo.signals import part
from cjo.spec.durations import in_words

Json = dict[str, Any]


def of_signal(signal: Json) -> list[str]:
    """What makes the signal fire, for whom, and what its moments carry."""
    said = part(signal["kind"], "words").sentences(signal)
    subject = signal.get("subject", CUSTOMER)
    whole = "a customer" if subject == CUSTOMER else f"one {subject}"
    whom = f"each {reference(signal['per'])} of {whole}" if signal["per"] else f"each {subject}"
    lines = [*said, f"It looks at {whom} alone."]
    if subject != CUSTOMER:
        lines.append(f"Touchpoints of one {subject} count in the order in which they happened: it waits for the bound.")
    carried = [f"{name} ({_collected(part)})" for name, part in (signal.get("collect") or {}).items()]
    return [*lines, f"A moment carries {listed(carried)}."] if carried else lines


def of_journey(plan: Json, journey: Json) -> list[str]:
    """Who enters and when, what is done step by step, and what ends it."""
    enter = journey["enter"]
    where = f" where {condition(enter['where'])}" if enter["where"] else ""
    lines = [
        f"A run starts on {enter['on']}{where}, while the moment is at most {in_words(enter['fresh_ms'])} old.",
        *_who(plan, enter),
        _again(enter["again"]),
        *_steps(graph_of(plan, journey)),
    ]
    if journey["exit"]:
        lines.append(f"It ends at once on {matches(journey['exit'])}, and after {in_words(journey['run_ms_max'])}.")
    else:
        lines.append(f"It ends after {in_words(journey['run_ms_max'])} at the latest.")
    goal = journey["goal"]
    if goal:
        value = f"; its value is {reference(goal['value'])}" if goal["value"] else ""
        lines.append(f"The goal {goal['name']} is {matches(goal['on'])} {goal_window(journey)}{value}.")
    lines.append(
        f"It sends for {journey['purpose']}, has priority {journey['priority']} and belongs to {journey['owner']}."
    )
    return lines


def _who(plan: Json, enter: Json) -> Iterator[str]:
    """Whom the moment of a subject beyond the customer enters."""
    if enter.get("who"):
        kind = next(one["subject"] for one in plan["signals"] if one["name"] == enter["on"])
        people = f"the contact person of the {kind}" if enter["who"] == "contact" else f"each member of the {kind}"
        yield f"It is a run of {people}, whom the moment reaches through the log."


def _collected(part: Json) -> str:
    if "each" in part:
        less = f", less what {matches(part['minus'])} takes out" if part.get("minus") else ""
        return f"each {reference(part['each'])}{less}, at most {part['max']}"
    if "sum" in part:
        return f"sum of {reference(part['sum'])}"
    if "count" in part:
        return "how many there were"
    if "step" in part:
        return f"the {reference(part['value'])} of step {part['step'] + 1}"
    return f"the newest {reference(part['value'])}" if part["value"][0] != "profile" else reference(part["value"])


def _again(again: Json) -> str:
    if again["rule"] == "never":
        return "A customer enters once and never again."
    if again["rule"] == "replace":
        return "A new moment takes the place of an open run, and of what it has on a real-time channel in that session."
    whom = "the customer" if again["per"] == "customer" else "the same key"
    if again["rule"] == "after_exit":
        return f"For {whom} it starts again when the run before has ended."
    return f"For {whom} it starts again {in_words(again['after_ms'])} after the entry before."


def _steps(graph: Graph) -> Iterator[str]:
    names = {node.id: node.title for node in graph.nodes}
    for node in graph.nodes:
        ways = [edge for edge in graph.edges if edge.source == node.id]
        if node.kind in ("end", "entry") or node.id == ENTRY:
            continue
        led = [f"{edge.label}: {names[edge.target]}" if edge.label else names[edge.target] for edge in ways]
        yield f"{node.title}: {', '.join(node.lines) or node.kind}{' -> ' if led else ''}{'; '.join(led)}"
