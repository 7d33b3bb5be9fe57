"""emit: an action of the author's own kind, to a topic of the workspace: no template, no address, no consent.

Nobody is contacted by the record itself, so consent is not asked; for one who is suppressed nothing is begun (D2).
A late exit takes it back like a message (T4).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cjo.engine import pauses
from cjo.engine.people import is_suppressed
from cjo.engine.policies import paused
from cjo.engine.records import act, decide_run
from cjo.engine.steps import wait
from cjo.engine.steps.base import NEXT, STAY, Move, Run, Step, action_of, remember, tell
from cjo.engine.steps.views import arguments, on_wire

if TYPE_CHECKING:
    from cjo.engine.turn import Turn


def arrive(turn: Turn, run: Run, step: Step) -> Move:
    """Emit at once: it competes with nothing. The channel of the action is the name of the emit."""
    run["asked"] = turn.now_ms
    return _ask(turn, run, step)


def on_due(turn: Turn, run: Run, step: Step) -> Move:
    """What a pause held is looked at again; a run that another version let wait here has asked for nothing yet."""
    wait.leave(turn, run)
    run.setdefault("asked", turn.now_ms)
    return _ask(turn, run, step)


def _ask(turn: Turn, run: Run, step: Step) -> Move:
    if is_suppressed(turn.state):
        _decide(turn, run, step, "refused", "suppressed", "D2")
        return Move("end", reason="suppressed", rule="D5")
    declared = turn.plan.emits.get(step["emit"])
    if declared is None:
        _decide(turn, run, step, "refused", "emit_removed", "F3")
        return NEXT
    expires_ms = run["asked"] + (step["expires_ms"] or declared["expires_ms"])
    if run["asked"] < turn.now_ms and expires_ms <= turn.now_ms:
        inputs = {"due": str(run["asked"]), "expires": str(expires_ms)}
        _decide(turn, run, step, "refused", "expired", "D2", inputs=inputs)
        return NEXT
    halt = turn.plan.halt_of(run["journey"])
    if halt is not None:
        return _hold(turn, run, step, halt.since_ms, expires_ms)
    return _emit(turn, run, step, expires_ms)


def _hold(turn: Turn, run: Run, step: Step, since_ms: int, expires_ms: int) -> Move:
    """In a paused journey an emit is held like a message (R7)."""
    wait.stay_until(turn, run, expires_ms)
    pauses.begin(turn, run)
    about = {"step": step["id"], "visit": run["visits"][step["id"]], "channel": step["emit"]}
    inputs = {"paused_since": str(since_ms), "until": str(expires_ms)}
    decide_run(turn, run, "hold", "done", paused.REASON, "R7", inputs=inputs, **about)
    return STAY


def _emit(turn: Turn, run: Run, step: Step, expires_ms: int) -> Move:
    seen = arguments(turn, run)
    action = action_of(turn, run, step, step["emit"], expires_ms)
    act(turn, run, "request", action, variables={key: on_wire(read(*seen)) for key, read in step["with"].items()})
    remember(turn, run, action)
    _decide(turn, run, step, "accepted", "emitted", "D1", action_id=action["id"])
    return NEXT


def _decide(turn: Turn, run: Run, step: Step, outcome: str, reason: str, rule: str, **more: Any) -> None:
    tell(turn, run, step, reason)
    about = {"step": step["id"], "visit": run["visits"][step["id"]], "channel": step["emit"]}
    decide_run(turn, run, "emit", outcome, reason, rule, **about, **more)
