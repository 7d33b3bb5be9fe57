"""What became of everyone in a journey, folded from its decisions (docs/reference/report.md).

One pass; order matters only within a run, and there it is the log's. What is counted is decisions, never the plan.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from cjo.insight.tally import Tallies, Tally
from cjo.values import to_decimal

Decision = dict[str, Any]
_STEP_KINDS = ("send", "emit", "hold", "move")


@dataclass
class Pass:
    """One run as far as its decisions tell: where it stands, what it sent, which arms it met."""

    customer: str
    entered: bool = False
    step: str | None = None
    ended: bool = False
    sent_ms: dict[str, int] = field(default_factory=dict)
    visits: set[tuple[str, int]] = field(default_factory=set)

    @property
    def first_sent_ms(self) -> int | None:
        """When the run first sent something."""
        return min(self.sent_ms.values(), default=None)


@dataclass
class Goal:
    """Reached goals: who, what they were worth (each touchpoint once for a person), how long after a send."""

    tally: Tally = field(default_factory=Tally)
    values: dict[tuple[str, str], Decimal] = field(default_factory=dict)
    after_ms: dict[str, int] = field(default_factory=dict)

    def add(self, decision: Decision, sent_ms: int | None) -> None:
        """Count a goal decision; `sent_ms`: of the send that its time is counted from."""
        person, inputs = decision["customer_id"], decision["inputs"]
        self.tally.add(person)
        value = to_decimal(inputs.get("value"))
        if value is not None:
            self.values[person, inputs.get("event_id") or decision["decision_id"]] = value
        if sent_ms is not None:
            self.after_ms.setdefault(person, decision["decided_at"] - sent_ms)

    @property
    def value(self) -> Decimal | None:
        """The sum of the values, None where no goal carried one."""
        return sum(self.values.values(), Decimal(0)) if self.values else None


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
    """One arm of an experiment: who was exposed to it, to whom something was sent later, who reached the goal later."""

    exposed: Tally = field(default_factory=Tally)
    sent: Tally = field(default_factory=Tally)
    goal: Goal = field(default_factory=Goal)


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
    _met: dict[str, dict[tuple[str, str], Arm]] = field(default_factory=dict)

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
        if decision.get("run_id") is None:
            self.not_entered[decision["reason"]].add(decision["customer_id"])
            return
        run = self.runs.setdefault(decision["run_id"], Pass(decision["customer_id"]))
        if decision["kind"] in _STEP_KINDS and decision.get("step"):
            self._at_step(run, decision)
        taker = getattr(self, f"_{decision['kind']}", None)
        if taker is not None:
            taker(run, decision)

    def _entry(self, run: Pass, decision: Decision) -> None:
        run.entered = True
        self.entered.add(run.customer)
        self.versions[decision["journey_version"]] += 1

    def _at_step(self, run: Pass, decision: Decision) -> None:
        run.step = decision["step"]
        visit = (run.step, decision.get("visit") or 0)
        if visit not in run.visits:
            run.visits.add(visit)
            self.step(run.step).came.add(run.customer)
        arm, hold_out = decision["inputs"].get("arm"), decision["inputs"].get("hold_out")
        if arm:
            name = (f"hold-out {hold_out}" if hold_out else run.step, arm)
            met = self.arms.setdefault(name, Arm())
            met.exposed.add(run.customer)
            self._met.setdefault(run.customer, {})[name] = met

    def _send(self, run: Pass, decision: Decision) -> None:
        step = self.step(decision["step"])
        if decision["outcome"] != "accepted":
            step.refused[decision["reason"]].add(run.customer)
            self.refused[decision["reason"]].add(run.customer)
            return
        step.sent.add(run.customer)
        step.channels[decision["channel"]].add(run.customer)
        self.sent.add(run.customer)
        run.sent_ms.setdefault(decision["step"], decision["decided_at"])
        for arm in self._met.get(run.customer, {}).values():
            arm.sent.add(run.customer)

    def _cancel(self, run: Pass, decision: Decision) -> None:
        if decision["outcome"] == "done" and decision.get("step"):
            self.step(decision["step"]).taken_back.add(run.customer)

    def _goal(self, run: Pass, decision: Decision) -> None:
        name = decision["inputs"].get("goal")
        if name and name not in self.goal_names:
            self.goal_names.append(name)
        self.goal.add(decision, run.first_sent_ms)
        for step, sent_ms in run.sent_ms.items():
            self.step(step).goal.add(decision, sent_ms)
        for arm in self._met.get(run.customer, {}).values():
            arm.goal.add(decision, run.first_sent_ms)

    def _end(self, run: Pass, decision: Decision) -> None:
        run.ended = True
        inputs = decision["inputs"]
        self.ended[decision["reason"], inputs.get("said") or inputs.get("event")].add(run.customer)


def fold(decisions: Iterable[Decision]) -> Funnel:
    """The funnel of the decisions of one journey, repeats dropped."""
    funnel = Funnel()
    for decision in decisions:
        funnel.take(decision)
    return funnel
