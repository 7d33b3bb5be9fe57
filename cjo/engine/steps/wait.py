"""wait: for a time, or until an event with that time as time-out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cjo.engine.records import decide_run
from cjo.engine.state import set_wake
from cjo.engine.steps.base import STAY, Move, Run, Step, move_to

if TYPE_CHECKING:
    from cjo.engine.plan import Journey
    from cjo.engine.turn import Turn


def arrive(turn: Turn, run: Run, step: Step) -> Move:
    """Start waiting. The wake-up is the end of the wait, or of the run where that is earlier (R6)."""
    run["since"] = turn.now_ms
    run["due"] = turn.now_ms + step["for_ms"]
    journey = turn.plan.journey_of(run)
    set_wake(turn.state, f"r:{run['id']}", journey.wake_priority, min(run["due"], run["until"]))
    _decide(turn, run, step, "waiting", {"until": str(run["due"])})
    return STAY


def on_input(turn: Turn, run: Run, step: Step, journey: Journey, row: dict[str, Any]) -> Move | None:
    """The first matching branch in file order (R5), for an event within the closed time of the wait (T3)."""
    if not run["since"] <= row["at"] <= run["due"]:
        return None
    for match in step["until"]:
        if match.holds(row, journey, run["key"]):
            _leave(turn, run)
            _decide(turn, run, step, "wait_event", {"event": row["type"], "event_id": row["event_id"]})
            return move_to(match.then)
    return None


def on_due(turn: Turn, run: Run, step: Step) -> Move:
    """The time of the wait is over."""
    _leave(turn, run)
    _decide(turn, run, step, "wait_over", {})
    return move_to(step.get("timeout_then"))


def _leave(turn: Turn, run: Run) -> None:
    run["due"] = None
    set_wake(turn.state, f"r:{run['id']}", 0, None)


def _decide(turn: Turn, run: Run, step: Step, reason: str, inputs: dict[str, str]) -> None:
    visit = run["visits"][step["id"]]
    decide_run(turn, run, "move", "done", reason, "T3", step=step["id"], visit=visit, inputs=inputs)
