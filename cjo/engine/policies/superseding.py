"""D9: on a real-time channel a new decision takes the place of the one before it in the same session.

It is that of a run which a new moment has replaced (`again: replace`), on the same channel, as long as it has not
expired. The room that it took under caps, and its turn in an arbitration group, go over to the new one. So do those of
what was held out (D8) or only decided in shadow, though no record says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cjo.engine import reservations
from cjo.engine.modes import mode_of

if TYPE_CHECKING:
    from cjo.engine.turn import Request, Turn


def superseded(turn: Turn, request: Request, channel: str | None) -> dict[str, Any] | None:
    """The action that a request on `channel` would supersede, None where there is none."""
    run, mode = request.run, mode_of(turn, request.run)
    session = run.get("session")
    if session is None or not turn.plan.channels.get(channel or "", {}).get("real_time"):
        return None
    found = [
        action
        for other in turn.state["runs"].values()
        if other["journey"] == run["journey"] and other.get("session") == session and other.get("replaced")
        if mode_of(turn, other) == mode
        for action in other["acts"]
        if action["channel"] == channel and not action.get("back") and action["expires"] > turn.now_ms
    ]
    return max(found, key=lambda action: (action["decided"], action["id"])) if found else None


def take_place(turn: Turn, old: dict[str, Any]) -> None:
    """The old action is over: nothing takes it back any more, and its room is free."""
    old["back"] = 1
    reservations.release(turn.state, old["id"])
