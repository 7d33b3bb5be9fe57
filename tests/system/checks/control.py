"""From its effective time on a paused journey enters nobody and sends nothing, a stopped one decides nothing (R7)."""

from __future__ import annotations

from collections.abc import Iterator

from tests.system.seen import Seen

_STOPS = ("stop", "stop-all")


def check(seen: Seen) -> Iterator[str]:
    for told in seen.decisions:
        one = told.record
        if one["reason"] == "journey_stopped":
            if not _holds(seen, one["journey"], one["decided_at"], _STOPS):
                yield f"run {one['run_id']} was stopped at {one['decided_at']}, when nobody said so"
        elif _holds(seen, one["journey"], one["decided_at"], _STOPS):
            yield f"{one['journey']} is stopped, and decided {one['kind']} {one['reason']} at {one['decided_at']}"
        elif one["outcome"] in ("accepted", "held_out") and _holds(seen, one["journey"], one["decided_at"], ("pause",)):
            yield f"{one['journey']} is paused, and {one['kind']} {one['reason']} followed at {one['decided_at']}"
    for told in seen.actions:
        one = told.record
        kinds = (*_STOPS, "pause") if one["kind"] == "request" else _STOPS
        if _holds(seen, one["journey"], one["decided_at"], kinds):
            yield f"{one['journey']} is halted, and the {one['kind']} {one['action_id']} followed"


def was_stopped(seen: Seen, journey: str) -> bool:
    """True where the journey is stopped at some time of the story."""
    return any(one.kind in _STOPS and one.journey in (journey, "*") for one in seen.story.commands)


def _holds(seen: Seen, journey: str, at_ms: int, kinds: tuple[str, ...]) -> bool:
    """True where one of the kinds is what was said last; also within the bound after it, where what was due before a
    resume may be decided under it."""
    return all(_last(seen, journey, at) in kinds for at in (at_ms, at_ms + seen.bound_ms))


def _last(seen: Seen, journey: str, at_ms: int) -> str | None:
    known = [one for one in seen.story.commands if one.journey in (journey, "*") and one.effective_ms <= at_ms]
    return max(known, key=lambda one: (one.effective_ms, one.revision)).kind if known else None
