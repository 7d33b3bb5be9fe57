"""A step comes after waits that together last longer than the run may."""

from __future__ import annotations

from collections.abc import Iterator

from cjo.compile.draft import Draft
from cjo.compile.flow import quickest
from cjo.compile.lints.base import Finding, journeys, step_site
from cjo.spec.durations import in_words

NAME = "run-too-short"


def find(draft: Draft) -> Iterator[Finding]:
    """The first such step of a journey, on the quickest way to it: a wait that a touchpoint can end takes no time."""
    for journey, site in journeys(draft):
        steps = journey["steps"]
        times = quickest(steps, steps[0]["id"])
        late = [step for step in steps if times.get(step["id"], 0) > journey["run_ms_max"]]
        if late:
            needed, given = in_words(times[late[0]["id"]]), in_words(journey["run_ms_max"])
            said = f"is never reached: the waits before it last {needed}, a run at most {given}"
            yield Finding(step_site(site, late[0]["id"]), said)
