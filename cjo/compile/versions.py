"""Pass: the version of every signal and journey, a hash of what it means."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from cjo.compile.draft import Draft
from cjo.engine.inputs import direct_inputs

_NOT_MEANING = ("revision", "version", "guard")


def run(draft: Draft) -> None:
    """Set every `version`. A journey's takes in the templates that it uses, a signal's its subject and its inputs.

    So a signal changes where what it follows does: its memory is of other moments then, and is warmed up anew (S4).
    """
    known: dict[str, str] = {}
    for signal in draft.plan["signals"]:  # inputs come first
        uses = {name: known.get(name) for name in direct_inputs(signal)}
        kind = (draft.plan.get("subjects") or {}).get(signal.get("subject"))
        more = ({"uses": uses} if uses else {}) | ({"subject": {**kind, "filter": None}} if kind else {})
        known[signal["name"]] = signal["version"] = version_of({**signal, **more})
    for journey in draft.plan["journeys"]:
        names = sorted({step["template"] for step in journey["steps"] if step["kind"] == "send"})
        used = {name: draft.plan["templates"].get(name) for name in names}
        journey["version"] = version_of({**journey, "templates": used})


def version_of(definition: dict[str, Any]) -> str:
    """The first 12 hex digits of the SHA-256 of a definition's canonical JSON."""
    meaning = {key: value for key, value in definition.items() if key not in _NOT_MEANING}
    text = json.dumps(meaning, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
