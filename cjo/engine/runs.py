"""Runs: moving on, waits, exits, goals, and taking back what was sent too early (R3, R5, R6, T4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cjo.engine.people import WITHDRAWALS, withdraws
from cjo.engine.records import act, decide_run
from cjo.engine.room import ENDED_RUNS
from cjo.engine.state import disarm
from cjo.engine.steps import ARRIVE, ON_DUE, send, wait
from cjo.engine.steps.base import Move, Run
from cjo.engine.steps.views import on_wire

if TYPE_CHECKING:
    from cjo.engine.matches import RunMatch
    from cjo.engine.plan import Journey
    from cjo.engine.turn import Turn

Row = dict[str, Any]


def advance(turn: Turn, run: Run, move: Move) -> None:
    """Carry out a move, and go from step to step until the run stays somewhere or ends."""
    journey = turn.plan.journey_of(run)
    while move.kind != "stay":
        if move.kind == "end":
            end(turn, run, move.reason or "completed", move.rule or "R6", move.inputs)
            return
        step = journey.step(move.target) if move.target else _following(journey, run)
        if step is None:
            end(turn, run, "completed", "R6")
            return
        turn.budget -= 1
        if turn.budget < 0:
            end(turn, run, "step_budget", "R6")
            return
        run["step"] = step["id"]
        run["visits"][step["id"]] = run["visits"].get(step["id"], 0) + 1
        move = ARRIVE[step["kind"]](turn, run, step)


def end(turn: Turn, run: Run, reason: str, rule: str, inputs: dict[str, str] | None = None) -> None:
    """R3: the run ends now, its wake-up goes; it is remembered while a goal or a cancel is still possible."""
    journey = turn.plan.journey_of(run) if run["journey"] in turn.plan.current else None
    run["end"] = turn.now_ms
    disarm(turn.state, run)
    if turn.requests:
        turn.requests = [request for request in turn.requests if request.run is not run]
    step = run.get("step")
    visit = run["visits"].get(step, 0)
    words = _words(journey, run, reason)
    decide_run(turn, run, "end", "done", reason, rule, step=step, visit=visit, inputs={**words, **(inputs or {})})
    run["keep"] = _keep_until(journey, run)
    if run["keep"] <= turn.now_ms:
        del turn.state["runs"][run["id"]]
    elif len(turn.state["runs"]) > ENDED_RUNS:
        _make_room(turn)


def settle_requests(turn: Turn) -> None:
    """One pass of policies over all that is due at this instant; what goes on from there may ask again (R8, D2)."""
    while turn.requests:
        batch, turn.requests = turn.requests, []
        if len(batch) > 1:
            batch.sort(key=lambda request: _rank(turn, request.run))
        for request in batch:
            advance(turn, request.run, send.settle(turn, request))


def in_order(turn: Turn) -> list[Run]:
    """The customer's runs by priority, then id: the order never hangs on how state was stored."""
    found = list(turn.state["runs"].values())
    if len(found) > 1:
        found.sort(key=lambda run: (-turn.plan.priority_of(run), run["id"]))
    return found


def see(turn: Turn, several: list[Run], row: Row) -> None:
    """Show a touchpoint to some runs: what it brings about in each, then what a withdrawal does to what is held."""
    if row["type"] in turn.plan.run_types:
        for run in several:
            _on_input(turn, run, row)
    if row["type"] in WITHDRAWALS:
        for run in several:
            _look_again(turn, run, row)


def _on_input(turn: Turn, run: Run, row: Row) -> None:
    """Goals, exits and waits that a touchpoint brings about in one run (R8), in this order."""
    if not _playable(turn, run):
        return
    journey = turn.plan.journey_of(run)
    if "goal" not in run and journey.goal:
        _reach_goal(turn, run, journey, row)
    if (row["at"] >= run["entered"] and _concerns(row, journey, run, journey.exits)) or _had_ended(turn, run, row):
        _exit(turn, run, row)
        return
    if "end" not in run and run.get("due") is not None:
        step = journey.step(run["step"])
        move = wait.on_input(turn, run, step, journey, row)
        if move is not None:
            advance(turn, run, move)


def _look_again(turn: Turn, run: Run, row: Row) -> None:
    """D6: a withdrawal also ends what is held for that purpose, at once."""
    if run.get("due") is None or "end" in run or turn.now_ms > run["until"] or not _playable(turn, run):
        return
    journey = turn.plan.journey_of(run)
    step = journey.step(run["step"])
    if step["kind"] == "send" and withdraws(row, journey.purpose):
        move = send.look_again(turn, run, step)
        if move is not None:
            advance(turn, run, move)


def on_due(turn: Turn, run: Run, due_ms: int) -> None:
    """The wake-up of a run: its wait is over, what it holds is released, or its greatest duration has passed."""
    if not _playable(turn, run):
        return
    if run.get("due") is not None and run["due"] <= due_ms:
        step = turn.plan.journey_of(run).step(run["step"])
        advance(turn, run, ON_DUE[step["kind"]](turn, run, step))
    else:
        end(turn, run, "run_expired", "R6")


def take_back(turn: Turn, moment_id: str) -> None:
    """T4: the moment turned out never to have been; its runs end and what they sent since is withdrawn.

    Its runs are also those of other journeys to which one of them has handed over.
    """
    for run in [run for run in turn.state["runs"].values() if moment_id in _opened_by(run)]:
        if not _playable(turn, run):
            continue
        if "end" not in run:
            end(turn, run, "moment_void", "T4")
        _withdraw(turn, run, run["moment"]["at"], "moment_void")


def _make_room(turn: Turn) -> None:
    """Of too many ended runs, forget the one that would be kept least."""
    ended = [run for run in turn.state["runs"].values() if "end" in run]
    if len(ended) > ENDED_RUNS:
        del turn.state["runs"][min(ended, key=lambda run: (run["keep"], run["id"]))["id"]]
        turn.count("runs_forgotten")


def forget(state: dict[str, Any], clock_ms: int) -> None:
    """Drop ended runs for which nothing can happen any more."""
    runs = state["runs"]
    for run_id in [run_id for run_id, run in runs.items() if run.get("keep", clock_ms) < clock_ms]:
        del runs[run_id]


def _rank(turn: Turn, run: Run) -> tuple[int, int, str, str]:
    """D7: the higher priority, then the earlier entry, then the journey's name."""
    return turn.plan.journey_of(run).wake_priority, run["entered"], run["journey"], run["id"]


def _following(journey: Journey, run: Run) -> dict[str, Any] | None:
    step = run.get("step")
    return journey.step(journey.first) if step is None else journey.after(step)


def _words(journey: Journey | None, run: Run, reason: str) -> dict[str, str]:
    if journey is None or run.get("step") not in journey.steps:
        return {}
    step = journey.step(run["step"])
    if reason == "handed_over":
        return {"to": step["to"]}
    said = step.get("reason") if reason == "exit_step" else None
    return {"said": said} if said else {}


def _keep_until(journey: Journey | None, run: Run) -> int:
    keep = max((action["expires"] for action in run["acts"]), default=run["end"])
    if journey and journey.goal and "goal" not in run and run.get("sent") is not None:
        keep = max(keep, run["sent"] + journey.goal["within_ms"])
    return keep


def _playable(turn: Turn, run: Run) -> bool:
    """False, and the run ends, where neither its version nor a current one that has its step is known."""
    if run["journey"] not in turn.plan.current:
        reason = "journey_removed"
    elif run.get("step") is not None and not _has_step(turn.plan.journey_of(run), run):
        reason = "step_removed"
    else:
        return True
    if "end" not in run:
        end(turn, run, reason, "R2")
    return False


def _has_step(journey: Journey, run: Run) -> bool:
    """True where the journey has the run's step, of a kind that a run can stand at where it does."""
    step = journey.steps.get(run["step"])
    stands = run.get("due") is not None and "end" not in run
    return step is not None and (not stands or step["kind"] in ON_DUE)


def _reach_goal(turn: Turn, run: Run, journey: Journey, row: Row) -> None:
    """D10: a goal that lies in the run's window. It carries its own time: a late one may be from before a send."""
    goal, since_ms = journey.goal, run.get("sent")
    if goal is None or since_ms is None or not since_ms <= row["at"] <= since_ms + goal["within_ms"]:
        return
    if _concerns(row, journey, run, journey.goals):
        run["goal"] = row["at"]
        value = journey.goal_value(row, None, None) if journey.goal_value else None
        inputs = {"goal": goal["name"], "event_id": row["event_id"], "event_at": str(row["at"])} | (
            {} if value is None else {"value": str(on_wire(value))}
        )
        decide_run(turn, run, "goal", "done", "goal_reached", "D10", inputs=inputs)


def _concerns(row: Row, journey: Journey, run: Run, matches: list[RunMatch]) -> bool:
    for match in matches:  # noqa: SIM110 - asked for every run, and `any` costs twice as much
        if match.holds(row, journey, run["key"]):
            return True
    return False


def _opened_by(run: Run) -> tuple[str, str | None]:
    return run["moment"]["id"], run["moment"].get("of")


def _had_ended(turn: Turn, run: Run, row: Row) -> bool:
    """T4: true where the touchpoint is a late exit of a run that has handed over to this one, directly or not."""
    for giver in run["moment"].get("by", ()):
        if giver["entered"] <= row["at"] <= giver["end"] and giver["journey"] in turn.plan.current:
            journey = turn.plan.journey_of(giver)
            if _concerns(row, journey, giver, journey.exits):
                return True
    return False


def _exit(turn: Turn, run: Run, row: Row) -> None:
    if "end" not in run:
        end(turn, run, "exit_event", "R3", {"event": row["type"], "event_id": row["event_id"]})
    _withdraw(turn, run, row["at"], "exit_event")


def _withdraw(turn: Turn, run: Run, since_ms: int, reason: str) -> None:
    """Cancel what was sent at or after `since_ms` and can still be stopped; say so where it can't."""
    for action in run["acts"]:
        if action.get("back") or action["decided"] < since_ms:
            continue
        action["back"] = 1
        if not action.get("made", 1):
            continue
        about = {"step": action["step"], "action_id": action["id"], "channel": action["channel"]}
        if action["expires"] > turn.state["clock"] and turn.plan.has_topic(action["channel"]):
            act(turn, run, "cancel", action, reason=reason)
            decide_run(turn, run, "cancel", "done", "cancelled_late", "T4", **about)
        else:
            decide_run(turn, run, "cancel", "too_late", "too_late", "T4", **about)
