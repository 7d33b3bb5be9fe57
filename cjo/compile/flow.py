"""Pass: every step can be reached, no loop is without a wait (rule R6), and no wait outlasts the run."""

from __future__ import annotations

from typing import Any

from cjo.compile.draft import Draft, Site
from cjo.spec.common import UNKNOWN
from cjo.spec.durations import in_words

Step = dict[str, Any]


def run(draft: Draft) -> None:
    """Check the steps of every journey as a graph."""
    documents = [document for document in draft.spec.journeys if document.model]
    for journey, document in zip(draft.plan["journeys"], documents, strict=True):
        steps = journey["steps"]
        if len({step["id"] for step in steps}) != len(steps):
            continue  # noted by the pass on names; a graph needs ids
        site = Site(draft, document, ("steps",), document.who)
        edges = {step["id"]: _next(steps, index) for index, step in enumerate(steps)}
        _check_reachable(site, steps, edges)
        _check_loops(site, steps, edges)
        _check_lengths(site, steps, journey["run_ms_max"])


def _next(steps: list[Step], index: int) -> list[str]:
    """Ids that a step may lead to. A step with a problem of its own is taken to lead on."""
    step = steps[index]
    following = [steps[index + 1]["id"]] if index + 1 < len(steps) else []
    if step["kind"] == "exit":
        return following if step["reason"] == UNKNOWN else []
    if step["kind"] == "send":
        return following
    known = {other["id"] for other in steps}
    targets = [step["timeout_then"], *(branch["then"] for branch in step["until"])]
    return [name for then in targets for name in (following if then is None else [then] if then in known else [])]


def _reached(start: str, edges: dict[str, list[str]]) -> set[str]:
    """Ids that can be reached from `start` in one step or more."""
    found: set[str] = set()
    left = list(edges[start])
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left.extend(edges.get(name, ()))
    return found


def _check_reachable(site: Site, steps: list[Step], edges: dict[str, list[str]]) -> None:
    reached = {steps[0]["id"]} | _reached(steps[0]["id"], edges)
    for index, step in enumerate(steps):
        if step["id"] not in reached and step["id"] != UNKNOWN:
            site.at(index, step["id"]).note_key("unreachable-step", f"no path leads to step '{step['id']}'")


def _check_loops(site: Site, steps: list[Step], edges: dict[str, list[str]]) -> None:
    """A loop without a wait of more than zero: what is left of the graph when such waits are taken out."""
    pausing = {step["id"] for step in steps if step["kind"] == "wait" and step["for_ms"] > 0}
    hasty = {name: [to for to in targets if to not in pausing] for name, targets in edges.items()}
    for index, step in enumerate(steps):
        name = step["id"]
        if name not in pausing and name in _reached(name, hasty):
            site.at(index, name).note_key("endless-loop", f"step '{name}' leads back to itself without a wait")


def _check_lengths(site: Site, steps: list[Step], run_ms_max: int) -> None:
    for index, step in enumerate(steps):
        if step["kind"] == "wait" and step["for_ms"] > run_ms_max:
            said = f"a wait of {in_words(step['for_ms'])} in a run of at most {in_words(run_ms_max)}"
            site.at(index, step["id"], "wait").note("too-long", said)
