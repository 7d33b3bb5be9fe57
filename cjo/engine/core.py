"""One input or wake-up at a time, in the order that the rules give (T2, R8)."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from cjo.engine import duplicates, forgetting, hearing, pauses, people, reservations, runs, subjects
from cjo.engine.arriving import arrive
from cjo.engine.book import PlanBook
from cjo.engine.dispatch import Target
from cjo.engine.entries import enter, take_over
from cjo.engine.handing_on import MOMENT_REACHED, hand_on
from cjo.engine.ids import event_mark
from cjo.engine.migrations import bring_up_to_date
from cjo.engine.obey import obey
from cjo.engine.ordered import Ordered
from cjo.engine.plan import CompiledPlan
from cjo.engine.room import TEXT, WAITING, drop_oldest, has_long_text, with_texts_cut
from cjo.engine.signals.base import NEVER_MS, Signal
from cjo.engine.state import FORGET, VERSION, holds_permanent, is_armed, is_residue, new_state
from cjo.engine.turn import Effect, Transition, Turn
from cjo.engine.wakes import MANY, by_id
from cjo.engine.warming import Group, Warming, drop_where_empty, has_joined, is_past, next_wake_ms, waiting_groups

State = dict[str, Any]
Row = dict[str, Any]

_changed: Final = partial(tuple.__new__, Transition)  # once for every input: the class's own way takes twice as long


class Engine:
    """Decides for one subject at a time; holds the plan, never a subject."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.plan = plan
        self._book = PlanBook(plan)
        self._warming = Warming(Engine)
        self._ordered = Ordered(self._book, self._warming, self._run_due)

    def publish(self, record: dict[str, Any]) -> bool:
        """Take a control record (docs/reference/plan.md); False where it was already known."""
        return self._book.publish(record)

    def others_of(self, row: Row) -> list[str]:
        """The keys of the subjects beyond the customer under which a touchpoint counts too, or will (S4)."""
        plan = self._book.at(row["at"])
        if not plan.kinds:
            return []
        found = plan.others_of(row)
        if row["at"] < self._book.warming_until_ms:
            for group in self._book.groups_after(row["at"]):
                found += [key for key in self._warming.engine(group).others_of(row) if key not in found]
        return found

    def on_input(self, state: State | None, subject: str, row: Row) -> Transition:
        """Take one touchpoint. An input that nothing asks for, or a repeat, changes nothing, not even the clock."""
        at_ms = row["at"]
        plan = self._book.at(at_ms)
        if subject[0] == subjects.MARK and (kind := plan.kind_of(subject)) is not None:
            return self._ordered.on_input(kind, state, subject, row)
        if at_ms < self._book.warming_until_ms:
            return self._beside_the_plan(plan, state, subject, row)
        return self._on_input(plan, state, subject, row, plan.wanted.match(row))

    def _on_input(
        self, plan: CompiledPlan, state: State | None, subject: str, row: Row, targets: list[Target] | None
    ) -> Transition:
        if targets is None:
            return Transition(state, [], self._wake_at(state, plan), changed=False)
        at_ms = row["at"]
        effects: list[Effect] = []
        if state is None:
            state = new_state(at_ms)
        elif state.get("v") != VERSION:
            bring_up_to_date(state)
        mark = event_mark(row["event_id"])
        content, size = duplicates.content_of(row)
        verdict = duplicates.verdict(state["seen"], mark, content)
        if verdict != duplicates.NEW:
            effects.append(("count", verdict))
            return Transition(state, effects, self._wake_at(state, plan), changed=False)
        if "warm" in state:
            reached_ms = max(at_ms, state["clock"])
            joined_ms = self._join(state, subject, reached_ms - plan.bound_ms, reached_ms, effects)
            if joined_ms is not None:
                verdict = duplicates.verdict(state["seen"], mark, content)  # marks have joined, too
                if verdict != duplicates.NEW:
                    effects.append(("count", verdict))
                    self._tell_joined(state, subject, reached_ms, reached_ms - plan.bound_ms, joined_ms, effects)
                    return self._transition(state, plan, effects)
        wakes, clock_ms = state["wakes"], state["clock"]
        if len(wakes) > MANY:
            wakes = state["wakes"] = by_id(wakes)
        if at_ms > clock_ms:
            clock_ms = at_ms
        until_ms = clock_ms - plan.bound_ms
        if wakes and wakes[0][0] <= until_ms:
            self._run_due(state, subject, until_ms, effects)
        state["clock"] = clock_ms
        if self._book.may_act:
            self._obey_all(state, subject, clock_ms, until_ms, effects)
            if "control" in state and state["control"] > at_ms:
                plan = self._book.at(state["control"])
                targets = plan.wanted.match(row) or []
        seen = state["seen"]
        if not duplicates.remember(seen, mark, content, at_ms):
            effects.append(("count", "marks_forgotten"))
        if duplicates.COUNTS in seen and duplicates.of_day(seen, at_ms) == plan.touchpoints_per_day + 1:
            effects.append(("count", "busy_subjects"))
        whole = row
        if size > TEXT and has_long_text(row) and row["type"] != MOMENT_REACHED:
            row = with_texts_cut(row)
            effects.append(("count", "text_cut"))
        self._take(plan, state, subject, row, whole, mark, targets, effects)
        if wakes and wakes[0][0] <= until_ms:
            self._run_due(state, subject, until_ms, effects, late=True)
        if row["type"] in plan.seen_by_runs and (plan.opens_in_the_past or (wakes and wakes[0][0] < at_ms)):
            _remember(state, row, effects)
        return self._transition(state, plan, effects)

    def on_time(self, state: State | None, subject: str, time_ms: int) -> Transition:
        """Run what is due at or before `time_ms - bound`: all that happened before `time_ms` is known."""
        plan = self._book.at(time_ms)
        if state is None:
            return Transition(None, [], None, changed=False)
        if subjects.is_other(state):
            return self._ordered.on_time(state, subject, time_ms)
        bring_up_to_date(state)
        effects: list[Effect] = []
        until_ms = time_ms - plan.bound_ms
        joined_ms = self._join(state, subject, until_ms, until_ms, effects) if "warm" in state else None
        self._run_due(state, subject, until_ms, effects)
        if joined_ms is not None:
            self._tell_joined(state, subject, until_ms, until_ms, joined_ms, effects)
        return self._transition(state, plan, effects)

    def on_memory(self, state: State | None, subject: str, record: dict[str, Any]) -> Transition:
        """Take a record of the memory topic: what the log holds of signals that are being warmed up (S4).

        One that is not wanted, because the signals have joined, were withdrawn, or have it already, changes nothing.
        """
        group = self._book.group(record["warm"])
        is_other = self.is_other(subject)
        if group is None or group.is_whole or has_joined(group, state):
            return Transition(state, [], None, changed=False)
        if state is None:
            state = new_state(0)
            if is_other:
                subjects.begin(state)
        else:
            bring_up_to_date(state)
        changed = self._warming.merge(group, state, subject, record["state"])
        wake_at_ms = self._ordered.wake_at_ms(state) if is_other else self._wake_at(state, self._book.at(0))
        return Transition(state, [], wake_at_ms, changed)

    # --- what the engine of signals that are being warmed up is asked ---

    def group(self, group_id: str) -> Group | None:
        """Signals that are being warmed up; None for a group that was withdrawn, or that nobody knows."""
        return self._book.group(group_id)

    def asks_for(self, row: Row, subject: str | None = None) -> bool:
        """True where a signal asks for the touchpoint: of customers, or of the kind of `subject`."""
        plan = self._book.at(row["at"])
        kind = None if subject is None else plan.kind_of(subject)
        return bool(plan.wanted.match(row) if kind is None else plan.match_of(kind, row))

    def is_wanted(self, row: Row) -> bool:
        """True where the touchpoint moves a subject's clock."""
        return self._book.at(row["at"]).wanted.match(row) is not None

    def tick(self, state: State | None, subject: str, clock_ms: int) -> State | None:
        """Time has come to `clock_ms` by an input that nothing here asks for."""
        if state is None:
            return new_state(clock_ms) if clock_ms else None
        if clock_ms > state["clock"]:
            self.run_due(state, subject, clock_ms - self._book.at(clock_ms).bound_ms)
            state["clock"] = clock_ms
        return state

    def run_due(self, state: State, subject: str, until_ms: int) -> None:
        """Run what is due at or before `until_ms`; nothing of it leaves."""
        self._run_due(state, subject, until_ms, [])

    def arm_forgetting(self, state: State, now_ms: int) -> None:
        """Let the state wake up once more, though there may be nothing to forget."""
        forgetting.arm(self._book.at(now_ms), state, now_ms)

    def is_other(self, subject: str) -> bool:
        """True for the key of a subject beyond the customer; an id that only looks like one is a customer's."""
        return self._book.at(0).kind_of(subject) is not None

    def pass_to(self, state: State, subject: str, passed_ms: int, until_ms: int) -> None:
        """Of a subject beyond the customer: take what is queued up to `passed_ms`, then run what is due."""
        self._ordered.pass_to(state, subject, passed_ms, until_ms, [])

    def wake_at_ms(self, state: State) -> int | None:
        """The watermark for which a subject beyond the customer waits."""
        return self._ordered.wake_at_ms(state)

    def _beside_the_plan(self, plan: CompiledPlan, state: State | None, subject: str, row: Row) -> Transition:
        """Signals that have not joined yet take the touchpoint first; then the plan does.

        One whose subject has come past the time of joining takes it there, also where nobody else asks for it.
        """
        targets, taken, counts = plan.wanted.match(row), False, []
        for group in self._book.groups_after(row["at"]):
            if not self._warming.engine(group).asks_for(row):
                continue
            if is_past(group, state):
                targets = [] if targets is None else targets
                continue
            if state is None:
                state = new_state(0)
            elif not taken:
                bring_up_to_date(state)
            taken = True
            counts += self._warming.take(group, state, subject, row)
        done = self._on_input(plan, state, subject, row, targets)
        return Transition(done.state, done.effects + counts, done.wake_at_ms, done.changed or taken)

    def _join(self, state: State, subject: str, until_ms: int, reached_ms: int, effects: list[Effect]) -> int | None:
        """What was warmed up joins where the subject's time has come to it; the rest goes on beside the plan.

        What was due before that is run first: by the plan of then, whose forgetting knows nothing of these signals.
        Returns the latest time for which something has joined, None where nothing has.
        """
        joined_ms: int | None = None
        for group in waiting_groups(state, self._book.group):
            if group.from_ms <= reached_ms or has_joined(group, state):
                self._run_due(state, subject, min(until_ms, group.from_ms - 1), effects)
                self._warming.join(group, state, subject, until_ms)
                joined_ms = group.from_ms
            else:
                self._warming.advance(group, state, subject, until_ms)
        drop_where_empty(state)
        return joined_ms

    def _tell_joined(
        self, state: State, subject: str, reached_ms: int, until_ms: int, joined_ms: int, effects: list[Effect]
    ) -> None:
        """Note that what was warmed up has joined where nothing else may tell: the clock stays before that time."""
        self._obey_all(state, subject, reached_ms, until_ms, effects)
        state["control"] = max(state.get("control", 0), joined_ms)

    def _take(
        self, plan: CompiledPlan, state: State, subject: str, row: Row, whole: Row, mark: str, targets: list[Target],
        effects: list[Effect],
    ) -> None:  # fmt: skip
        """R8: profile and consent; signals; goals and exits; waits; entries; one pass of policies."""
        turn = Turn(plan, state, subject, effects, state["clock"], row)
        turn.uncut = whole
        late_ms = state["clock"] - row["at"]
        if late_ms > plan.bound_ms and row["type"] != MOMENT_REACHED:  # it always comes after its time
            turn.count("late" if late_ms <= plan.late_horizon_ms else "beyond_horizon")
        if row["type"] in people.SYSTEM_TYPES:
            people.take(turn, row)
            reservations.take(turn, row)
            if row["type"] == MOMENT_REACHED:
                arrive(turn, row)
        if state.get("dates", "") != plan.dates:
            _begin_dates(turn)
        for signal, role, extra in targets:
            signal.accept(turn, row, mark, role, extra)
        if turn.heard or turn.unheard:
            hearing.hear_all(turn)
        if state["runs"] or turn.moments or turn.voided:
            self._finish(turn, row)

    def _finish(self, turn: Turn, row: Row | None) -> None:
        if turn.unheard:
            hearing.take_back(turn)
        if (turn.moments or turn.voided) and subjects.is_other(turn.state):
            hand_on(turn)
            return
        for moment_id in turn.voided:
            runs.take_back(turn, moment_id)
        if row is not None and turn.state["runs"] and row["type"] in turn.plan.seen_by_runs:
            runs.see(turn, runs.in_order(turn), row)
        if turn.moments:
            enter(turn)
        if turn.requests or turn.handed:
            _settle(turn)

    def _run_due(self, state: State, subject: str, until_ms: int, effects: list[Effect], late: bool = False) -> None:
        """Run the wake-ups due at or before `until_ms`, one instant after the other; each decides as of its due time.

        `late`: what a late touchpoint has just made due is decided as of the clock, and says how late it is (T4).
        """
        wakes = state["wakes"]
        while wakes and wakes[0][0] <= until_ms:
            due_ms = wakes[0][0]
            if self._obey(state, subject, due_ms, effects) or not wakes or wakes[0][0] != due_ms:
                continue
            now_ms = state["clock"] if late else due_ms
            plan = self._book.at(max(due_ms, state.get("control", 0)))
            if "recent" not in state and _pass_over(state, plan, wakes[0][2], due_ms):
                _come_to(state, plan, now_ms)
                continue
            turn = Turn(plan, state, subject, effects, now_ms, late_ms=now_ms - due_ms)
            known = {run_id: _place(run) for run_id, run in state["runs"].items()} if "recent" in state else {}
            while wakes and wakes[0][0] == due_ms:
                self._wake(turn, wakes.pop(0)[2], due_ms)
                if turn.heard:
                    hearing.hear(turn, due_ms)
            self._finish(turn, None)
            if "recent" in state:
                state["clock"] = max(now_ms, state["clock"])
                self._catch_up(turn, due_ms, known)
                _drop_settled(state, plan)  # else forgetting is armed for it where the watermark has not come between
            _come_to(state, plan, now_ms)

    def _obey_all(self, state: State, subject: str, reached_ms: int, until_ms: int, effects: list[Effect]) -> None:
        """Let each unseen control up to `reached_ms` act, and what it makes due at or before `until_ms` run."""
        while self._obey(state, subject, reached_ms, effects):
            self._run_due(state, subject, until_ms, effects)

    def _obey(self, state: State, subject: str, until_ms: int, effects: list[Effect]) -> bool:
        """R7: let the first unseen control that is not after `until_ms` act, as of its own time; True if there was one.

        The newest is looked at again and again: one that was published too late has not been seen by all.
        """
        if not self._book.may_act:
            return False
        seen_ms, newest_ms = state.get("control", 0), self._book.newest_ms(until_ms)
        if newest_ms > seen_ms:
            control_ms, plan = self._book.first_after(seen_ms) if state["runs"] else (newest_ms, None)
            state["control"] = control_ms
            if plan is not None and plan.acts_on_runs:
                obey(Turn(plan, state, subject, effects, control_ms), until_ms)
            return True
        plan = self._book.at(max(until_ms, seen_ms))
        if plan.acts_on_runs and state["runs"]:
            obey(Turn(plan, state, subject, effects, until_ms), until_ms)
        return False

    def _wake(self, turn: Turn, wake_id: str, due_ms: int) -> None:
        if wake_id == FORGET:
            forgetting.forget(turn, due_ms)
            return
        signal, key = _signal_of(turn.plan, wake_id)
        if signal is not None:
            signal.on_due(turn, key, due_ms)
            return
        kind, _, run_id = wake_id.partition(":")
        run = turn.state["runs"].get(run_id)
        if run is not None and "end" not in run:
            (runs.on_due if kind == "r" else pauses.on_pulse)(turn, run, due_ms)

    def _catch_up(self, turn: Turn, due_ms: int, known: dict[str, Any]) -> None:
        """Show a run that a wake-up has opened or moved what happened after it, though it was handled before it."""
        for row in [row for row in turn.state["recent"] if row["at"] > due_ms]:
            moved = [run for run in runs.in_order(turn) if known.get(run["id"]) != _place(run)]
            if moved:
                later = Turn(turn.plan, turn.state, turn.subject, turn.effects, row["at"], row)
                runs.see(later, moved, row)
                _settle(later)

    def _transition(self, state: State, plan: CompiledPlan, effects: list[Effect]) -> Transition:
        """Arm the forgetting where something is left to forget; a subject with nothing at all keeps no state."""
        if "recent" in state:
            _drop_settled(state, plan)
        wakes = state["wakes"]
        if not wakes or (wakes[-1][2] != FORGET and not is_armed(state, FORGET)):
            forgetting.arm_where_needed(plan, state, state["clock"])
        if state.get("warm"):
            return Transition(state, effects, self._wake_at(state, plan))
        if wakes:
            return _changed((state, effects, _first_to_tell(state, plan) + plan.bound_ms, True))
        if is_residue(state) and not holds_permanent(state):
            return Transition(None, effects, None)
        return Transition(state, effects, None)

    @staticmethod
    def _wake_at(state: State | None, plan: CompiledPlan) -> int | None:
        if not state:
            return None
        due_ms = next_wake_ms(state)
        return None if due_ms is None else due_ms + plan.bound_ms


def _first_to_tell(state: State, plan: CompiledPlan) -> int:
    """When the first wake-up is due of which anybody may hear, epoch ms; of one at least that is armed.

    Of most that signals with `settle: true` arm nothing comes, by what is known: they stay armed, and are carried out
    before the next input is handled or with a later wake-up, each as of its own time. So no decision hangs on it, and
    most subjects are not read once more for each of their inputs. With an open run every wake-up is told.
    """
    if not state["runs"]:
        for due_ms, _, wake_id in state["wakes"]:
            if not _is_idle(state, plan, wake_id):
                return int(due_ms)
    return int(state["wakes"][0][0])


def _come_to(state: State, plan: CompiledPlan, now_ms: int) -> None:
    """What was due is done: nothing is decided as of a time before `now_ms`, however late a touchpoint comes."""
    if now_ms > state["clock"]:
        state["clock"] = now_ms
    if not is_armed(state, FORGET):
        forgetting.arm_where_needed(plan, state, now_ms)


def _pass_over(state: State, plan: CompiledPlan, wake_id: str, due_ms: int) -> bool:
    """True where the wake-up is a signal's of which nobody would hear, and has been carried out.

    Of most of those with `settle: true` nothing comes, and a turn of its own would be most of what they cost.
    """
    signal, key = _signal_of(plan, wake_id)
    return signal is not None and signal.pass_over(state, key, due_ms)


def _is_idle(state: State, plan: CompiledPlan, wake_id: str) -> bool:
    signal, key = _signal_of(plan, wake_id)
    memory = signal.memory(state, key) if signal else None
    return signal is not None and memory is not None and signal.is_idle(memory)


def _signal_of(plan: CompiledPlan, wake_id: str) -> tuple[Signal | None, str]:
    """(the signal that has armed a wake-up, its key); None where none has, or the plan has it no more."""
    kind, _, rest = wake_id.partition(":")
    if kind != "s":
        return None, ""
    place, _, key = rest.partition(":")
    return plan.places.get(place), key


def _settle(turn: Turn) -> None:
    """Decide all that is asked for at this instant, and what comes of it (D2); at last what runs hand over."""
    while turn.requests or turn.handed:
        if turn.requests:
            runs.settle_requests(turn)
        else:
            take_over(turn)


def _remember(state: State, row: Row, effects: list[Effect]) -> None:
    """Keep an input that runs may ask for while something due before it is not decided yet, or may still be armed."""
    recent = state.setdefault("recent", [])
    recent.append(row)
    recent.sort(key=lambda kept: kept["at"])
    if drop_oldest(recent, WAITING):
        effects.append(("count", "recent_forgotten"))


def _drop_settled(state: State, plan: CompiledPlan) -> None:
    """An input with nothing due before it needs no second look, once none can come any more by which something is."""
    first_due = state["wakes"][0][0] if state["wakes"] else NEVER_MS
    if plan.opens_in_the_past:
        first_due = min(first_due, state["clock"] - plan.bound_ms)
    state["recent"] = [row for row in state["recent"] if first_due < row["at"]]
    if not state["recent"]:
        del state["recent"]


def _begin_dates(turn: Turn) -> None:
    """A customer who was there before a date signal has no wake-up for it: their first input under it arms one."""
    for signal in turn.plan.date_signals:
        signal.begin(turn)
    turn.state["dates"] = turn.plan.dates


def _place(run: dict[str, Any]) -> tuple[Any, ...]:
    return run.get("step"), run.get("due"), run.get("end")
