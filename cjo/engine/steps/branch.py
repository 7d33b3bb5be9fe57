"""branch: the first case whose condition holds, in the order of the file; else the `else`; else the next step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cjo.engine.records import decide_run
from cjo.engine.steps.base import Move, Run, Step, move_to
from cjo.engine.steps.views import arguments, as_texts

if TYPE_CHECKING:
    from cjo.engine.turn import Turn


def arrive(turn: Turn, run: Run, step: Step) -> Move:
    """Decide at once; the decision holds which way was taken and what the conditions looked at."""
    about = arguments(turn, run)
    for number, case in enumerate(step["cases"], start=1):
        if case["when"](*about) is True:
            return _take(turn, run, step, "branch_taken", str(number), case["then"], as_texts(step["reads"], about))
    return _take(turn, run, step, "branch_else", "else", step["else_then"], as_texts(step["reads"], about))


def _take(
    turn: Turn, run: Run, step: Step, reason: str, case: str, then: str | None, looked_at: dict[str, str]
) -> Move:
    inputs = {**looked_at, "case": case, "to": then or step["next"] or "the end"}
    visit = run["visits"][step["id"]]
    decide_run(turn, run, "move", "done", reason, "R5", step=step["id"], visit=visit, inputs=inputs)
    return move_to(then)
