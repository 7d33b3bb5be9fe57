"""wait: for a length of time or until a point in time, or until an event with that as time-out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cjo.engine.nextlocal import next_local_ms
from cjo.engine.records import decide_run
from cjo.engine.state import disarm, set_wake
from cjo.engine.steps.base import STAY, Move, Run, Step, move_to, tell
from cjo.engine.steps.views import arguments
from cjo.engine.zones import zone_of

if TYPE_CHECKING:
    from cjo.engine.plan import Journey
    from cjo.engine.turn import Turn


def arrive(turn: Turn, run: Run, step: Step) -> Move:
    """Start waiting. The wake-up is the end of the wait, or of the run where that is earlier (R6)."""
    journey = turn.plan.journey_of(run)
    if step.get("for_ms") is not None:
        return _stay(turn, run, step, turn.now_ms + step["for_ms"], "T3", {})
    if step.get("local"):
        return _until_local(turn, run, step, journey)
    return _until_time(turn, run, step)


def on_input(turn: Turn, run: Run, step: Step, journey: Journey, row: dict[str, Any]) -> Move | None:
    """The first matching branch in file order (R5), within the closed time of the wait and of the run (T3, R6)."""
    if not run["since"] <= row["at"] <= run["due"] or turn.now_ms > run["until"]:
        return None
    for match in step.get("until", ()):
        if match.holds(row, journey, run["key"]):
            leave(turn, run)
            _decide(turn, run, step, "wait_event", "T3", {"event": row["type"], "event_id": row["event_id"]})
            return move_to(match.then)
    if any(match.holds(row, journey, run["key"]) for match in step.get("restart", ())):
        _begin_anew(turn, run, step, row)
    return None


def _begin_anew(turn: Turn, run: Run, step: Step, row: dict[str, Any]) -> None:
    """The wait lasts as long as if it had begun with this touchpoint; in any order of several the longest counts."""
    due_ms = due_from(turn, run, step, row["at"])
    if due_ms is None or due_ms <= run["due"]:
        return
    stand_until(turn, run, due_ms)
    inputs = {"until": str(due_ms), "event": row["type"], "event_id": row["event_id"]}
    _decide(turn, run, step, "waiting", "T3", inputs, row["event_id"])


def on_due(turn: Turn, run: Run, step: Step) -> Move:
    """The time of the wait is over."""
    leave(turn, run)
    return _over(turn, run, step, "wait_over", {})


def due_from(turn: Turn, run: Run, step: Step, from_ms: int) -> int | None:
    """When a wait that began at `from_ms` ends; None where there is no time to wait for."""
    if step.get("for_ms") is not None:
        return int(from_ms + step["for_ms"])
    if step.get("local"):
        return _next_local_ms(step, from_ms, zone_of(turn, turn.plan.journey_of(run))[0])
    at_ms = step["time"]["of"](*arguments(turn, run))
    return None if at_ms is None else int(at_ms + step["time"]["add_ms"])


def stay_until(turn: Turn, run: Run, due_ms: int) -> None:
    """Let the run stand where it is from now until `due_ms`, or its end where that is earlier (R6)."""
    run["since"] = turn.now_ms
    stand_until(turn, run, due_ms)


def stand_until(turn: Turn, run: Run, due_ms: int) -> None:
    """The same for a run that has been standing there."""
    run["due"] = due_ms
    priority = turn.plan.journey_of(run).wake_priority
    set_wake(turn.state, f"r:{run['id']}", priority, min(due_ms, run["until"]))


def leave(turn: Turn, run: Run) -> None:
    """The run stands nowhere any more, and nothing wakes it."""
    run["due"] = None
    disarm(turn.state, run)


def _until_local(turn: Turn, run: Run, step: Step, journey: Journey) -> Move:
    """T5: the zone is the one that holds now; the decision records which and whose it is."""
    zone, whose = zone_of(turn, journey)
    due_ms = _next_local_ms(step, turn.now_ms, zone)
    if due_ms is None:
        return _over(turn, run, step, "wait_no_time", {"time_zone": zone, "time_zone_of": whose})
    return _stay(turn, run, step, due_ms, "T5", {"time_zone": zone, "time_zone_of": whose})


def _next_local_ms(step: Step, from_ms: int, zone: str) -> int | None:
    """None for a log time outside the calendar's years 1 to 9999."""
    try:
        return next_local_ms(from_ms, step["local"]["days"], step["local"]["minute"], zone)
    except (OverflowError, ValueError):
        return None


def _until_time(turn: Turn, run: Run, step: Step) -> Move:
    """A time that is past, or that nobody knows, is not waited for."""
    due_ms = due_from(turn, run, step, turn.now_ms)
    if due_ms is None:
        return _over(turn, run, step, "wait_no_time", {})
    if due_ms <= turn.now_ms:
        return _over(turn, run, step, "wait_past", {"until": str(due_ms)})
    return _stay(turn, run, step, due_ms, "T3", {})


def _stay(turn: Turn, run: Run, step: Step, due_ms: int, rule: str, inputs: dict[str, str]) -> Move:
    stay_until(turn, run, due_ms)
    _decide(turn, run, step, "waiting", rule, {"until": str(due_ms), **inputs})
    return STAY


def _over(turn: Turn, run: Run, step: Step, reason: str, inputs: dict[str, str]) -> Move:
    _decide(turn, run, step, reason, "T3", inputs)
    return move_to(step.get("timeout_then"))


def _decide(
    turn: Turn, run: Run, step: Step, reason: str, rule: str, inputs: dict[str, str], event_id: str | None = None
) -> None:
    tell(turn, run, step, reason)
    visit = run["visits"][step["id"]]
    decide_run(turn, run, "move", "done", reason, rule, step=step["id"], visit=visit, inputs=inputs, event_id=event_id)
