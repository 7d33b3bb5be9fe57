"""Decisions and actions as records of their contracts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cjo.engine.ids import decision_id
from cjo.engine.modes import LIVE, SHADOW, mode_of

if TYPE_CHECKING:
    from cjo.engine.turn import Turn


def decide(
    turn: Turn,
    journey: str,
    version: str,
    kind: str,
    outcome: str,
    reason: str,
    rule: str | None,
    run_id: str | None = None,
    run_key: str | None = None,
    moment_id: str | None = None,
    step: str | None = None,
    visit: int = 0,
    action_id: str | None = None,
    channel: str | None = None,
    inputs: dict[str, str] | None = None,
    mode: str = LIVE,
) -> None:
    """D1: write one decision with its reason and rule."""
    subject, now_ms = turn.subject, turn.now_ms
    record = {
        "decision_id": decision_id(
            subject, journey, version, run_id, moment_id, kind, step, visit, reason, action_id, now_ms
        ),
        "customer_id": subject,
        "journey": journey,
        "journey_version": version,
        "run_id": run_id,
        "run_key": run_key or None,
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
        "mode": mode,
        "inputs": inputs or {},
    }
    turn.effects.append(("decision", record))


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
) -> None:
    """Write one decision about an open or ended run."""
    about = run["id"], run["key"], run["moment"]["id"]
    mode = mode_of(turn, run)
    decide(
        turn, run["journey"], run["version"], kind, outcome, reason, rule, *about,
        step, visit, action_id, channel, inputs, mode,
    )  # fmt: skip


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
