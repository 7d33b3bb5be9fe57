"""What `cjo explain` says of the kind `profile`."""

from __future__ import annotations

from collections.abc import Iterator

from cjo.insight.sample import Estimate, Json
from cjo.insight.words import condition


def sentences(signal: Json) -> Iterator[str]:
    """What makes it fire."""
    yield f"Fires when a profile update makes it true that {condition(signal['when'])}."
    first = "counts too" if signal["first"] == "counts" else "is no change"
    yield f"A customer's first profile {first}."


def memory(workspace: Json, signal: Json) -> Estimate:
    """What one key takes in state."""
    return Estimate(0, 0, 0, 0, 0)


def bound(workspace: Json, signal: Json) -> str:
    """What a customer keeps at most."""
    return "remembers nothing: the profile is kept once a customer"
