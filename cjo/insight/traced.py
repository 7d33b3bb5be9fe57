"""Counts on the edges of a map: the way of every run, read from its decisions.

A run's decisions name the steps that it came to. Between two of them it took the way that fits what was decided at the
first; where that leads over steps that write no decision, the shortest such way.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cjo.insight.graph import COMPLETED, ENTRY, LEFT, Edge, Graph, node_id

Decision = dict[str, Any]
_STEP_KINDS = ("send", "emit", "hold", "move")


@dataclass
class Standing:
    """Where a run is: its box, the visit, and what the latest decision there said."""

    node: str = ENTRY
    visit: int = 0
    said: tuple[str, str] | None = None
    ended: bool = False


class Trace:
    """Follows runs over a graph and counts what they passed. `waiting` is the runs that stand at a box now."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.refused: Counter[str] = Counter()
        self.ended: Counter[str] = Counter()
        self.goals = 0
        self.unplaced = 0
        self._silent = {
            node.id for node in graph.nodes if node.kind in ("branch", "decide", "update", "emit", "experiment")
        }
        self._out: dict[str, list[Edge]] = {}
        for edge in graph.edges:
            edge.count = 0
            self._out.setdefault(edge.source, []).append(edge)
        self._runs: dict[str, Standing] = {}

    def waiting(self) -> Counter[str]:
        """Open runs by the box at which they stand."""
        return Counter(run.node for run in self._runs.values() if not run.ended)

    def take(self, decision: Decision) -> None:
        """Follow one decision."""
        kind, run_id = decision["kind"], decision.get("run_id")
        if run_id is None:
            self.refused[decision["reason"]] += 1
        elif kind == "entry":
            self._runs[run_id] = Standing()
        elif kind == "goal":
            self.goals += run_id in self._runs
        elif (run := self._runs.get(run_id)) is not None and not run.ended:
            if kind in _STEP_KINDS:
                self._arrive(run, node_id(decision["step"]), decision["visit"])
                run.said = _said(decision)
            elif kind == "end":
                self._end(run, decision)

    def _arrive(self, run: Standing, node: str, visit: int) -> None:
        if (run.node, run.visit) != (node, visit):
            self._go(run, node)
            run.node, run.visit = node, visit

    def _end(self, run: Standing, decision: Decision) -> None:
        run.ended = True
        reason, step = decision["reason"], decision.get("step")
        if reason == "completed":
            self._go(run, COMPLETED)
        elif reason == "exit_step" and step and node_id(step) != run.node and self._is_exit(node_id(step)):
            self._go(run, node_id(step))
        elif reason == "exit_step":
            self._go(run, LEFT)
        else:
            said = decision["inputs"].get("event")
            self.ended[said or reason] += 1

    def _is_exit(self, node: str) -> bool:
        return any(other.id == node and other.kind == "exit" for other in self.graph.nodes)

    def _go(self, run: Standing, target: str) -> None:
        way = self._way(run, target)
        if not way:
            self.unplaced += 1
        for edge in way:
            edge.count = (edge.count or 0) + 1

    def _way(self, run: Standing, target: str) -> list[Edge]:
        """The shortest way from where the run stands; its first edge fits what was decided there."""
        first = [edge for edge in self._out.get(run.node, ()) if edge.when in (None, run.said)]
        left = deque([edge] for edge in first)
        seen: set[str] = set()
        while left:
            way = left.popleft()
            here = way[-1].target
            if here == target:
                return way
            if here in self._silent and here not in seen:
                seen.add(here)
                left.extend([*way, edge] for edge in self._out.get(here, ()))
        return []


def _said(decision: Decision) -> tuple[str, str] | None:
    inputs = decision["inputs"]
    if decision["reason"] == "wait_event":
        return "event", inputs.get("event", "")
    if decision["reason"] in ("wait_over", "wait_past", "wait_no_time"):
        return "over", ""
    if decision["kind"] == "send":
        return "decided", ""
    if decision["reason"] in ("offer_chosen", "no_offer"):
        return "offer", inputs.get("offer", "")
    if "case" in inputs:
        return "case", inputs["case"]
    return ("arm", inputs["arm"]) if "arm" in inputs else None


def count(graph: Graph, decisions: Iterable[Decision]) -> Trace:
    """Write on every edge how often runs passed it, and beside the boxes where they stand and ended."""
    trace = Trace(graph)
    for decision in decisions:
        trace.take(decision)
    waiting = trace.waiting()
    for node in graph.nodes:
        if waiting[node.id]:
            node.lines.append(f"{waiting[node.id]:,} here now")
    if trace.refused:
        named = [f"{reason} {times:,}" for reason, times in trace.refused.most_common()]
        graph.always.append(("Not entered", named))
    if trace.ended:
        named = [f"{reason} {times:,}" for reason, times in trace.ended.most_common()]
        graph.always.append(("Runs ended at any time by", named))
    if any(title.startswith("Goal") for title, _ in graph.always):
        graph.always.append(("Goal reached", [f"{trace.goals:,} runs"]))
    return trace
