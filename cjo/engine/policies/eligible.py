"""The reason to send still holds: the goal of the run has not been reached (D2). An exit has ended the run before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cjo.engine.policies.base import Verdict

if TYPE_CHECKING:
    from cjo.engine.turn import Request, Turn


def check(turn: Turn, request: Request) -> Verdict | None:
    """Refuse with `goal_reached`."""
    return Verdict("goal_reached", "D2") if request.run.get("goal") is not None else None
