"""hand_over: end this run and offer its customer to another journey, with this run's moment and what `with` adds.

The other journey asks all that it asks of a moment of its signal: its conditions, `again`, its mode. What a run in
shadow hands over stays in shadow. What takes the run back, or would have ended it before, takes back what came of it
(T4).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cjo.engine.ids import handed_over_id
from cjo.engine.records import decide_run
from cjo.engine.steps.base import Move, Run, Step
from cjo.engine.steps.views import arguments, on_wire

if TYPE_CHECKING:
    from cjo.engine.turn import Turn


def arrive(turn: Turn, run: Run, step: Step) -> Move:
    """The run ends at once; the other journey's entry is decided after all that is due at this instant."""
    about, visit = arguments(turn, run), run["visits"][step["id"]]
    given = {name: on_wire(read(*about)) for name, read in step["with"].items()}
    kept = run["moment"]["values"] if step["keeps"] else {}
    moment = {
        "moment_id": handed_over_id(run["id"], step["id"], visit),
        "signal": None,
        "key": run["key"] or None,
        "at": turn.now_ms,
        "late_ms": 0,
        "values": {**kept, **{name: value for name, value in given.items() if value is not None}},
        **_origin(turn, run),
    }
    turn.handed.append((step["to"], moment))
    inputs = {"to": step["to"], "moment": moment["moment_id"]}
    decide_run(turn, run, "move", "done", "handed_over", "R1", step=step["id"], visit=visit, inputs=inputs)
    return Move("end", reason="handed_over", rule="R1")


def _origin(turn: Turn, run: Run) -> dict[str, Any]:
    """`of`: the id of the signal's moment behind it; `by`: the runs that led here, the last one of each journey.

    `mode` is there where the run is in shadow.
    """
    before = run["moment"]
    giver = {"journey": run["journey"], "version": run["version"], "key": run["key"], "entered": run["entered"]}
    earlier = [one for one in before.get("by", ()) if one["journey"] != run["journey"]]
    mode = {"mode": run["mode"]} if "mode" in run else {}
    return {"of": before.get("of", before["id"]), "by": [*earlier, {**giver, "end": turn.now_ms}], **mode}
