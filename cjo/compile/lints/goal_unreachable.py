"""A journey's goal can never be reached."""

from __future__ import annotations

from collections.abc import Iterator

from cjo.compile.draft import Draft
from cjo.compile.lints.base import Finding, journeys
from cjo.compile.lints.conditions import never

NAME = "goal-unreachable"


def find(draft: Draft) -> Iterator[Finding]:
    """A goal counts from the first send or arm on (D10), also after the run has ended: no exit stands before it."""
    for journey, site in journeys(draft):
        goal = journey["goal"]
        if goal is None:
            continue
        if not any(step["kind"] in ("send", "experiment") for step in journey["steps"]):
            said = "a goal counts from the first send or arm of an experiment on, and this journey has neither"
            yield Finding(site.at("goal"), said)
            continue
        reasons = [never(match, draft.tracking) for match in goal["on"]]
        if reasons and all(reasons):
            said = "; ".join(dict.fromkeys(reason for reason in reasons if reason))
            yield Finding(site.at("goal"), f"no touchpoint reaches the goal '{goal['name']}': {said}")
