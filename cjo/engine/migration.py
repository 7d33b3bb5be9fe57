"""R2: moving a run in flight to a newer version of its journey, as that one's `migrate` says; nothing else moves one.

`migrate` is `{"steps": {"old step": "new step"}, "wakes": "keep" | "recompute"}`. A run stands at a `wait`, or at a
`send` or `emit` that is held. With `keep` it stays as long as it was going to, with `recompute` as long as the new step
would have kept it from the same beginning; at least until the customer is looked at, for what follows must not be dated
back and be born expired.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cjo.engine.records import decide_run
from cjo.engine.steps import send, wait

if TYPE_CHECKING:
    from cjo.engine.plan import Journey
    from cjo.engine.steps.base import Run
    from cjo.engine.turn import Turn


def migrate(turn: Turn, run: Run, seen_ms: int) -> None:
    """Move the run to the version that its customer enters, where that one says to which step."""
    target = turn.plan.entered_by(run["journey"], turn.subject)
    if target is None or target.migrate is None or run.get("due") is None or not _is_newer(turn, run, target):
        return
    old, new = run["step"], target.migrate["steps"].get(run["step"])
    step = target.steps.get(new)
    before = turn.plan.journey_of(run).steps.get(old)
    if step is None or (before is not None and before["kind"] != step["kind"]):
        return
    was = {"from_version": run["version"], "from_step": old, "until": str(run["due"])}
    run["version"], run["step"] = target.version, new
    run["until"] = max(turn.now_ms, run["entered"] + target.run_ms_max)
    run["visits"][new] = run["visits"].get(new, 0) + (new != old)
    due_ms = run["due"]
    if target.migrate["wakes"] == "recompute":
        due_ms = max(seen_ms, _due_ms(turn, run, step))
    wait.stand_until(turn, run, due_ms)
    inputs: dict[str, Any] = {**was, "until_was": was["until"], "until": str(due_ms)}
    decide_run(turn, run, "move", "done", "migrated", "R2", step=new, visit=run["visits"][new], inputs=inputs)


def _is_newer(turn: Turn, run: Run, target: Journey) -> bool:
    """False also for an older version that the customer enters again because a newer one's share was lowered."""
    if target.version == run["version"]:
        return False
    pinned = turn.plan.pinned(run)
    return pinned is None or target.revision > pinned.revision


def _due_ms(turn: Turn, run: Run, step: dict[str, Any]) -> int:
    """Until when the new step would have kept the run, from when the old one began to."""
    if step["kind"] == "wait":
        due_ms = wait.due_from(turn, run, step, run["since"])
        return turn.now_ms if due_ms is None else due_ms
    return int(run["since"]) + send.spread_of(run, step)
