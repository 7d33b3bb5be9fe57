"""Steps of the plan, ready to run: conditions and references as closures, once a plan."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from cjo.engine.conditions import compile_condition, compile_ref, compile_value
from cjo.engine.matches import RunMatch
from cjo.engine.steps.base import Step

_SOURCES: Final = ("moment", "profile", "run", "outcome")


def ready(step: Step) -> Step:
    """The step with closures in place of COND, REF and MATCH."""
    build = _READY.get(step["kind"])
    return build(step) if build else step


def outcomes_told(steps: list[Step]) -> frozenset[str]:
    """Ids of the steps whose outcome some condition of the journey asks for: only theirs are remembered."""
    return frozenset(name for source, name, _ in _refs(steps) if source == "outcome")


def variables_of(steps: list[Step]) -> list[str]:
    """Names of the variables that any `update` sets, each once."""
    return list(dict.fromkeys(name for step in steps if step["kind"] == "update" for name in step["set"]))


def _until(step: Step) -> list[RunMatch]:
    return [RunMatch(match) for match in step.get("until") or ()]


def _wait(step: Step) -> Step:
    made = {**step, "until": _until(step), "restart": [RunMatch(match) for match in step.get("restart") or ()]}
    if step.get("time"):
        made["time"] = {**step["time"], "of": compile_ref(step["time"]["of"])}
    return made


def _with(step: Step) -> Step:
    return {**step, "with": {name: compile_ref(ref) for name, ref in (step.get("with") or {}).items()}}


def _send(step: Step) -> Step:
    return {**_with(step), "until": _until(step)}


def _branch(step: Step) -> Step:
    cases = [{"when": compile_condition(case["when"]), "then": case["then"]} for case in step["cases"]]
    named = {f"{source}.{name}": [source, name, kind] for source, name, kind in _refs(step["cases"])}
    return {**step, "cases": cases, "reads": {name: compile_ref(ref) for name, ref in named.items()}}


def _decide(step: Step) -> Step:
    offers = [
        {
            **offer,
            "where": compile_condition(offer["where"]) if offer["where"] else None,
            "score": compile_value(offer["score"]),
        }
        for offer in step["offers"]
    ]
    return {**step, "offers": offers}


def _update(step: Step) -> Step:
    return {**step, "set": {name: (one["type"], compile_value(one["value"])) for name, one in step["set"].items()}}


_READY: Final[dict[str, Callable[[Step], Step]]] = {
    "wait": _wait,
    "send": _send,
    "emit": _with,
    "hand_over": _with,
    "branch": _branch,
    "decide": _decide,
    "update": _update,
}


def _refs(part: Any) -> Iterator[list[Any]]:
    """Every REF over a run in a part of the plan."""
    if isinstance(part, dict):
        part = list(part.values())
    if not isinstance(part, list):
        return
    if len(part) == 3 and part[0] in _SOURCES and all(isinstance(one, str) for one in part):
        yield part
        return
    for one in part:
        yield from _refs(one)
