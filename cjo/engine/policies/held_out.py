"""D8: a part of the customers is left untreated to measure against. They pass the same checks at the same moment.

Who is held out is a salted hash of the customer, recorded at the first send that is not made, or that is: it survives a
changed share. A shadow has records of its own, so what is tried in it fixes nothing for live journeys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cjo.engine.draws import drawn
from cjo.engine.modes import exposure_of

if TYPE_CHECKING:
    from cjo.engine.turn import Request, Turn

HELD_OUT, TREATED = "held_out", "treated"


def exposed(turn: Turn, request: Request) -> tuple[str, str] | None:
    """(hold-out, arm of the customer in it) that this send is measured by: one that holds it back, else the first.

    None where none is about the journey. Records the exposure to all that are.
    """
    arms = [
        (str(one["name"]), _arm(turn, request, one["name"], one["share"]))
        for one in turn.plan.hold_outs_of(request.journey)
    ]
    return next((one for one in arms if one[1] == HELD_OUT), arms[0] if arms else None)


def _arm(turn: Turn, request: Request, name: str, share: int) -> str:
    """`share` is of 10,000."""
    drawn_by = f"*/{name}"
    place = exposure_of(turn, request.run, drawn_by)
    arms = turn.state.setdefault("arms", {})
    if arms.get(place) not in (HELD_OUT, TREATED):
        shares = [{"name": HELD_OUT, "share": share}, {"name": TREATED, "share": 10_000 - share}]
        arms[place] = drawn(drawn_by, turn.subject, shares)
    return str(arms[place])
