"""What `cjo explain` says of the kind `count`."""

from __future__ import annotations

from collections.abc import Iterator

from cjo.insight.sample import AT, MARK, TEXT, Estimate, Json, keyed, read, size, wake
from cjo.insight.words import matches, reference
from cjo.spec.durations import in_words


def sentences(signal: Json) -> Iterator[str]:
    """What makes it fire."""
    number, window, on = signal["at_least"], in_words(signal["window_ms"]), matches(signal["on"])
    if signal["distinct"]:
        yield f"Fires when {on} came with {number} different {reference(signal['distinct'])} in the last {window}."
    else:
        yield f"Fires when {on} came {number} times in the last {window}."
    if signal["cooldown_ms"]:
        yield f"Then it is silent for {in_words(signal['cooldown_ms'])}, and until there are fewer."


def memory(workspace: Json, signal: Json) -> Estimate:
    """What one key takes in state."""
    each = [AT, MARK, *read(signal), *([TEXT] if signal["distinct"] else [])]
    most = workspace["limits"]["events_per_key"] + signal["at_least"]
    kept_ms = signal["window_ms"] + workspace["late_horizon_ms"]
    fixed = keyed(signal, {"p": []}) + (wake(signal) if signal["settle"] else 0)
    return Estimate(fixed, size(each) - 1, signal["at_least"], most, kept_ms, fired=size({"off": 1, "last": AT}))


def bound(workspace: Json, signal: Json) -> str:
    """What one key keeps at most, and what is lost beyond it."""
    newer, needed = workspace["limits"]["events_per_key"], signal["at_least"]
    which = f"the newest of {needed:,} values" if signal["distinct"] else f"{needed:,}"
    return (
        f"the newest {newer:,} touchpoints, and {which} before them: exact for every time that no more than {newer:,} "
        "are newer than; before that a crossing can be missed, and a moment that misses some says truncated"
    )
