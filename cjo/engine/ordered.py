"""Inputs of subjects beyond the customer: queued as they arrive, taken in the order of their event time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cjo.engine import duplicates, forgetting, hearing, subjects
from cjo.engine.book import PlanBook
from cjo.engine.handing_on import hand_on
from cjo.engine.ids import event_mark
from cjo.engine.migrations import bring_up_to_date
from cjo.engine.state import FORGET, holds_permanent, is_armed, new_state
from cjo.engine.subjects import SubjectKind
from cjo.engine.turn import Effect, Transition, Turn
from cjo.engine.warming import Group, Warming, drop_where_empty, is_beside, is_past, waiting_groups

State = dict[str, Any]
Row = dict[str, Any]
RunDue = Callable[..., None]


class Ordered:
    """Decides for one account, household or store at a time, as `cjo.engine.core.Engine` does for one customer.

    A touchpoint is taken when the watermark has passed its time: everything that happened before it is known then,
    whichever partition it was in. So each sees the clock that a sorted log would have shown it, and what is due runs
    between them as it does for a customer (T2).
    """

    def __init__(self, book: PlanBook, warming: Warming, run_due: RunDue) -> None:
        self._book = book
        self._warming = warming
        self._run_due = run_due

    def on_input(self, kind: SubjectKind, state: State | None, subject: str, row: Row) -> Transition:
        """Queue a touchpoint; one that no signal of this kind asks for changes nothing."""
        plan = self._book.at(row["at"])
        is_wanted = plan.match_of(kind, row) is not None
        beside: list[Group] = []
        if row["at"] < self._book.warming_until_ms:
            asking = [
                one for one in self._book.groups_after(row["at"]) if self._warming.engine(one).asks_for(row, subject)
            ]
            beside = [one for one in asking if is_beside(one, state) or not is_past(one, state)]
            is_wanted = is_wanted or len(beside) < len(asking)
        if not is_wanted and not beside:
            return Transition(state, [], self.wake_at_ms(state), changed=False)
        effects: list[Effect] = []
        if state is None:
            state = new_state(0)
            subjects.begin(state)
        else:
            bring_up_to_date(state)
        for group in beside:
            effects += self._warming.take(group, state, subject, row)
        if is_wanted and not subjects.enqueue(state, row):
            effects.append(("count", "taken_early"))
            self._take(state, subject, effects)
        self._arm_forgetting(state)
        return self._transition(state, effects)

    def on_time(self, state: State, subject: str, time_ms: int) -> Transition:
        """Take what happened up to `time_ms`, in order, then run what is due a bound before it."""
        bring_up_to_date(state)
        effects: list[Effect] = []
        self.pass_to(state, subject, time_ms, time_ms - self._book.at(time_ms).bound_ms, effects)
        return self._transition(state, effects)

    def pass_to(self, state: State, subject: str, passed_ms: int, until_ms: int, effects: list[Effect]) -> None:
        """Take what is queued up to `passed_ms`, then run what is due at or before `until_ms`."""
        while (first_ms := subjects.first_queued_ms(state)) is not None and first_ms <= passed_ms:
            self._take(state, subject, effects)
        if "warm" in state:
            self._join(state, subject, passed_ms, until_ms, effects)
            for group in waiting_groups(state, self._book.group):
                self._warming.pass_to(group, state, subject, passed_ms, until_ms)
        if "warm" in state:
            drop_where_empty(state)
        self._run_due(state, subject, until_ms, effects)
        self._arm_forgetting(state)

    def _join(self, state: State, subject: str, passed_ms: int, until_ms: int, effects: list[Effect]) -> None:
        """What was warmed up joins where its time has come: all that happened before has been taken (S4).

        What is due before that time runs first, under the plan of then: who joins has heard of it already.
        """
        for group in waiting_groups(state, self._book.group):
            if group.from_ms <= passed_ms:
                self._run_due(state, subject, min(until_ms, group.from_ms - 1), effects)
                self._warming.join_passed(group, state, subject, passed_ms, until_ms)
        drop_where_empty(state)

    def _take(self, state: State, subject: str, effects: list[Effect]) -> None:
        if "warm" in state:
            first_ms = subjects.first_queued_ms(state) or 0
            until_ms = max(state["clock"], first_ms) - self._book.at(first_ms).bound_ms
            self._join(state, subject, first_ms, until_ms, effects)
        row = subjects.take_first(state)
        if self._book.may_act:
            newest_ms = self._book.newest_ms(max(state["clock"], row["at"]))
            if newest_ms > state.get("control", 0):
                state["control"] = newest_ms
        plan = self._book.at(max(row["at"], state.get("control", 0)))
        kind = plan.kind_of(subject)
        targets = plan.match_of(kind, row) if kind else None
        if kind is None or targets is None:
            return
        mark, (content, _) = event_mark(row["event_id"]), duplicates.content_of(row)
        verdict = duplicates.verdict(state["seen"], mark, content)
        if verdict != duplicates.NEW:
            effects.append(("count", verdict))
            return
        clock_ms = max(state["clock"], row["at"])
        self._run_due(state, subject, clock_ms - plan.bound_ms, effects)
        state["clock"] = clock_ms
        seen = state["seen"]
        if not duplicates.remember(seen, mark, content, row["at"]):
            effects.append(("count", "marks_forgotten"))
        if duplicates.COUNTS in seen and duplicates.of_day(seen, row["at"]) == plan.touchpoints_per_day + 1:
            effects.append(("count", "busy_subjects"))
        turn = Turn(plan, state, subject, effects, clock_ms, row)
        late_ms = clock_ms - row["at"]
        if late_ms > plan.bound_ms:
            turn.count("late" if late_ms <= plan.late_horizon_ms else "beyond_horizon")
        subjects.learn(turn, kind, row)
        for signal, role, extra in targets:
            signal.accept(turn, row, mark, role, extra)
        hearing.hear_all(turn)
        if turn.moments or turn.voided:
            hand_on(turn)
        self._run_due(state, subject, clock_ms - plan.bound_ms, effects, late=True)

    def _transition(self, state: State, effects: list[Effect]) -> Transition:
        """The new state; it is kept while anything is queued, open or remembered, its people included."""
        wake_at_ms = self.wake_at_ms(state)
        is_kept = wake_at_ms is not None or bool(state.get("warm")) or holds_permanent(state)
        return Transition(state if is_kept else None, effects, wake_at_ms)

    def _arm_forgetting(self, state: State) -> None:
        if state["clock"] and not is_armed(state, FORGET) and subjects.is_known(state):
            forgetting.arm(self._book.at(state["clock"]), state, state["clock"])

    def wake_at_ms(self, state: State | None) -> int | None:
        """The watermark that is waited for: that of the first in the queue, or a bound after the first thing due.

        Of what is beside the plan too.
        """
        if state is None:
            return None
        times = []
        if (queued_ms := subjects.first_queued_ms(state)) is not None:
            times.append(queued_ms)
        if state["wakes"]:
            due_ms = int(state["wakes"][0][0])
            times.append(due_ms + self._book.at(due_ms).bound_ms)
        for entry in state.get("warm", {}).values():
            if (beside_ms := self.wake_at_ms(entry["s"])) is not None:
                times.append(beside_ms)
        return min(times, default=None)
