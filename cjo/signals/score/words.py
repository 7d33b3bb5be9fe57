"""What `cjo explain` says of the kind `score`."""

from __future__ import annotations

from collections.abc import Iterator

from cjo.insight.sample import AT, MARK, Estimate, Json, keyed, size, wake
from cjo.insight.words import listed, match
from cjo.spec.durations import in_words


def sentences(signal: Json) -> Iterator[str]:
    """What makes it fire."""
    points = listed([f"{point['add']} for {match(point)}" for point in signal["points"]])
    window = in_words(signal["window_ms"])
    yield f"Fires when the points of the last {window} reach {signal['at_least']}: {points}."
    if signal.get("half_life_ms"):
        half_life = in_words(signal["half_life_ms"])
        yield f"A point counts half after {half_life}, a quarter after twice that, and so on."
    if signal["cooldown_ms"]:
        yield f"Then it is silent for {in_words(signal['cooldown_ms'])}, and until the points have fallen below."


def memory(workspace: Json, signal: Json) -> Estimate:
    """What one key takes in state."""
    usual = max(sum(point["add"] for point in signal["points"]) // max(len(signal["points"]), 1), 1)
    needed = -(-signal["at_least"] // usual)
    most = workspace["limits"]["events_per_key"] + signal["at_least"]
    kept_ms = signal["window_ms"] + workspace["late_horizon_ms"]
    fixed = keyed(signal, {"p": []}) + (wake(signal) if signal["settle"] else 0)
    return Estimate(fixed, size([AT, MARK, usual]) - 1, needed, most, kept_ms, fired=size({"off": 1, "last": AT}))


def bound(workspace: Json, signal: Json) -> str:
    """What one key keeps at most, and what is lost beyond it."""
    newer, needed = workspace["limits"]["events_per_key"], signal["at_least"]
    return (
        f"the newest {newer:,} touchpoints, and {needed:,} before them: exact for every time that no more than "
        f"{newer:,} are newer than; before that a crossing can be missed, and a moment that misses some says truncated"
    )
