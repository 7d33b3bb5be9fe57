"""What controls do to the runs of one customer: stop and removal end them, `migrate` moves them (R2, R7).

Nobody can visit all customers, so this happens at each one's next input or wake-up, before anything else, and is
recorded as if it had happened when the control took effect. Nothing was decided for the customer in between, so the
outcome is the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cjo.engine import halts, pauses, runs
from cjo.engine.migration import migrate

if TYPE_CHECKING:
    from cjo.engine.steps.base import Run
    from cjo.engine.turn import Turn


def obey(turn: Turn, seen_ms: int) -> None:
    """Bring the customer's runs in line with the turn's plan; a second time changes nothing.

    `seen_ms`: how far the customer's time has come when this is done, epoch ms.
    """
    for run in runs.in_order(turn):
        halt = turn.plan.halt_of(run["journey"])
        if halt is not None and halt.kind == halts.STOP:
            _stop(turn, run, halt.since_ms)
        elif "end" in run:
            continue
        elif run["journey"] not in turn.plan.current:
            runs.end(turn, run, "journey_removed", "R2")
        else:
            migrate(turn, run, seen_ms)
            if halt is None and run.get("paused"):
                pauses.release(turn, run)


def _stop(turn: Turn, run: Run, since_ms: int) -> None:
    """The run ends as of the control's time, and nothing of it is left that could decide: no goal, no taking back."""
    if "end" not in run:
        now_ms, turn.now_ms = turn.now_ms, since_ms
        runs.end(turn, run, "journey_stopped", "R7")
        turn.now_ms = now_ms
    turn.state["runs"].pop(run["id"], None)
