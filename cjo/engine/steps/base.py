"""How a run moves from step to step."""

from __future__ import annotations

from typing import Any, NamedTuple

Run = dict[str, Any]
Step = dict[str, Any]


class Move(NamedTuple):
    """What a step says should happen to its run: stay, go on (to `target`, else the next step), or end (`reason`)."""

    kind: str
    target: str | None = None
    reason: str | None = None
    rule: str | None = None


STAY = Move("stay")
NEXT = Move("go")


def move_to(then: str | None) -> Move:
    """The move that `then` of an author means: nothing, `exit`, or the id of a step."""
    if then is None:
        return NEXT
    return Move("end", reason="exit_step") if then == "exit" else Move("go", target=then)
