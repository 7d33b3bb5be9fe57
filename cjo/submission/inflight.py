"""Runs in flight by journey, version and step, from the decisions: every transition of a run is one (D1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple


class Standing(NamedTuple):
    """Where runs stand: a version of a journey and a step of it; empty where no decision has told of a step yet."""

    journey: str
    version: str
    step: str


def in_flight(decisions: Iterable[dict[str, Any]]) -> Counter[Standing]:
    """How many runs stand where. `decisions` of one customer are in log order; repeats change nothing."""
    runs: dict[str, Standing] = {}
    ended: set[str] = set()
    for one in decisions:
        run = one.get("run_id")
        if run is None or (one.get("mode") or "live") == "shadow":
            continue
        if one["kind"] == "end":
            runs.pop(run, None)
            ended.add(run)
        elif run not in ended:
            step = one.get("step") or (runs[run].step if run in runs else "")
            runs[run] = Standing(one["journey"], one["journey_version"], step)
    return Counter(runs.values())
