"""What a policy answers, and to which sends a rule of policies.yaml applies."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

TRANSACTIONAL: Final = "transactional"
"""The purpose that skips consent, caps, arbitration and hold-outs (D6)."""


class Verdict(NamedTuple):
    """Why a request is not sent now: reason code and rule. With `until_ms` it is held, and asked again then (D2)."""

    reason: str
    rule: str
    until_ms: int | None = None


def is_about(rule: dict[str, Any], channel: str | None, purpose: str) -> bool:
    """True where a rule with `channels` and `purposes` (None: all) is about this channel and purpose."""
    channels, purposes = rule["channels"], rule["purposes"]
    return (channels is None or channel in channels) and (purposes is None or purpose in purposes)


def holds_for(rule: dict[str, Any], journey: str, purpose: str) -> bool:
    """True where a rule with `journeys` and `purposes` (None: all) holds for a journey; none does for transactional."""
    if purpose == TRANSACTIONAL:
        return False
    journeys, purposes = rule["journeys"], rule["purposes"]
    return (journeys is None or journey in journeys) and (purposes is None or purpose in purposes)
