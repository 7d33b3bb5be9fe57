"""A channel reaches the customer: the workspace has it, the profile has an address, consent is there (D2, D6).

A run keeps the version it began with (R2), so its step may name a channel that the workspace has no longer: that one is
passed over like a channel without address.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cjo.engine.people import attribute_of, has_consent
from cjo.engine.policies.base import TRANSACTIONAL, Verdict

if TYPE_CHECKING:
    from cjo.engine.turn import Request, Turn


def check(turn: Turn, request: Request, channel: str) -> Verdict | None:
    """Set the address of the request; refuse with `no_address` or `no_consent`."""
    declared = turn.plan.channels.get(channel)
    if declared is None:
        request.inputs[f"address.{channel}"] = "channel removed"
        return Verdict("no_address", "D2")
    attribute = declared["address"]
    request.address = attribute_of(turn.state, turn.plan.profile, attribute) if attribute else None
    if attribute and not request.address:
        request.inputs[f"address.{channel}"] = "none"
        return Verdict("no_address", "D2")
    purpose = request.journey.purpose
    if purpose != TRANSACTIONAL and not has_consent(turn.state, purpose, channel):
        request.inputs[f"consent.{channel}"] = "none"
        return Verdict("no_consent", "D6")
    return None
