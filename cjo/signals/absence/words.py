"""What `cjo explain` says of the kind `absence`."""

from __future__ import annotations

from collections.abc import Iterator

from cjo.insight.sample import AT, ID, MARK, Estimate, Json, keyed, read, size, wake
from cjo.insight.words import matches
from cjo.spec.durations import in_words


def sentences(signal: Json) -> Iterator[str]:
    """What makes it fire."""
    which = "the last" if signal["on_repeat"] == "restart" else "the first"
    start, unless = matches(signal["start"]), matches(signal["unless"])
    yield f"Fires {in_words(signal['within_ms'])} after {which} {start}, unless {unless} comes before."


def memory(workspace: Json, signal: Json) -> Estimate:
    """What one key takes in state."""
    values = read(signal)
    each = size([AT, MARK, *([values] if values else [])]) + 1
    waiting_or_fired = max(size([AT, AT, ID]) + 1, wake(signal))
    kept_ms = signal["within_ms"] + workspace["late_horizon_ms"]
    fixed = keyed(signal, {"s": []}) + waiting_or_fired
    return Estimate(fixed, each, 3, workspace["limits"]["events_per_key"], kept_ms)


def bound(workspace: Json, signal: Json) -> str:
    """What one key keeps at most, and what is lost beyond it."""
    most = workspace["limits"]["events_per_key"]
    return (
        f"the newest {most:,} starts, as many that cancel and as many taken back: which starts fire stays exact for "
        "what is kept; what a moment collects can miss older ones, and then says truncated"
    )
