"""In an arm of an experiment the goal counts no more by the time its first message goes."""

from __future__ import annotations

from collections.abc import Iterator

from cjo.compile.draft import Draft
from cjo.compile.flow import quickest
from cjo.compile.lints.base import Finding, Json, journeys
from cjo.spec.durations import in_words

NAME = "goal-ends-first"


def find(draft: Draft) -> Iterator[Finding]:
    """A goal counts from the exposure on (D10); so the arm's message would come to nothing in the report."""
    for journey, site in journeys(draft):
        goal = journey["goal"]
        if goal is None:
            continue
        for step, arm, since_ms in _first_sends(journey["steps"]):
            if since_ms > goal["within_ms"]:
                said = f"counts for {in_words(goal['within_ms'])} from arm '{arm}' of '{step}' on"
                yield Finding(site.at("goal"), f"{said}, and its first message goes {in_words(since_ms)} after it")
                break


def _first_sends(steps: list[Json]) -> Iterator[tuple[str, str, int]]:
    """Of each experiment and arm in which something is sent, how long after the exposure that is at the earliest.

    Not of an experiment that always comes after a send: the goal has begun with that.
    """
    sends = {step["id"] for step in steps if step["kind"] == "send"}
    unsent = quickest(steps, steps[0]["id"], sends)
    for step in steps:
        for arm in step["arms"] if step["kind"] == "experiment" and step["id"] in unsent else ():
            begin = arm["then"] or step["next"]
            if begin is not None and begin != "exit":
                times = quickest(steps, begin)
                if reached := times.keys() & sends:
                    yield step["id"], arm["name"], min(times[name] for name in reached)
