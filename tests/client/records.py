"""Records as the reader gives them, for tests of what is told about them."""

from __future__ import annotations

from typing import Any

from cjo.client import Record

T0 = 1_700_000_000_000  # 2023-11-14T22:13:20Z
MINUTE = 60_000


def record(topic: str, value: dict[str, Any] | None, timestamp_ms: int = T0, **more: Any) -> Record:
    """A record of customer c1 in partition 1."""
    return Record(topic, 1, more.pop("offset", 7), timestamp_ms, "c1", value, **more)


def touchpoint(at_ms: int = T0, **more: Any) -> Record:
    """A touchpoint of c1."""
    value = {"event_id": "e1", "customer_id": "c1", "channel": "web", "type": "product_added", "occurred_at": at_ms}
    return record("touchpoints", value | more, at_ms)


def moment(at_ms: int, **more: Any) -> Record:
    """basket_abandoned fired for basket b1."""
    value = {"moment_id": "m1", "signal": "basket_abandoned", "subject": "c1", "key": "b1", "at": at_ms, "late_ms": 0}
    return record(
        "moments",
        value | {"evidence": [{"event": f"{n:016x}", "at": at_ms} for n in (1, 2)], "values": {}} | more,
        at_ms,
    )


def decision(at_ms: int, **more: Any) -> Record:
    """A decision of win-back-basket about that moment."""
    value = {"decision_id": f"d{at_ms}{more}", "customer_id": "c1", "journey": "win-back-basket", "kind": "send",
             "outcome": "refused", "reason": "no_consent", "rule": "D6", "step": "remind", "decided_at": at_ms,
             "moment_id": "m1", "action_id": None, "channel": None, "inputs": {}}  # fmt: skip
    return record("decisions", value | more, at_ms)


def action(at_ms: int, **more: Any) -> Record:
    """The reminder by e-mail."""
    value = {"action_id": "a1", "kind": "request", "customer_id": "c1", "journey": "win-back-basket", "step": "remind",
             "moment_id": "m1", "channel": "email", "address": "a@example.com", "decided_at": at_ms,
             "content": {"subject": "Your basket\nwaits", "body": "…"}, "reason": None}  # fmt: skip
    return record("actions.email", value | more, at_ms)
