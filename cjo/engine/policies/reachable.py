"""The first channel of the step, in the author's order, with an address and consent for the purpose (D2, D6).

A run keeps the version it began with (R2), so its step may name a channel that the workspace has no longer: that one is
passed over like a channel without address.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cjo.engine.people import has_consent, profile_view

if TYPE_CHECKING:
    from cjo.engine.turn import Request, Turn

TRANSACTIONAL = "transactional"


def check(turn: Turn, request: Request) -> tuple[str, str] | None:
    """Choose channel and address; refuse with `no_consent` where an address was there, else with `no_address`."""
    purpose = turn.plan.journey_of(request.run).purpose
    profile = profile_view(turn.state, turn.plan.profile)
    addressed = False
    for channel in request.step["channels"]:
        declared = turn.plan.channels.get(channel)
        if declared is None:
            request.inputs[f"address.{channel}"] = "channel removed"
            continue
        attribute = declared["address"]
        address = profile.get(attribute) if attribute else None
        if attribute and not address:
            request.inputs[f"address.{channel}"] = "none"
            continue
        addressed = True
        if purpose != TRANSACTIONAL and not has_consent(turn.state, purpose, channel):
            request.inputs[f"consent.{channel}"] = "none"
            continue
        request.channel, request.address = channel, address
        return None
    return ("no_consent", "D6") if addressed else ("no_address", "D2")
