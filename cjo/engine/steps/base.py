"""How a run moves from step to step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from cjo.engine.ids import action_id
from cjo.engine.modes import is_shadow
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


STAY: Final = Move("stay")
NEXT: Final = Move("go")


def move_to(then: str | None) -> Move:
    """The move that `then` of an author means: nothing, `exit`, or the id of a step."""
    if then is None:
        return NEXT
    return Move("end", reason="exit_step") if then == "exit" else Move("go", target=then)


def action_of(turn: Turn, run: Run, step: Step, channel: str, expires_ms: int) -> dict[str, Any]:
    """The action that the run asks for at this visit of the step, as it is remembered."""
    visit, opened_by = run["visits"][step["id"]], run.get("entry") or run["moment"]["id"]
    return {
        "id": action_id(turn.subject, run["journey"], run["version"], run["key"], opened_by, step["id"], visit),
        "step": step["id"],
        "channel": channel,
        "decided": turn.now_ms,
        "expires": expires_ms,
    }


def remember(turn: Turn, run: Run, action: dict[str, Any], made: bool = True) -> None:
    """Keep an action with its run, so that it can be taken back.

    What a shadow asks for, or one who is held out would have got, never went: it is kept (with `made` 0) only where a
    later one takes its place as it would take that of an action, so that both pass the same checks (D8, D9).
    """
    if not made or is_shadow(turn, run):
        if not _can_be_superseded(turn, run, action):
            return
        action["made"] = 0
    run["acts"].append(action)
    if drop_oldest(run["acts"], ACTIONS):
        turn.count("actions_forgotten")


def _can_be_superseded(turn: Turn, run: Run, action: dict[str, Any]) -> bool:
    channel = turn.plan.channels.get(action["channel"], {})
    return run.get("session") is not None and bool(channel.get("real_time"))


def begin_goal(turn: Turn, run: Run) -> None:
    """D10: a goal counts from now on, if none did before. `sent` is when the run first sent, held out or met an arm."""
    if run.get("sent") is None:
        run["sent"] = turn.now_ms


def tell(turn: Turn, run: Run, step: Step, outcome: str) -> None:
    """Remember the outcome of a step where some condition of the journey asks for it (`outcome.STEP`)."""
    if step["is_told"]:
        run.setdefault("out", {})[step["id"]] = outcome
