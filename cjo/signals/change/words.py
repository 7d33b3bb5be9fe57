"""What `cjo explain` says of the kind `change`."""

from __future__ import annotations

from collections.abc import Iterator

from cjo.insight.sample import AT, DECIMAL, Estimate, Json, keyed, size, wake
from cjo.insight.words import matches, reference
from cjo.spec.durations import in_words


def sentences(signal: Json) -> Iterator[str]:
    """What makes it fire."""
    recent, baseline = in_words(signal["recent_ms"]), in_words(signal["baseline_ms"])
    of = f"the sum of {reference(signal['of'])} over {matches(signal['on'])}" if signal["of"] else matches(signal["on"])
    verb, share = ("fell to", signal["falls_to"]) if signal["falls_to"] is not None else ("rose to", signal["rises_to"])
    yield f"Fires when the rate of {of} in {recent} {verb} {share / 100:g}% of that in the {baseline} before."
    least, spans = signal["baseline_at_least"], signal["baseline_spans_ms"]
    yield f"The baseline has at least {least}, some of it {in_words(spans)} before its end; else it is none."
    yield f"It is judged every {in_words(signal['every_ms'])}, whether something happens or not."
    if signal["cooldown_ms"]:
        yield f"Then it is silent for {in_words(signal['cooldown_ms'])}, and until it is no longer so."


def memory(workspace: Json, signal: Json) -> Estimate:
    """What one key takes in state, with a touchpoint a bucket: more in the same one take nothing."""
    windows_ms = signal["recent_ms"] + signal["baseline_ms"]
    kept_ms = windows_ms + workspace["late_horizon_ms"]
    bucket = AT // signal["every_ms"]
    fixed = keyed(signal, {"b": bucket, "n": [], "done": bucket, "f": []}) + wake(signal)
    each = size(DECIMAL if signal["of"] else 9) + 1
    usual, most = windows_ms // signal["every_ms"], kept_ms // signal["every_ms"] + 1
    return Estimate(fixed, each, usual, most, kept_ms, fired=size({"off": 1, "last": AT}))


def bound(workspace: Json, signal: Json) -> str:
    """What one key keeps at most, and what is lost beyond it."""
    kept_ms = signal["recent_ms"] + signal["baseline_ms"] + workspace["late_horizon_ms"]
    return (
        f"a total for each of {kept_ms // signal['every_ms'] + 1} times {in_words(signal['every_ms'])}: nothing is lost"
    )
