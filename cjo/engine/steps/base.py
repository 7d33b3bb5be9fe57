"""How a run moves from step to step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from cjo.engine.room import ACTIONS, drop_oldest

if TYPE_CHECKING:
    from cjo.engine.turn import Turn

Run = dict[str, Any]
Step = dict[str, Any]


class Move(NamedTuple):
    """What a step says should happen to its run: stay, go on (to `target`, else the next step), or end (`reason`).

    `inputs` are what the end is decided on.
    """

    kind: str
    target: str | None = None
    reason: str | None = None
    rule: str | None = None
    inputs: dict[str, str] | None = None


STAY = Move("stay")
NEXT = Move("go")


def move_to(then: str | None) -> Move:
    """The move that `then` of an author means: nothing, `exit`, or the id of a step."""
    if then is None:
        return NEXT
    return Move("end", reason="exit_step") if then == "exit" else Move("go", target=then)


def remember(turn: Turn, run: Run, action: dict[str, Any]) -> None:
    """Keep an action with its run, so that it can be taken back."""
    run["acts"].append(action)
    if drop_oldest(run["acts"], ACTIONS):
        turn.count("actions_forgotten")


def tell(turn: Turn, run: Run, step: Step, outcome: str) -> None:
    """Remember the outcome of a step where some condition of the journey asks for it (`outcome.STEP`)."""
    if step["id"] in turn.plan.journey_of(run).told:
        run.setdefault("out", {})[step["id"]] = outcome
