"""A workspace in test sends to its test recipients alone, whatever the purpose: nobody else hears of a test."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from cjo.engine.policies.base import Verdict

if TYPE_CHECKING:
    from cjo.engine.turn import Request, Turn


def check(turn: Turn, request: Request, channel: str) -> Verdict | None:
    """Refuse with `not_a_test_recipient` where neither the customer nor the address is listed."""
    listed = turn.plan.test_recipients
    if listed is None or turn.subject in listed["customers"]:
        return None
    address = (request.address or "").lower()
    if address and any(fnmatchcase(address, pattern.lower()) for pattern in listed["addresses"]):
        return None
    return Verdict("not_a_test_recipient", "D2")
