"""A goal counts in its window, from the first message, held-out message or arm of its run on, and there it does (D10).

Nothing is left of a run of a journey that is stopped (R7).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tests.system.checks.control import was_stopped
from tests.system.checks.matching import matches
from tests.system.lengths import ms
from tests.system.seen import Seen, Told

_BEGINS = ("sent", "held_out", "arm_assigned", "arm_kept")


def check(seen: Seen) -> Iterator[str]:
    runs: dict[str, list[Told]] = defaultdict(list)
    for told in seen.decisions:
        if told.record["run_id"] and "goal" in seen.journey(told.record):
            runs[told.record["run_id"]].append(told)
    for run_id, several in runs.items():
        begin = next((told for told in several if told.record["reason"] in _BEGINS), None)
        goal = next((told for told in several if told.record["kind"] == "goal"), None)
        if goal is not None:
            yield from _in_the_window(seen, run_id, begin, goal)
        elif begin is not None and not was_stopped(seen, begin.record["journey"]):
            yield from _missed(seen, run_id, begin)


def _in_the_window(seen: Seen, run_id: str, begin: Told | None, goal: Told) -> Iterator[str]:
    inputs, rows = goal.record["inputs"], seen.rows[goal.record["customer_id"]]
    at_ms = int(inputs["event_at"])
    if not any(row["event_id"] == inputs["event_id"] and row["at"] == at_ms for row in rows[: goal.known]):
        yield f"run {run_id} reached its goal by {inputs['event_id']}, which did not happen at {at_ms}"
    if begin is None or not 0 <= at_ms - begin.record["decided_at"] <= _within_ms(seen, goal):
        yield f"run {run_id} reached its goal at {at_ms}, outside the window of it"


def _missed(seen: Seen, run_id: str, begin: Told) -> Iterator[str]:
    """A touchpoint that came in its order, in the window, and was none."""
    rows = seen.rows[begin.record["customer_id"]]
    on, since_ms = {"on": seen.journey(begin.record)["goal"]["on"]}, begin.record["decided_at"]
    until_ms = since_ms + _within_ms(seen, begin)
    clock_ms = max(row["at"] for row in rows[: begin.known])
    before = {row["event_id"] for row in rows[: begin.known]}
    for row in rows[begin.known :]:
        in_order = row["at"] >= clock_ms and row["event_id"] not in before
        clock_ms = max(clock_ms, row["at"])
        before.add(row["event_id"])
        if in_order and since_ms <= row["at"] <= until_ms and matches(on, row, begin.record["run_key"]):
            yield f"run {run_id} missed its goal, {row['event_id']} at {row['at']}, from {since_ms} on"
            return


def _within_ms(seen: Seen, told: Told) -> int:
    return ms(seen.journey(told.record)["goal"]["within"])
