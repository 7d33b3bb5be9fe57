"""Once an exit of its journey has happened and is known, a run does nothing more (R3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.system.checks.matching import matches
from tests.system.seen import Record, Seen, Told

_STOPPED = ("cancel", "goal", "end")


def check(seen: Seen) -> Iterator[str]:
    entered = {told.record["run_id"]: told for told in seen.decisions if told.record["reason"] == "entered"}
    for told in seen.decisions:
        one = told.record
        entry = entered.get(one["run_id"])
        if entry is None or one["kind"] in (*_STOPPED, "entry"):
            continue
        exits = seen.journey(one).get("exit", [])
        if exits and all(_has_left(exits, rows, entry, one) for rows in seen.prefixes(told)):
            yield f"run {one['run_id']} had to end, and then came {one['kind']} {one['reason']} at {one['decided_at']}"


def _has_left(exits: list[Any], rows: list[Record], entry: Told, one: Record) -> bool:
    """True where an exit has been handled since the run was entered; a repeat of something from before is none."""
    before = {row["event_id"] for row in rows[: entry.known]}
    return any(
        row["at"] >= entry.record["decided_at"]
        and row["event_id"] not in before
        and any(matches(written, row, one["run_key"]) for written in exits)
        for row in rows[entry.known :]
    )
