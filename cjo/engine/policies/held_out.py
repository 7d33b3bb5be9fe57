"""D8: a part of the customers is left untreated to measure against. They pass the same checks at the same moment.

Who is held out is a salted hash of the customer, recorded at the first send that is not made, or that is: it survives a
changed share. A shadow has records of its own, so what is tried in it fixes nothing for live journeys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cjo.engine.draws import drawn
from cjo.engine.modes import exposure_of

if TYPE_CHECKING:
    from cjo.engine.turn import Request, Turn

HELD_OUT: Final = "held_out"
TREATED: Final = "treated"


def exposed(turn: Turn, request: Request) -> bool:
    """Whether the customer is held out. Records the exposure to every hold-out that is about the journey.

    The request's inputs then say the arm in each (`hold_out.NAME`), and which of them it is that holds the message
    back, else the first (`hold_out`, `arm`).
    """
    arms = {
        str(one["name"]): _arm(turn, request, one["name"], one["share"])
        for one in turn.plan.hold_outs_of(request.journey)
    }
    if not arms:
        return False
    name = next((name for name, arm in arms.items() if arm == HELD_OUT), next(iter(arms)))
    request.inputs |= {"hold_out": name, "arm": arms[name], **{f"hold_out.{one}": arm for one, arm in arms.items()}}
    return arms[name] == HELD_OUT


def _arm(turn: Turn, request: Request, name: str, share: int) -> str:
    """`share` is of 10,000."""
    drawn_by = f"*/{name}"
    place = exposure_of(turn, request.run, drawn_by)
    arms = turn.state.setdefault("arms", {})
    if arms.get(place) not in (HELD_OUT, TREATED):
        shares = [{"name": HELD_OUT, "share": share}, {"name": TREATED, "share": 10_000 - share}]
        arms[place] = drawn(drawn_by, turn.subject, shares)
    return str(arms[place])
