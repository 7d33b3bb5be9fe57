"""What `settle: true` costs: only a time at which a signal would fire, as far as is known, needs a wake-up.

Each event time is judged once, in order, when the bound has passed. Most judgements come to nothing, or only re-arm a
signal that has fired; these need not be made in time, only before anything else is remembered. So a touchpoint arms the
first of the times not judged yet at which the signal fires by what is known then, and times that nobody was woken for
are passed by when the next touchpoint comes. What comes of it all is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cjo.engine.turn import Turn

Memory = dict[str, Any]
Judge = Callable[[int], bool]

MANY = 8
"""Of more times than this that wait to be judged, the first is armed: to look ahead would cost more."""


def settled_until(turn: Turn, at_ms: int, bound_ms: int) -> int:
    """Up to when every wake-up has run where an input of the time `at_ms` is taken, epoch ms."""
    return int(turn.state["clock"]) - bound_ms if turn.row is not None else at_ms - 1


def pass_by(memory: Memory, times: Sequence[int], cooldown_ms: int, below: Judge) -> None:
    """Judge times for which nothing was armed, so that none of them fires: the signal may re-arm at one."""
    for at_ms in times:
        if not memory.get("off"):
            break
        if at_ms >= memory["last"] + cooldown_ms and below(at_ms):
            del memory["off"]
    memory["done"] = times[-1]


def first_to_fire(memory: Memory, times: Sequence[int], cooldown_ms: int, below: Judge, reached: Judge) -> int | None:
    """The first of the times not judged yet at which the signal fires by what is known; None where it does at none."""
    if len(times) > MANY:
        return times[0]
    off = memory.get("off")
    for at_ms in times:
        if off:
            if at_ms < memory["last"] + cooldown_ms or not below(at_ms):
                continue
            off = None
        if reached(at_ms):
            return at_ms
    return None
