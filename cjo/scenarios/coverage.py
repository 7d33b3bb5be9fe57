"""Which steps of the journeys, and which ways through them, the scenarios have taken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from cjo.engine.plan import CompiledPlan, Journey, RunMatch

Row = dict[str, Any]
Decision = dict[str, Any]


@dataclass(frozen=True)
class Covered:
    """How much of one journey was visited. The names of what was not are in the order of the file."""

    journey: str
    steps: int
    ways: int
    steps_missed: list[str]
    ways_missed: list[str]

    @property
    def percent(self) -> float:
        """Of all steps and ways together; 100 where there is nothing to visit."""
        whole = self.steps + self.ways
        return 100.0 * (whole - len(self.steps_missed) - len(self.ways_missed)) / whole if whole else 100.0


class Coverage:
    """Collects the ways that decisions tell of, over many scenarios.

    A way is what a step can lead to besides the next one: the time of a wait is over, one of the touchpoints that it
    waits for or that end a hold, a case of a branch or its else, an arm, a refusal that ends the run; and each exit and
    the goal of the journey.
    """

    def __init__(self, plan: dict[str, Any]) -> None:
        self._compiled = CompiledPlan(plan)
        self._journeys = {journey["name"]: journey for journey in plan["journeys"]}
        self._steps: dict[str, set[str]] = {name: set() for name in self._journeys}
        self._ways: dict[str, set[str]] = {name: set() for name in self._journeys}

    def add(self, decisions: Iterable[Decision], rows: dict[str, Row]) -> None:
        """Take the decisions of one scenario; `rows` are its touchpoints by event_id."""
        for decision in decisions:
            name = decision["journey"]
            if name in self._journeys:
                if decision["step"]:
                    self._steps[name].add(decision["step"])
                self._ways[name].update(_taken(self._compiled.current[name], decision, rows))

    def of(self, name: str) -> Covered:
        """What was visited of one journey."""
        journey = self._journeys[name]
        steps = [step["id"] for step in journey["steps"]]
        ways = list(dict.fromkeys(ways_of(journey)))
        return Covered(
            name,
            len(steps),
            len(ways),
            [step for step in steps if step not in self._steps[name]],
            [way for way in ways if way not in self._ways[name]],
        )


def ways_of(journey: dict[str, Any]) -> Iterator[str]:
    """The names of all ways through a journey of the plan."""
    for step in journey["steps"]:
        yield from (_until(step["id"], match["type"], index) for index, match in enumerate(step.get("until") or ()))
        if step["kind"] == "wait":
            yield f"{step['id']}: time over"
        yield from (f"{step['id']}: case {number}" for number, _ in enumerate(step.get("cases", ()), start=1))
        if step["kind"] == "branch":
            yield f"{step['id']}: else"
        yield from (f"{step['id']}: offer {offer['name']}" for offer in step.get("offers", ()))
        if step["kind"] == "decide":
            yield f"{step['id']}: no offer"
        yield from (f"{step['id']}: arm {arm['name']}" for arm in step.get("arms", ()))
        for reason, then in (step.get("refused") or {}).items():
            if then == "exit":
                yield f"{step['id']}: {reason}"
    yield from (f"exit: {match['type']}" for match in journey["exit"])
    if journey["goal"]:
        yield f"goal: {journey['goal']['name']}"


def _taken(journey: Journey, decision: Decision, rows: dict[str, Row]) -> Iterator[str]:
    step, reason = decision["step"], decision["reason"]
    if reason in ("branch_taken", "branch_else"):
        yield f"{step}: case {decision['inputs']['case']}" if reason == "branch_taken" else f"{step}: else"
    elif reason in ("offer_chosen", "no_offer"):
        offer = decision["inputs"].get("offer")
        yield f"{step}: offer {offer}" if offer else f"{step}: no offer"
    elif decision["kind"] == "move" and "arm" in decision["inputs"]:
        yield f"{step}: arm {decision['inputs']['arm']}"
    elif reason in ("wait_over", "wait_past", "wait_no_time"):
        yield f"{step}: time over"
    elif reason == "wait_event":
        row = rows[decision["inputs"]["event_id"]]
        index = _first(journey.step(step)["until"], journey, row, decision["run_key"] or "")
        yield _until(step, row["type"], index)
    elif reason == "exit_event":
        yield f"exit: {decision['inputs']['event']}"
    elif decision["kind"] == "goal":
        yield f"goal: {decision['inputs']['goal']}"
    elif decision["kind"] == "end" and step:
        yield f"{step}: {reason}"


def _first(until: list[RunMatch], journey: Journey, row: Row, run_key: str) -> int:
    return next(index for index, match in enumerate(until) if match.holds(row, journey, run_key))


def _until(step: str, type_name: str, index: int) -> str:
    return f"{step}: until {type_name} ({index + 1})"
