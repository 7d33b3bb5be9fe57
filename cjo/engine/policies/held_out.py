"""D8: a part of the customers is left untreated to measure against. They pass the same checks at the same moment.

Who is held out is a salted hash of the customer, recorded at the first send that is not made, or that is: it survives a
changed share.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cjo.engine.draws import drawn
from cjo.engine.policies.base import TRANSACTIONAL

if TYPE_CHECKING:
    from cjo.engine.turn import Request, Turn

HELD_OUT, TREATED = "held_out", "treated"


def hold_out_of(turn: Turn, request: Request) -> str | None:
    """The name of the hold-out that keeps this send from being made, None where none does. Records the exposure."""
    journey = turn.plan.journey_of(request.run)
    if journey.purpose == TRANSACTIONAL:
        return None
    found = None
    for hold_out in turn.plan.hold_outs_of(journey):
        if _arm(turn, hold_out["name"], hold_out["share"]) == HELD_OUT:
            found = found or str(hold_out["name"])
    return found


def _arm(turn: Turn, name: str, share: int) -> str:
    """`share` is of 10,000."""
    place = f"*/{name}"
    arms = turn.state.setdefault("arms", {})
    if arms.get(place) not in (HELD_OUT, TREATED):
        shares = [{"name": HELD_OUT, "share": share}, {"name": TREATED, "share": 10_000 - share}]
        arms[place] = drawn(place, turn.subject, shares)
    return str(arms[place])
