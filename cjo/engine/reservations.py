"""D4: the room that sends have taken under caps, in the state of the customer.

`caps` of the state is a list of [decided_at ms, channel, purpose, action_id], oldest first; what a journey in shadow
would have sent has a fifth entry, and only shadows count it. One list serves every cap, so a cap that is added or
changed finds what has been sent before it. It is kept as long as the longest window of the workspace's caps looks back,
and not at all where there is none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from cjo.engine.modes import SHADOW

if TYPE_CHECKING:
    from cjo.engine.turn import Turn

_LIVE_LENGTH: Final = 4


def reserve(
    state: dict[str, Any], at_ms: int, channel: str, purpose: str, action_id: str, shadow: bool = False
) -> None:
    """Take room for an action that is requested now."""
    state.setdefault("caps", []).append([at_ms, channel, purpose, action_id, *((SHADOW,) if shadow else ())])


def since(state: dict[str, Any], since_ms: int, with_shadows: bool) -> Iterator[list[Any]]:
    """The room that was taken at `since_ms` or later."""
    for one in state.get("caps", ()):
        if one[0] >= since_ms and (with_shadows or len(one) == _LIVE_LENGTH):
            yield one


def release(state: dict[str, Any], action_id: str) -> bool:
    """Free the room of an action; True where it held some."""
    taken = state.get("caps", ())
    kept = [one for one in taken if one[3] != action_id]
    _put(state, kept)
    return len(kept) < len(taken)


def take(turn: Turn, row: dict[str, Any]) -> None:
    """Free the room of an action whose delivery failed, where the touchpoint tells of one that holds some."""
    taken = turn.state.get("caps")
    if not taken or row["type"] != "action_failed":
        return
    if release(turn.state, (row.get("attributes") or {}).get("action_id") or ""):
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
