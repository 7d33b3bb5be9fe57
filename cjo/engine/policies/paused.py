"""R7: a paused journey sends nothing; what falls due is held until the journey goes on, or the send expires."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cjo.engine.policies import timely
from cjo.engine.policies.base import Verdict

if TYPE_CHECKING:
    from cjo.engine.turn import Request, Turn

REASON: Final = "paused"


def check(turn: Turn, request: Request, channel: str) -> Verdict | None:
    """Hold with `paused`."""
    halt = turn.plan.halt_of(request.run["journey"])
    if halt is None:
        return None
    request.inputs["paused_since"] = str(halt.since_ms)
    return Verdict(REASON, "R7", timely.expires_ms(turn, request, channel))
