"""What `cjo explain` says of the kind `inactivity`."""

from __future__ import annotations

from collections.abc import Iterator

from cjo.engine.hearing import used_by
from cjo.engine.signals.collect import Collector
from cjo.insight.sample import AT, ID, MARK, Estimate, Json, keyed, read, size, wake
from cjo.insight.words import matches
from cjo.signals.inactivity.needed import Needed
from cjo.spec.durations import in_words


def sentences(signal: Json) -> Iterator[str]:
    """What makes it fire."""
    silent, on = in_words(signal["silent_ms"]), matches(signal["on"])
    yield f"Fires {silent} after the last {on}, once until there is another."
    if signal["at_least"] > 1:
        yield f"Only where {signal['at_least']} of them came in the {in_words(signal['within_ms'])} up to the last."


def memory(workspace: Json, signal: Json) -> Estimate:
    """What one key takes in state: a run of activity that goes on, or has ended and fired."""
    most = workspace["limits"]["events_per_key"]
    spare = most if any(used_by(signal["on"])) else 0
    needed = Needed(signal["at_least"], Collector(signal["collect"]), most, spare)
    fixed = keyed(signal, {"c": [[AT, AT, [], ""]], "h": []})
    waiting_or_fired = max(len(ID), wake(signal))
    kept_ms = workspace["late_horizon_ms"] + signal["silent_ms"] + signal["within_ms"]
    each = size([AT, MARK, read(signal)]) + 1
    return Estimate(fixed, each, signal["at_least"], needed.most, kept_ms, fired=waiting_or_fired)


def bound(workspace: Json, signal: Json) -> str:
    """What one key keeps at most, and what is lost beyond it."""
    most = workspace["limits"]["events_per_key"]
    heard = (
        f"; of a spell with moments the newest {most:,} can be taken out again" if any(used_by(signal["on"])) else ""
    )
    return (
        f"the newest {signal['at_least']:,} touchpoints of a spell, and what collected values need: exact however many "
        f"there are; of sums and counts over more than {most:,} a moment says truncated; of spells with more than "
        f"{most:,} before the newest two those whose deadline has passed are decided for good, the oldest first{heard}"
    )
