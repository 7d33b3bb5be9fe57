"""exit: the run ends here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cjo.engine.steps.base import Move, Run, Step

if TYPE_CHECKING:
    from cjo.engine.turn import Turn


def arrive(turn: Turn, run: Run, step: Step) -> Move:
    """End the run; the author's words for it are the step's `reason`."""
    return Move("end", reason="exit_step", rule="R3")
