"""A step comes after waits that together last longer than the run may."""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush

from cjo.compile.draft import Draft
from cjo.compile.flow import edges_of
from cjo.compile.lints.base import Finding, Json, journeys, step_site
from cjo.spec.durations import in_words

NAME = "run-too-short"


def find(draft: Draft) -> Iterator[Finding]:
    """The first such step of a journey, on the quickest way to it: a wait that a touchpoint can end takes no time."""
    for journey, site in journeys(draft):
        quickest = _quickest(journey["steps"])
        late = [step for step in journey["steps"] if quickest.get(step["id"], 0) > journey["run_ms_max"]]
        if late:
            needed, given = in_words(quickest[late[0]["id"]]), in_words(journey["run_ms_max"])
            said = f"is never reached: the waits before it last {needed}, a run at most {given}"
            yield Finding(step_site(site, late[0]["id"]), said)


def _quickest(steps: list[Json]) -> dict[str, int]:
    """Step id -> the shortest time from entry to it, in ms."""
    edges, named = edges_of(steps), {step["id"]: step for step in steps}
    found: dict[str, int] = {}
    left = [(0, steps[0]["id"])]
    while left:
        since_ms, name = heappop(left)
        if name in found:
            continue
        found[name] = since_ms
        for target in edges[name]:
            heappush(left, (since_ms + _least(named[name], target), target))
    return found


def _least(step: Json, target: str) -> int:
    """The shortest time from coming to a step to going on to `target`, in ms."""
    if step["kind"] != "wait" or any((one["then"] or step["next"]) == target for one in step["until"]):
        return 0
    return step.get("for_ms") or 0
