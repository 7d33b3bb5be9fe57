"""What `cjo explain` says of the kind `sequence`."""

from __future__ import annotations

from collections.abc import Iterator

from cjo.insight.sample import AT, MARK, Estimate, Json, keyed, read, size
from cjo.insight.words import matches
from cjo.spec.durations import in_words


def sentences(signal: Json) -> Iterator[str]:
    """What makes it fire."""
    steps = [matches(step["on"]) + _between(step) for step in signal["steps"]]
    yield f"Fires when, within {in_words(signal['within_ms'])}, {', then '.join(steps)} came one after the other."
    if signal["cooldown_ms"]:
        yield f"Then it is silent for {in_words(signal['cooldown_ms'])}."


def _between(step: Json) -> str:
    return f" (no {matches(step['not'])} in between)" if step["not"] else ""


def memory(workspace: Json, signal: Json) -> Estimate:
    """What one key takes in state. What has fired is left out, at most half as much again, and so is the wake-up with
    `settle`: it is there while a last step waits."""
    steps = len(signal["steps"])
    values = read(signal)
    each = size([AT, steps, MARK, 1 << steps - 1, 0, *([values] if values else [])]) + 1
    kept_ms = max(signal["within_ms"], signal["cooldown_ms"] or 0) + workspace["late_horizon_ms"]
    fixed = keyed(signal, {"p": []})
    return Estimate(fixed, each, steps, workspace["limits"]["events_per_key"], kept_ms)


def bound(workspace: Json, signal: Json) -> str:
    """What one key keeps at most, and what is lost beyond it."""
    most = workspace["limits"]["events_per_key"]
    return (
        f"{most:,} touchpoints: beyond that the newer half, and of the older ones what can still be gone on from; "
        f"exact as long as no more than {most // 2:,} overtake the one judged, else a sequence can be missed, and a "
        "moment that may miss a step says truncated"
    )
