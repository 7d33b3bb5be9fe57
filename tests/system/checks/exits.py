"""Once an exit of its journey has happened and is known, a run does nothing more (R3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.system.checks.matching import matches
from tests.system.seen import Record, Seen

_STOPPED = ("cancel", "goal", "end")


def check(seen: Seen) -> Iterator[str]:
    entered: dict[str, Record] = {
        told.record["run_id"]: told.record for told in seen.decisions if told.record["reason"] == "entered"
    }
    for told in seen.decisions:
        one = told.record
        entry = entered.get(one["run_id"])
        if entry is None or one["kind"] in (*_STOPPED, "entry"):
            continue
        exits = seen.journey(one).get("exit", [])
        since_ms = entry["decided_at"]
        if exits and all(_has_left(exits, rows, since_ms, one) for rows in seen.prefixes(told)):
            yield f"run {one['run_id']} had to end, and then came {one['kind']} {one['reason']} at {one['decided_at']}"


def _has_left(exits: list[Any], rows: list[Record], since_ms: int, one: Record) -> bool:
    """True where a touchpoint before the last one was an exit: the run may have been opened by the last one itself."""
    return any(
        row["at"] >= since_ms and any(matches(written, row, one["run_key"]) for written in exits) for row in rows[:-1]
    )
