"""What `cjo explain` says of the kind `event`."""

from __future__ import annotations

from collections.abc import Iterator

from cjo.insight.sample import AT, MARK, Estimate, Json, keyed, read, size, wake
from cjo.insight.words import matches


def sentences(signal: Json) -> Iterator[str]:
    """What makes it fire."""
    yield f"Fires on every {matches(signal['on'])}."


def memory(workspace: Json, signal: Json) -> Estimate:
    """What one key takes in state."""
    if not signal["settle"]:
        return Estimate(0, 0, 0, 0, 0)
    each = size([AT, MARK, read(signal)]) + 1
    return Estimate(
        keyed(signal, {"p": []}) + wake(signal), each, 1, workspace["limits"]["events_per_key"], workspace["bound_ms"]
    )


def bound(workspace: Json, signal: Json) -> str:
    """What one key keeps at most, and what is lost beyond it."""
    if not signal["settle"]:
        return "remembers nothing"
    most = workspace["limits"]["events_per_key"]
    return f"at most {most:,} touchpoints wait; of more the earliest waits no longer, and fires at once"
