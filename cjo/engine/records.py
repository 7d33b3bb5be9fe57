"""Decisions and actions as records of their contracts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cjo.engine.ids import decision_id
from cjo.engine.modes import SHADOW, mode_of

if TYPE_CHECKING:
    from cjo.engine.turn import Turn


def decide_run(
    turn: Turn,
    run: dict[str, Any],
    kind: str,
    outcome: str,
    reason: str,
    rule: str | None,
    *,
    step: str | None = None,
    visit: int = 0,
    action_id: str | None = None,
    channel: str | None = None,
    inputs: dict[str, str] | None = None,
    event_id: str | None = None,
) -> None:
    """D1: write one decision about an open or ended run, or one that was not opened, with its reason and rule.

    `event_id` tells it apart from others of the same instant that say the same.
    """
    subject, now_ms = turn.subject, turn.now_ms
    journey, version, run_id, moment_id = run["journey"], run["version"], run["id"], run["moment"]["id"]
    record = {
        "decision_id": decision_id(
            subject, journey, version, run_id, moment_id, kind, step, visit, reason, action_id, now_ms, event_id
        ),
        "customer_id": subject,
        "journey": journey,
        "journey_version": version,
        "run_id": run_id,
        "run_key": run["key"] or None,
        "kind": kind,
        "outcome": outcome,
        "reason": reason,
        "rule": rule,
        "step": step,
        "visit": visit,
        "decided_at": now_ms,
        "moment_id": moment_id,
        "action_id": action_id,
        "channel": channel,
        "mode": SHADOW if run.get("mode") == SHADOW else turn.plan.mode,  # mode_of, without the call
        "inputs": inputs or {},
    }
    turn.effects.append(("decision", record))


def act(turn: Turn, run: dict[str, Any], kind: str, action: dict[str, Any], **more: Any) -> None:
    """Emit an action record: a request, or its withdrawal. Of a run in shadow nothing leaves."""
    mode = mode_of(turn, run)
    if mode == SHADOW:
        return
    record = {
        "action_id": action["id"],
        "kind": kind,
        "supersedes": None,
        "mode": mode,
        "customer_id": turn.subject,
        "journey": run["journey"],
        "journey_version": run["version"],
        "run_id": run["id"],
        "step": action["step"],
        "moment_id": run["moment"]["id"],
        "purpose": turn.plan.journey_of(run).purpose,
        "channel": action["channel"],
        "address": None,
        "decided_at": turn.now_ms,
        "not_before": turn.now_ms,
        "expires_at": action["expires"],
        "template": None,
        "locale": None,
        "content": {},
        "variables": {},
        "reason": None,
        **more,
    }
    turn.effects.append(("action", record))
