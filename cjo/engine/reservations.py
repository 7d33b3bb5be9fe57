"""D4: the room that sends have taken under caps, in the state of the customer.

`caps` of the state is a list of [decided_at ms, channel, purpose, action_id], oldest first. One list serves every cap,
so a cap that is added or changed finds what has been sent before it. It is kept as long as the longest window of the
workspace's caps looks back, and not at all where there is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cjo.engine.turn import Turn


def reserve(state: dict[str, Any], at_ms: int, channel: str, purpose: str, action_id: str) -> None:
    """Take room for an action that is requested now."""
    state.setdefault("caps", []).append([at_ms, channel, purpose, action_id])


def take(turn: Turn, row: dict[str, Any]) -> None:
    """Free the room of an action whose delivery failed, where the touchpoint tells of one that holds some."""
    taken = turn.state.get("caps")
    if not taken or row["type"] != "action_failed":
        return
    action_id = (row.get("attributes") or {}).get("action_id")
    kept = [one for one in taken if one[3] != action_id]
    if len(kept) < len(taken):
        _put(turn.state, kept)
        turn.count("cap_given_back")


def forget(state: dict[str, Any], before_ms: int) -> None:
    """Drop what lies before `before_ms`."""
    if "caps" in state:
        _put(state, [one for one in state["caps"] if one[0] >= before_ms])


def _put(state: dict[str, Any], kept: list[Any]) -> None:
    if kept:
        state["caps"] = kept
    else:
        state.pop("caps", None)
