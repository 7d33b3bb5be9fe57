"""From its effective time on a paused journey enters nobody and sends nothing, a stopped one decides nothing (R7)."""

from __future__ import annotations

from collections.abc import Iterator

from tests.system.seen import Record, Seen

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
        if _holds(seen, told.record["journey"], told.record["decided_at"], (*_STOPS, "pause")):
            if told.record["kind"] == "request" or _holds(seen, told.record["journey"], told.record["decided_at"], _STOPS):
                yield f"{told.record['journey']} is halted, and {told.record['kind']} {told.record['action_id']} followed"


def was_stopped(seen: Seen, journey: str) -> bool:
    """True where the journey is stopped at some time of the story."""
    return any(one.kind in _STOPS and one.journey in (journey, "*") for one in seen.story.commands)


def _holds(seen: Seen, journey: str, at_ms: int, kinds: tuple[str, ...]) -> bool:
    """True where one of the kinds is what was said last; also within the bound after it, where what was due before a
    resume may be decided under it."""
    return all(_last(seen, journey, at) in kinds for at in (at_ms, at_ms + seen.bound_ms))


def _last(seen: Seen, journey: str, at_ms: int) -> str | None:
    known = [one for one in seen.story.commands if one.journey in (journey, "*") and one.effective_ms <= at_ms]
    newest: Record = {one.kind: (one.effective_ms, one.revision) for one in sorted(known, key=_order)}
    return max(newest, key=lambda kind: newest[kind]) if newest else None


def _order(one: object) -> tuple[int, int]:
    return one.effective_ms, one.revision  # type: ignore[attr-defined]
