"""What `cjo explain` says of the kind `date`."""

from __future__ import annotations

from collections.abc import Iterator

from cjo.insight.sample import Estimate, Json, wake
from cjo.insight.words import amount, reference


def sentences(signal: Json) -> Iterator[str]:
    """What makes it fire."""
    days = signal["before_days"]
    ahead = f"{amount(days, 'day')} before {reference(signal['date'])}" if days else f"on {reference(signal['date'])}"
    often = "every year" if signal["every"] else "once"
    yield f"Fires {ahead}, {often}, at {signal['at']} where the customer is."


def memory(workspace: Json, signal: Json) -> Estimate:
    """What one key takes in state."""
    return Estimate(wake(signal) + 1, 0, 1, 1, None)


def bound(workspace: Json, signal: Json) -> str:
    """What a customer keeps at most."""
    return "one wake-up, and the days that fired lately: nothing is lost"
