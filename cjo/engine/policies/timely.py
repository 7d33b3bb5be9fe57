"""A send that is not carried out in time is not carried out at all (D2, D9). Its time counts from when it fell due."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cjo.engine.policies.base import Verdict

if TYPE_CHECKING:
    from cjo.engine.turn import Request, Turn


def expires_ms(turn: Turn, request: Request, channel: str) -> int:
    """When the action would expire, epoch ms: as long after it first fell due as the step says, else the channel."""
    lasts_ms: int = request.step.get("expires_ms") or turn.plan.channels[channel]["expires_ms"]
    return int(request.run["asked"]) + lasts_ms


def check(turn: Turn, request: Request, channel: str) -> Verdict | None:
    """Refuse with `expired` what was held until it was too late."""
    if turn.now_ms == request.run["asked"]:
        return None
    return expired(turn, request, channel, turn.now_ms)


def expired(turn: Turn, request: Request, channel: str, at_ms: int) -> Verdict | None:
    """Refuse with `expired` what would be sent at `at_ms` and has expired by then."""
    expires = expires_ms(turn, request, channel)
    if at_ms < expires:
        return None
    request.inputs |= {"due": str(request.run["asked"]), "expires": str(expires)}
    return Verdict("expired", "D2")
