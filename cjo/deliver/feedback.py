"""What became of an action, as touchpoints. Ids follow from action and kind, so that a repeat counts once (S5)."""

from __future__ import annotations

import hashlib
from typing import Any

from cjo.deliver.outcome import Action, Verdict

_DEVICE = "device:"
DELIVERED, FAILED, OPENED, CLICKED = "action_delivered", "action_failed", "action_opened", "action_clicked"


def report(verdict: Verdict, at_ms: int) -> dict[str, Any]:
    """`action_delivered` or `action_failed` with its reason."""
    if verdict.outcome == "delivered":
        return feedback(DELIVERED, verdict.action, at_ms)
    return feedback(FAILED, verdict.action, at_ms, reason=verdict.reason or "")


def feedback(kind: str, action: Action, at_ms: int, **more: str) -> dict[str, Any]:
    """A touchpoint of that type about an action, at that time; of clicks each URL counts once."""
    subject = str(action["customer_id"])
    device = subject.startswith(_DEVICE)
    link = f"/{hashlib.sha256(more['url'].encode()).hexdigest()[:16]}" if "url" in more else ""
    named = {name: action[name] for name in ("action_id", "journey", "step") if action.get(name)}
    return {
        "event_id": f"{action['action_id']}/{kind}{link}",
        **({"device_id": subject.removeprefix(_DEVICE)} if device else {"customer_id": subject}),
        "channel": action["channel"],
        "type": kind,
        "occurred_at": at_ms,
        "attributes": {**named, **more},
    }
