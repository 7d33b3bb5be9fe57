"""Which control records matter beside the plan of the submission."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cjo.engine import halts, warming
from cjo.engine.merge import PUBLISH, REMOVE


def beside(plan: Mapping[str, Any], record: Mapping[str, Any]) -> dict[str, Any] | None:
    """What `record` adds to `plan`, None where it adds nothing.

    The topic holds all that was ever published, and the job was submitted with the newest of it. An older signal adds
    nothing. An older journey version does: runs are pinned to it (R2); but its templates must not replace newer ones.
    One that took effect in the log's time does even where the submission has it: runs move as of that time.
    Pause, resume and stop hold whatever is submitted, and so does what is being warmed up; a removal does where the
    name was not published again since.
    """
    if record["kind"] in halts.KINDS or record["kind"] in warming.KINDS:
        return dict(record)
    if record["kind"] == REMOVE:
        kind, _, name = record["name"].partition("/")
        return dict(record) if record["revision"] > _revision(plan[f"{kind}s"], name) else None
    if record["kind"] != PUBLISH:
        return None
    fragment = record["plan"]
    signals = [
        spec for spec in fragment.get("signals", ()) if spec["revision"] > _revision(plan["signals"], spec["name"])
    ]
    in_log_time = record["effective_at_ms"] > 0
    journeys = [spec for spec in fragment.get("journeys", ()) if in_log_time or spec not in plan["journeys"]]
    if not signals and not journeys:
        return None
    is_newer = any(spec["revision"] > _revision(plan["journeys"], spec["name"]) for spec in journeys)
    templates = {
        name: template
        for name, template in fragment.get("templates", {}).items()
        if is_newer or name not in plan["templates"]
    }
    return {**record, "plan": {"signals": signals, "journeys": journeys, "templates": templates}}


def _revision(specs: list[dict[str, Any]], name: str) -> int:
    return next((int(spec["revision"]) for spec in specs if spec["name"] == name), 0)
