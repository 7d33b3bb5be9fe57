"""experiment: which arm a customer is in, by a salted hash; recorded at first exposure and kept for ever (D8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cjo.engine.draws import drawn
from cjo.engine.modes import exposure_of
from cjo.engine.records import decide_run
from cjo.engine.steps.base import Move, Run, Step, begin_goal, move_to, tell

if TYPE_CHECKING:
    from cjo.engine.turn import Turn


def arrive(turn: Turn, run: Run, step: Step) -> Move:
    """Expose the customer. An arm on record counts whatever the shares are now; one that is gone is drawn anew.

    A shadow has records of its own. A goal counts from here on in every arm, also in one that sends nothing (D10).
    """
    experiment = f"{run['journey']}/{step['id']}"
    place = exposure_of(turn, run, experiment)
    arms = {arm["name"]: arm for arm in step["arms"]}
    recorded = turn.state.get("arms", {}).get(place)
    reason, name = "arm_kept", recorded
    if recorded not in arms:
        reason, name = "arm_assigned", drawn(experiment, turn.subject, step["arms"])
        turn.state.setdefault("arms", {})[place] = name
    inputs = {"experiment": experiment, "arm": name} | ({"was": recorded} if recorded and reason != "arm_kept" else {})
    begin_goal(turn, run)
    tell(turn, run, step, name)
    visit = run["visits"][step["id"]]
    decide_run(turn, run, "move", "done", reason, "D8", step=step["id"], visit=visit, inputs=inputs)
    return move_to(arms[name]["then"])
