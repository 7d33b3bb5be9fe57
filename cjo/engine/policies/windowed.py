"""Quiet hours and send windows, in the local time of whom they protect (D2, T5): what falls into them is held.

Transactional messages keep them too, unless their journey is marked urgent (D6).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cjo.engine.policies import timely
from cjo.engine.policies.base import Verdict
from cjo.engine.windows import opens_at
from cjo.engine.zones import zone_of

if TYPE_CHECKING:
    from cjo.engine.turn import Request, Turn

REASON: Final = "send_window"


def check(turn: Turn, request: Request, channel: str) -> Verdict | None:
    """Hold with `send_window` until the channel is open; refuse where the step says so, or where that is too late."""
    journey = request.journey
    rules = turn.plan.windows_of(channel, journey.purpose)
    if rules is None or journey.urgent:
        return None
    zone, whose = zone_of(turn, journey)
    opens_ms, closed_by = opens_at(turn.now_ms, rules, zone)
    if opens_ms == turn.now_ms:
        return None
    request.inputs |= {"window": closed_by, "time_zone": zone, "time_zone_of": whose}
    if opens_ms is not None:
        request.inputs["until"] = str(opens_ms)
    if opens_ms is None or REASON in (request.step.get("refused") or {}):
        return Verdict(REASON, "D5")
    return timely.expired(turn, request, channel, opens_ms) or Verdict(REASON, "D5", opens_ms)
