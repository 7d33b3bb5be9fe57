"""The plan in words: signals and journeys as short plain sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from cjo.compile.needs import matches_of
from cjo.insight.graph import ENTRY, Graph, graph_of
from cjo.insight.words import amount, condition, listed, match, matches, reference
from cjo.spec.durations import in_words

Json = dict[str, Any]


def of_signal(signal: Json) -> list[str]:
    """What makes the signal fire, for whom, and what its moments carry."""
    said = _SIGNALS.get(signal["kind"], _other)(signal)
    whom = f"each {reference(signal['per'])} of a customer" if signal["per"] else "each customer"
    lines = [*said, f"It looks at {whom} alone."]
    carried = [f"{name} ({_collected(part)})" for name, part in (signal.get("collect") or {}).items()]
    return [*lines, f"A moment carries {listed(carried)}."] if carried else lines


def of_journey(plan: Json, journey: Json) -> list[str]:
    """Who enters and when, what is done step by step, and what ends it."""
    enter = journey["enter"]
    where = f" where {condition(enter['where'])}" if enter["where"] else ""
    lines = [
        f"A run starts on {enter['on']}{where}, while the moment is at most {in_words(enter['fresh_ms'])} old.",
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
        within = f"within {in_words(goal['within_ms'])} of the first send"
        lines.append(f"The goal {goal['name']} is {matches(goal['on'])} {within}{value}.")
    lines.append(
        f"It sends for {journey['purpose']}, has priority {journey['priority']} and belongs to {journey['owner']}."
    )
    return lines


def _absence(signal: Json) -> Iterator[str]:
    which = "the last" if signal["on_repeat"] == "restart" else "the first"
    start, unless = matches(signal["start"]), matches(signal["unless"])
    yield f"Fires {in_words(signal['within_ms'])} after {which} {start}, unless {unless} comes before."


def _score(signal: Json) -> Iterator[str]:
    points = listed([f"{point['add']} for {match(point)}" for point in signal["points"]])
    window = in_words(signal["window_ms"])
    yield f"Fires when the points of the last {window} reach {signal['at_least']}: {points}."
    if signal["cooldown_ms"]:
        yield f"Then it is silent for {in_words(signal['cooldown_ms'])}, and until the points have fallen below."


def _count(signal: Json) -> Iterator[str]:
    number, window, on = signal["at_least"], in_words(signal["window_ms"]), matches(signal["on"])
    if signal["distinct"]:
        yield f"Fires when {on} came with {number} different {reference(signal['distinct'])} in the last {window}."
    else:
        yield f"Fires when {on} came {number} times in the last {window}."
    if signal["cooldown_ms"]:
        yield f"Then it is silent for {in_words(signal['cooldown_ms'])}, and until there are fewer."


def _profile(signal: Json) -> Iterator[str]:
    yield f"Fires when a profile update makes it true that {condition(signal['when'])}."
    first = "counts too" if signal["first"] == "counts" else "is no change"
    yield f"A customer's first profile {first}."


def _date(signal: Json) -> Iterator[str]:
    days = signal["before_days"]
    ahead = f"{amount(days, 'day')} before {reference(signal['date'])}" if days else f"on {reference(signal['date'])}"
    often = "every year" if signal["every"] else "once"
    yield f"Fires {ahead}, {often}, at {signal['at']} where the customer is."


def _event(signal: Json) -> Iterator[str]:
    yield f"Fires on every {matches(signal['on'])}."


def _other(signal: Json) -> Iterator[str]:
    asked = list(dict.fromkeys(match(one) for one in matches_of({"signals": [signal], "journeys": []})))
    yield f"A signal of kind {signal['kind']} over {listed(asked, 'or')}."


_SIGNALS: dict[str, Callable[[Json], Iterator[str]]] = {
    "absence": _absence,
    "count": _count,
    "date": _date,
    "event": _event,
    "profile": _profile,
    "score": _score,
}


def _collected(part: Json) -> str:
    if "each" in part:
        less = f", less what {matches(part['minus'])} takes out" if part.get("minus") else ""
        return f"each {reference(part['each'])}{less}, at most {part['max']}"
    if "sum" in part:
        return f"sum of {reference(part['sum'])}"
    if "count" in part:
        return "how many there were"
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
