"""T5: whose time zone counts: the customer's, else the journey's, else the workspace's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cjo.engine.localtime import is_zone

if TYPE_CHECKING:
    from cjo.engine.plan import Journey
    from cjo.engine.turn import Turn

ATTRIBUTE: Final = "time_zone"
"""The profile attribute that holds the customer's own zone. What is no zone counts as none."""


def zone_of(turn: Turn, journey: Journey) -> tuple[str, str]:
    """(IANA name, whose it is: `customer`, `journey` or `workspace`)."""
    said = (turn.state.get("profile") or {}).get(ATTRIBUTE)
    if said is not None and ATTRIBUTE in turn.plan.profile and is_zone(said[1]):
        return said[1], "customer"
    if journey.time_zone:
        return journey.time_zone, "journey"
    return turn.plan.time_zone, "workspace"
