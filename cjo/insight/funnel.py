"""What became of everyone in a journey, folded from its decisions (docs/reference/report.md).

One pass; order matters only within a run, and there it is the log's. What is counted is decisions, never the plan.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from cjo.insight.goals import Goal, reached_ms
from cjo.insight.tally import Tallies, Tally

Decision = dict[str, Any]
_STEP_KINDS = ("send", "emit", "hold", "move")
_COUNTED = ("entry", "send", "cancel", "goal", "end")


@dataclass
class Pass:
    """One run as far as its decisions tell: its mode, where it stands, what it sent, since when a goal counts (D10)."""

    customer: str
    mode: str = "live"
    entered: bool = False
    step: str | None = None
    ended: bool = False
    since_ms: int | None = None
    sent_ms: dict[str, int] = field(default_factory=dict)
    visits: set[tuple[str, int]] = field(default_factory=set)

    @property
    def first_sent_ms(self) -> int | None:
        """When the run first sent something."""
        return min(self.sent_ms.values(), default=None)

    def begin_goal(self, at_ms: int) -> None:
        """D10: the goal counts from the first send, held-out send or arm on."""
        self.since_ms = at_ms if self.since_ms is None else self.since_ms


@dataclass
class Step:
    """What happened at one step. `goal` counts those whose goal came after this step had sent to them."""

    came: Tally = field(default_factory=Tally)
    sent: Tally = field(default_factory=Tally)
    channels: Tallies = field(default_factory=Tallies)
    refused: Tallies = field(default_factory=Tallies)
    taken_back: Tally = field(default_factory=Tally)
    goal: Goal = field(default_factory=Goal)


@dataclass
class Arm:
    """One arm of an experiment: who was exposed to it, to whom something was sent later, who reached the goal later.

    The time to the goal is from where it began to count in its run (D10), which is alike in all arms.
    """

    exposed: Tally = field(default_factory=Tally)
    sent: Tally = field(default_factory=Tally)
    goal: Goal = field(default_factory=Goal)


class Met(NamedTuple):
    """The arm of an experiment that a customer is in, and since when."""

    arm: Arm
    since_ms: int


@dataclass
class Funnel:
    """Everything that is counted for one journey."""

    versions: Counter[str] = field(default_factory=Counter)
    first_ms: int | None = None
    last_ms: int | None = None
    entered: Tally = field(default_factory=Tally)
    not_entered: Tallies = field(default_factory=Tallies)
    sent: Tally = field(default_factory=Tally)
    refused: Tallies = field(default_factory=Tallies)
    ended: Tallies = field(default_factory=Tallies)
    goal: Goal = field(default_factory=Goal)
    goal_names: list[str] = field(default_factory=list)
    steps: dict[str, Step] = field(default_factory=dict)
    arms: dict[tuple[str, str], Arm] = field(default_factory=dict)
    runs: dict[str, Pass] = field(default_factory=dict)
    _met: dict[str, dict[str, Met]] = field(default_factory=dict)

    def step(self, name: str) -> Step:
        """The counts of a step, made at its first mention."""
        return self.steps.setdefault(name, Step())

    def in_flight(self) -> Tallies:
        """Open runs by the step at which they stand (None: none yet)."""
        found = Tallies()
        for run in self.runs.values():
            if run.entered and not run.ended:
                found[run.step].add(run.customer)
        return found

    def without_entry(self) -> int:
        """Runs whose entry lies before the beginning of these decisions."""
        return sum(1 for run in self.runs.values() if not run.entered)

    def take(self, decision: Decision) -> None:
        """Count one decision. Repeats must have been dropped before."""
        at_ms = decision["decided_at"]
        self.first_ms = at_ms if self.first_ms is None else min(self.first_ms, at_ms)
        self.last_ms = at_ms if self.last_ms is None else max(self.last_ms, at_ms)
        if decision["run_id"] is None:
            self.not_entered[decision["reason"]].add(decision["customer_id"])
            return
        run = self.runs.setdefault(decision["run_id"], Pass(decision["customer_id"], decision["mode"]))
        if decision["kind"] in _STEP_KINDS and decision["step"]:
            self._at_step(run, decision)
        if decision["kind"] in _COUNTED:
            getattr(self, f"_{decision['kind']}")(run, decision)

    def _entry(self, run: Pass, decision: Decision) -> None:
        run.entered = True
        self.entered.add(run.customer)
        self.versions[decision["journey_version"]] += 1

    def _at_step(self, run: Pass, decision: Decision) -> None:
        run.step = decision["step"]
        visit = (run.step, decision["visit"])
        if visit not in run.visits:
            run.visits.add(visit)
            self.step(run.step).came.add(run.customer)
        for experiment, arm in _arms(decision):
            self._expose(run, experiment, arm, decision["decided_at"])

    def _expose(self, run: Pass, experiment: str, name: str, at_ms: int) -> None:
        """A customer is in one arm of an experiment at a time: who was drawn anew has left the one before."""
        arm = self.arms.setdefault((experiment, name), Arm())
        arm.exposed.add(run.customer)
        run.begin_goal(at_ms)
        met = self._met.setdefault(run.customer, {})
        if experiment not in met or met[experiment].arm is not arm:
            met[experiment] = Met(arm, at_ms)

    def _send(self, run: Pass, decision: Decision) -> None:
        step, mode = self.step(decision["step"]), decision["mode"]
        if decision["outcome"] != "accepted" or mode != run.mode:
            reason = decision["reason"] if mode == run.mode else f"{decision['reason']} in {mode}"
            step.refused[reason].add(run.customer)
            self.refused[reason].add(run.customer)
            return
        step.sent.add(run.customer)
        if decision["channel"]:
            step.channels[decision["channel"]].add(run.customer)
        self.sent.add(run.customer)
        run.sent_ms.setdefault(decision["step"], decision["decided_at"])
        run.begin_goal(decision["decided_at"])
        for met in self._met.get(run.customer, {}).values():
            met.arm.sent.add(run.customer)

    def _cancel(self, run: Pass, decision: Decision) -> None:
        if decision["outcome"] == "done" and decision["step"]:
            self.step(decision["step"]).taken_back.add(run.customer)

    def _goal(self, run: Pass, decision: Decision) -> None:
        name = decision["inputs"].get("goal")
        if name and name not in self.goal_names:
            self.goal_names.append(name)
        at_ms = reached_ms(decision)
        if run.first_sent_ms is not None and run.first_sent_ms <= at_ms:
            self.goal.add(decision, run.first_sent_ms)
        for step, sent_ms in run.sent_ms.items():
            if sent_ms <= at_ms:
                self.step(step).goal.add(decision, sent_ms)
        for met in self._met.get(run.customer, {}).values():
            if met.since_ms <= at_ms:
                met.arm.goal.add(decision, run.since_ms)

    def _end(self, run: Pass, decision: Decision) -> None:
        run.ended = True
        inputs = decision["inputs"]
        self.ended[decision["reason"], inputs.get("said") or inputs.get("event")].add(run.customer)


def _arms(decision: Decision) -> Iterator[tuple[str, str]]:
    """(experiment or hold-out, arm) of those that the decision exposes its customer to."""
    inputs = decision["inputs"]
    several = {name: arm for name, arm in inputs.items() if name.startswith(_HOLD_OUT)}
    if hold_out := inputs.get("hold_out"):
        several.setdefault(f"{_HOLD_OUT}{hold_out}", inputs.get("arm", ""))
    elif arm := inputs.get("arm"):
        yield decision["step"], arm
    for name, arm in several.items():
        yield f"hold-out {name.removeprefix(_HOLD_OUT)}", arm


_HOLD_OUT = "hold_out."


def fold(decisions: Iterable[Decision]) -> Funnel:
    """The funnel of the decisions of one journey, repeats dropped."""
    funnel = Funnel()
    for decision in decisions:
        funnel.take(decision)
    return funnel
