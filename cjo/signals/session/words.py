"""What `cjo explain` says of the kind `session`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cjo.engine.hearing import used_by
from cjo.insight.sample import AT, DECIMAL, ID, MARK, TEXT, Estimate, Json, keyed, size, wake
from cjo.insight.words import condition, listed, matches
from cjo.spec.durations import in_words


def sentences(signal: Json) -> Iterator[str]:
    """What makes it fire."""
    where = f", where {condition(_bare(signal['where']))}" if signal["where"] else ""
    yield f"Fires when a session is over, {in_words(signal['gap_ms'])} after its last touchpoint{where}."
    yield f"A session is made by {matches(signal['on'])}{''.join(_counted(signal))}."
    yield f"It has {listed(['count', 'seconds', *signal['counts']])}."


def _bare(cond: Any) -> Any:
    """A condition over what the moment carries, as an author writes it: without `moment.`."""
    if not isinstance(cond, list):
        return cond
    return ["attr", *cond[1:]] if cond[0] == "moment" else [_bare(part) for part in cond]


def _counted(signal: Json) -> Iterator[str]:
    for name, counted in signal["counts"].items():
        yield f"; {name} counts {matches(counted)}"


def memory(workspace: Json, signal: Json) -> Estimate:
    """What one key takes in state: a session's sums; further ones while something late may change them.

    Where moments are among its touchpoints, what each comes to, and what comes between them.
    """
    end = [AT, MARK]
    held = [_held(part) for part in signal["collect"].values()]
    session = {"a": end, "z": end, "n": 10, "g": [1] * len(signal["counts"]), "v": held}
    fixed = keyed(signal, {"s": []}) + max(wake(signal), size({"told": ID}))
    if _hears(signal):
        session["of"] = [dict(session), session | {"m": 1}]
    kept_ms = signal["gap_ms"] + workspace["late_horizon_ms"]
    return Estimate(fixed, size(session) + 1, 1, workspace["limits"]["events_per_key"], kept_ms)


def bound(workspace: Json, signal: Json) -> str:
    """What one key keeps at most, and what is lost beyond it."""
    most = workspace["limits"]["events_per_key"]
    heard = f"; the newest {most:,} moments among its touchpoints can be taken out again" if _hears(signal) else ""
    return (
        f"sums of {most:,} sessions, exact however many touchpoints they have; of more the oldest is judged at once, "
        f"and what comes late for it counts no more{heard}"
    )


def _hears(signal: Json) -> bool:
    """True where moments of other signals are among its touchpoints."""
    return any(used_by([*signal["on"], *(match for counted in signal["counts"].values() for match in counted)]))


def _held(part: Json) -> object:
    if "each" in part:
        return [[AT, MARK, TEXT]] * min(part["max"], 3)
    if "value" in part:
        return [AT, MARK, TEXT]
    return DECIMAL if "sum" in part and part["sum"][2] == "decimal" else 3
