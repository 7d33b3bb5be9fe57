"""When all is over, what must be kept for ever is left of a subject, and nothing else (R4, R6, D8).

No run, no memory, and no wake-up but that of a date that comes round each year.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.system.seen import Record, Seen

_FOR_EVER = {"profile", "consent", "suppressed", "marks", "firsts", "fired", "arms"}
_ALWAYS = {"v", "clock", "control", "wakes", "seen", "sig", "runs", "dates", "_armed"}


def check(seen: Seen) -> Iterator[str]:
    yearly = {f"s:{name}:" for name, signal in seen.signals.items() if signal.get("every")}
    kept = seen.outcome.kept
    armed = set()
    for subject, state in seen.states():
        yield from _state(seen, subject, state, yearly)
        armed.add((state.get("_armed"), subject))
    if (stray := kept.timers - armed) and not yearly:  # a birthday that was changed leaves its old timer behind
        yield f"timers are left: {sorted(stray)}"
    if lost := {one for one in armed if one[0] is not None} - kept.timers:
        yield f"timers are lost: {sorted(lost)}"
    if kept.parts:
        yield f"parts of states are left: {sorted(kept.parts)}"


def _state(seen: Seen, subject: str, state: Record, yearly: set[str]) -> Iterator[str]:
    if more := set(state) - _ALWAYS - _FOR_EVER:
        yield f"{subject} keeps {sorted(more)}"
    for part in ("seen", "sig", "runs"):
        if state[part]:
            yield f"{subject} keeps {part}: {str(state[part])[:300]}"
    if not set(state) & _FOR_EVER:
        yield f"{subject} has nothing to keep, and keeps a state: {state}"
    if more_wakes := [wake for wake in state["wakes"] if wake[2] not in yearly]:
        yield f"{subject} has wake-ups: {more_wakes}"
    for name in state.get("marks", {}):
        name = name.removesuffix("~shadow")
        rules = [one["enter"]["again"] for (journey, _), one in seen.journeys.items() if journey == name]
        if "never" not in rules:
            yield f"{subject} keeps a mark of {name}, whose `again` is {rules}"
