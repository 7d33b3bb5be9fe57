"""Forgetting is a wake-up like any other, at most every duplicate horizon + late horizon (docs/reasons/engine.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from cjo.engine import duplicates, reservations, runs, subjects
from cjo.engine.modes import journey_of_mark
from cjo.engine.policies import arbitrated
from cjo.engine.state import FOR_EVER, FORGET, is_residue, set_wake
from cjo.engine.steps import decide

if TYPE_CHECKING:
    from cjo.engine.plan import CompiledPlan
    from cjo.engine.turn import Turn

State = dict[str, Any]

PRIORITY: Final = 9_999
"""Of its wake-up: it comes last of all that is due at one instant."""


def arm(plan: CompiledPlan, state: State, now_ms: int) -> None:
    """Forget once more when both horizons have passed since `now_ms`."""
    set_wake(state, FORGET, PRIORITY, now_ms + plan.dedup_horizon_ms + plan.late_horizon_ms)


def arm_where_needed(plan: CompiledPlan, state: State, now_ms: int) -> None:
    """Armed after each instant where it is not, as of that instant: when it runs must not hang on what moved time."""
    if state["seen"] or not is_residue(state) or _passing_marks(plan, state):
        arm(plan, state, now_ms)


def forget(turn: Turn, due_ms: int) -> None:
    """Drop what is too old at `due_ms` to matter to anything in the plan."""
    plan, state = turn.plan, turn.state
    duplicates.forget(state["seen"], due_ms, plan.dedup_horizon_ms)
    runs.forget(state, due_ms)
    reservations.forget(state, due_ms - plan.caps_kept_ms)
    arbitrated.forget(state, plan.groups, due_ms)
    decide.forget(state, plan.offers_ms, due_ms)
    for place in list(state["sig"]):
        signal = plan.places.get(place)
        if signal is None:
            _drop_place(state, place)
            continue
        for key, memory in signal.memories(state):
            if signal.forget(memory, due_ms):
                signal.drop_key(state, key)
                signal.leave(turn, key, memory)
                if not signal.keeps_wake:
                    set_wake(state, signal.wake_id(key), 0, None)
        if place in state["sig"] and not state["sig"][place]:  # an older cjo left it there without a key
            del state["sig"][place]
    _forget_marks(plan, state, due_ms)
    _forget_signals_gone(plan, state)
    if subjects.is_other(state):
        subjects.forget(state, plan.kind_of(turn.subject), due_ms)


def _drop_place(state: State, place: str) -> None:
    """What a signal remembered that the plan has no more, and its wake-ups: in place, who runs them has the list."""
    del state["sig"][place]
    for wake_id in [wake[2] for wake in state["wakes"] if wake[2].startswith(f"s:{place}:")]:
        set_wake(state, wake_id, 0, None)


def _passing_marks(plan: CompiledPlan, state: State) -> bool:
    return any(_kept_ms(plan, mark) is not None for mark in state.get("marks", ()))


def _kept_ms(plan: CompiledPlan, mark: str) -> int | None:
    """How long entries into the journey behind a mark count, None: for ever. One that is gone needs no mark.

    Of several versions that customers enter (R7, D8) the strictest tells: the one tried on a few forgets for nobody.
    """
    rules = [version.again for version in plan.offered(journey_of_mark(mark))]
    if any(again["rule"] == "never" for again in rules):
        return None
    return max((again["after_ms"] or 0 for again in rules), default=0)


def _forget_marks(plan: CompiledPlan, state: State, clock_ms: int) -> None:
    """R4: `never` is for ever; a mark of `after` goes when its time is over, one that no rule asks for at once."""
    marks = state.get("marks", {})
    for mark in list(marks):
        kept_ms = _kept_ms(plan, mark)
        if kept_ms is not None:
            marks[mark] = {key: at for key, at in marks[mark].items() if clock_ms - at < kept_ms}
        if not marks[mark]:
            del marks[mark]
    if not marks:
        state.pop("marks", None)


def _forget_signals_gone(plan: CompiledPlan, state: State) -> None:
    """What a signal knows for ever is known as long as there is the signal."""
    for part in FOR_EVER:
        known = state.get(part, {})
        for place in [place for place, keys in known.items() if place not in plan.places or not keys]:
            del known[place]
        if not known:
            state.pop(part, None)
