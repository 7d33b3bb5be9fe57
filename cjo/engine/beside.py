"""Which control records matter beside the plan of the submission."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from cjo.engine import halts, warming
from cjo.engine.merge import PUBLISH, REMOVE

_DEFINES: Final = frozenset({PUBLISH, REMOVE})
_DEFINED: Final = ("signal/", "journey/")
_TIMED: Final = halts.KINDS | _DEFINES


def control_record(text: str | bytes) -> dict[str, Any] | None:
    """What a value of the control topic says; None where it is no control record."""
    try:
        record = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return record if is_control_record(record) else None


def is_control_record(value: object) -> bool:
    """True for what has a name, a kind and a revision, and what its kind needs, as all has that cjo writes there."""
    if not isinstance(value, dict) or not isinstance(value.get("revision"), int):
        return False
    name, kind = value.get("name"), value.get("kind")
    if not isinstance(name, str) or not isinstance(kind, str):
        return False
    if kind in _DEFINES and not name.startswith(_DEFINED):
        return False
    if kind in _TIMED and not isinstance(value.get("effective_at_ms"), int):
        return False
    return kind not in (PUBLISH, warming.WARM) or isinstance(value.get("plan"), dict)


def beside(plan: Mapping[str, Any], record: Mapping[str, Any]) -> dict[str, Any] | None:
    """What `record` adds to `plan`, None where it adds nothing.

    The topic holds all that was ever published, and the job was submitted with the newest of it. An older signal adds
    nothing. An older journey version does, with the templates that are its own: runs are pinned to it (R2).
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
    known = [_as_published(spec) for spec in plan["journeys"]]
    journeys = [spec for spec in fragment.get("journeys", ()) if in_log_time or _as_published(spec) not in known]
    if not signals and not journeys:
        return None
    return {**record, "plan": {**fragment, "signals": signals, "journeys": journeys}}


def _as_published(spec: dict[str, Any]) -> dict[str, Any]:
    """A journey without what merging adds to it."""
    return {name: value for name, value in spec.items() if name != "templates"}


def _revision(specs: list[dict[str, Any]], name: str) -> int:
    return next((int(spec["revision"]) for spec in specs if spec["name"] == name), 0)
