"""Pass: every step can be reached, no loop is without a wait (rule R6), and no wait outlasts the run."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from heapq import heappop, heappush
from typing import Any

from cjo.compile.draft import Draft, Site
from cjo.compile.layout import steps_of
from cjo.spec.common import UNKNOWN
from cjo.spec.durations import in_words

Step = dict[str, Any]
Sited = list[tuple[Step, Site]]


def run(draft: Draft) -> None:
    """Check the steps of every journey as a graph."""
    documents = [document for document in draft.spec.journeys if document.model]
    for journey, document in zip(draft.plan["journeys"], documents, strict=True):
        steps = journey["steps"]
        if len({step["id"] for step in steps}) != len(steps):
            continue  # noted by the pass on names; a graph needs ids
        site = Site(draft, document, (), document.who)
        sited = [(step, site.at(*one.path, one.id)) for step, one in zip(steps, steps_of(document), strict=True)]
        edges = edges_of(steps)
        _check_reachable(sited, edges)
        _check_loops(sited, edges)
        _check_lengths(sited, journey["run_ms_max"])


def edges_of(steps: list[Step]) -> dict[str, list[str]]:
    """Step id -> ids of the steps that it may lead to, each once, in the order of the file."""
    known = {step["id"] for step in steps}
    edges = {}
    for step in steps:
        meant = (step["next"] if then is None else then for then in _thens(step))
        edges[step["id"]] = list(dict.fromkeys(name for name in meant if name in known))
    return edges


def leading_to(steps: list[Step], name: str | None) -> set[str]:
    """Ids of the steps from which a way leads to the step `name`."""
    edges = edges_of(steps)
    return {begin for begin in edges if name in _reached(begin, edges)}


def quickest(steps: list[Step], begin: str, but: Collection[str] = ()) -> dict[str, int]:
    """Step id -> the shortest time from coming to `begin` to coming to it, in ms, for those that can be reached.

    No way leads on from the steps `but`.
    """
    edges, named = edges_of(steps), {step["id"]: step for step in steps}
    found: dict[str, int] = {}
    left = [(0, begin)]
    while left:
        since_ms, name = heappop(left)
        if name in found:
            continue
        found[name] = since_ms
        for target in edges[name] if name not in but else ():
            heappush(left, (since_ms + _least(named[name], target), target))
    return found


def _least(step: Step, target: str) -> int:
    """The shortest time from coming to a step to going on to `target`, in ms."""
    if step["kind"] != "wait" or any((one["then"] or step["next"]) == target for one in step["until"]):
        return 0
    return step.get("for_ms") or 0


def _thens(step: Step) -> Iterator[str | None]:
    """Every way out of a step, as its author wrote it: a step id, `exit`, or None for the next step."""
    if step["kind"] == "wait":
        yield step["timeout_then"]
        yield from (match["then"] for match in step["until"])
    elif step["kind"] == "branch":
        yield from (case["then"] for case in step["cases"])
        yield step["else_then"]
    elif step["kind"] == "decide":
        yield from (offer["then"] for offer in step["offers"])
        yield step["otherwise_then"]
    elif step["kind"] == "experiment":
        yield from (arm["then"] for arm in step["arms"])
    elif step["kind"] != "hand_over":
        yield None
        yield from (match["then"] for match in step.get("until") or ())


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


def _check_reachable(sited: Sited, edges: dict[str, list[str]]) -> None:
    first = sited[0][0]["id"]
    reached = {first} | _reached(first, edges)
    for step, site in sited:
        if step["id"] not in reached and step["id"] != UNKNOWN:
            site.note_key("unreachable-step", f"no path leads to step '{step['id']}'")


def _check_loops(sited: Sited, edges: dict[str, list[str]]) -> None:
    """A loop without a wait of more than zero: what is left of the graph when such waits are taken out."""
    pausing = {step["id"] for step, _ in sited if _pauses(step)}
    hasty = {name: [to for to in targets if to not in pausing] for name, targets in edges.items()}
    for step, site in sited:
        name = step["id"]
        if name not in pausing and name in _reached(name, hasty):
            site.note_key("endless-loop", f"step '{name}' leads back to itself without a wait")


def _pauses(step: Step) -> bool:
    """True where time goes on in every case: a point in time may be past, the next local time never is."""
    return step["kind"] == "wait" and (step.get("for_ms", 0) > 0 or "local" in step)


def _check_lengths(sited: Sited, run_ms_max: int) -> None:
    for step, site in sited:
        if step["kind"] == "wait" and step.get("for_ms", 0) > run_ms_max:
            said = f"a wait of {in_words(step['for_ms'])} in a run of at most {in_words(run_ms_max)}"
            site.at("wait").note("too-long", said)
