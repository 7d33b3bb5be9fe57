"""What `cjo explain` says of the kind `first`."""

from __future__ import annotations

from collections.abc import Iterator

from cjo.engine import room
from cjo.engine.hearing import used_by
from cjo.insight.sample import AT, MARK, Estimate, Json, key, keyed, read, size
from cjo.insight.words import matches
from cjo.spec.durations import in_words


def sentences(signal: Json) -> Iterator[str]:
    """What makes it fire."""
    on = matches(signal["on"])
    if signal["since_ms"] is None:
        yield f"Fires on the first {on} ever, as far back as the log has been read."
    else:
        yield f"Fires on {on} where none came in the {in_words(signal['since_ms'])} before."


def memory(workspace: Json, signal: Json) -> Estimate:
    """What one key takes in state: a mark for good, or spans of touchpoints without a long gap.

    What is reckoned for each touchpoint is a span: those that come without such a gap take no more than the first.
    One that waits to be settled, no longer than the bound, is left out. Where moments are among them each is kept.
    """
    if signal["since_ms"] is None:
        return Estimate(size({signal["name"]: {key(signal): AT}}), 0, 1, 1, None)
    hears = any(used_by(signal["on"]))
    fixed = keyed(signal, {"s": [], "p": []} | ({"t": []} if hears else {}))
    each = size([AT, AT]) + 1 + (size([AT, MARK, read(signal)]) + 1 if hears else 0)
    kept_ms = signal["since_ms"] + workspace["late_horizon_ms"]
    return Estimate(fixed, each, 1, workspace["limits"]["events_per_key"], kept_ms)


def bound(workspace: Json, signal: Json) -> str:
    """What one key keeps at most, and what is lost beyond it."""
    if signal["since_ms"] is None:
        return f"one time a key, for good; of more than {room.FIRSTS:,} keys the one known longest is first again"
    most = workspace["limits"]["events_per_key"]
    heard = (
        f"; the newest {most:,} moments and touchpoints can be taken out again" if any(used_by(signal["on"])) else ""
    )
    return (
        f"the newest {most:,} spans of touchpoints: a moment that would have had to look at older ones says truncated"
        f"{heard}"
    )
