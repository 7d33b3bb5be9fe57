"""What `cjo explain` says of the kind `predict`."""

from __future__ import annotations

import math
from collections.abc import Iterator

from cjo.insight.sample import AT, MARK, Estimate, Json, keyed, size, wake
from cjo.insight.words import condition, matches, reference
from cjo.spec.durations import in_words

_USUAL = 10


def sentences(signal: Json) -> Iterator[str]:
    """What makes it fire."""
    model = f" of {signal['model']}" if signal["model"] else ""
    percent = f"{signal['at_least'] / 10_000:g} %"
    yield f"Fires when the logistic model{model} comes to {percent} or more, from:"
    for feature in signal["features"]:
        odds = math.exp(max(-700.0, min(float(feature["weight"]), 700.0)))
        yield f"- {feature['name']}: {_looks_at(feature)}; {_per(feature)} the odds are multiplied by {odds:.3g}."
    if signal["cooldown_ms"]:
        yield f"Then it is silent for {in_words(signal['cooldown_ms'])}, and until the probability has fallen below."


def memory(workspace: Json, signal: Json) -> Estimate:
    """What one key takes in state."""
    windows = [feature for feature in signal["features"] if "window_ms" in feature]
    point = size([AT, MARK]) + 1
    each = round(sum(point + (8 if "sum" in one else 0) for one in windows) / max(len(windows), 1))
    most = workspace["limits"]["events_per_key"] * len(windows)
    kept_ms = max((one["window_ms"] for one in windows), default=0) + workspace["late_horizon_ms"]
    lists: Json = {one["name"]: [] for one in windows}
    fixed = keyed(signal, {"x": lists}) + (wake(signal) if signal["settle"] else 0)
    return Estimate(fixed, each, min(_USUAL, most), most, kept_ms, fired=size({"off": 1, "last": AT}))


def bound(workspace: Json, signal: Json) -> str:
    """What one key keeps at most, and what is lost beyond it."""
    most = workspace["limits"]["events_per_key"]
    return (
        f"the newest {most:,} touchpoints of each feature: a count goes no higher, a sum is of so many, a moment of "
        "a feature that may lack something says truncated"
    )


def _looks_at(feature: Json) -> str:
    if "profile" in feature:
        return f"whether {condition(feature['profile'])}"
    window = in_words(feature["window_ms"])
    if "count" in feature:
        return f"how many {matches(feature['count'])} in {window}"
    if "since" in feature:
        return f"days since {matches(feature['since'])}, {window} where there is none"
    return f"the sum of {reference(feature['of'])} of {matches(feature['sum'])} in {window}"


def _per(feature: Json) -> str:
    if "profile" in feature:
        return "where it holds"
    return "with each day" if "since" in feature else "with each"
