"""emit: an action of the author's own kind, to a topic of the workspace: no template, no address, no consent.

Nobody is contacted by the record itself, so consent is not asked; for one who is suppressed nothing is begun (D2).
A late exit takes it back like a message (T4).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cjo.engine.ids import action_id
from cjo.engine.people import is_suppressed
from cjo.engine.records import act, decide_run
from cjo.engine.steps.base import NEXT, Move, Run, Step, tell
from cjo.engine.steps.views import arguments, on_wire

if TYPE_CHECKING:
    from cjo.engine.turn import Turn


def arrive(turn: Turn, run: Run, step: Step) -> Move:
    """Emit at once: it competes with nothing. The channel of the action is the name of the emit."""
    name, visit = step["emit"], run["visits"][step["id"]]
    about = {"step": step["id"], "visit": visit, "channel": name}
    if is_suppressed(turn.state):
        tell(turn, run, step, "suppressed")
        decide_run(turn, run, "emit", "refused", "suppressed", "D2", **about)
        return Move("end", reason="suppressed", rule="D5")
    declared = turn.plan.emits.get(name)
    if declared is None:
        tell(turn, run, step, "emit_removed")
        decide_run(turn, run, "emit", "refused", "emit_removed", "F3", **about)
        return NEXT
    seen = arguments(turn, run)
    action = {
        "id": action_id(
            turn.subject, run["journey"], run["version"], run["key"], run["moment"]["id"], step["id"], visit
        ),
        "step": step["id"],
        "channel": name,
        "decided": turn.now_ms,
        "expires": turn.now_ms + (step["expires_ms"] or declared["expires_ms"]),
    }
    act(turn, run, "request", action, variables={key: on_wire(read(*seen)) for key, read in step["with"].items()})
    run["acts"].append(action)
    tell(turn, run, step, "emitted")
    decide_run(turn, run, "emit", "accepted", "emitted", "D1", action_id=action["id"], **about)
    return NEXT
