"""Every run is entered once, ends once, within its greatest duration, and does nothing outside (R1, R3, R6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tests.system.lengths import ms
from tests.system.seen import Record, Seen

_AFTER_THE_END = ("goal", "cancel")
_AT_ONCE = ("exit_event", "moment_void", "suppressed")
"""What ends a run at once, also where its end was due a moment before and has not been decided yet."""


def check(seen: Seen) -> Iterator[str]:
    runs: dict[str, list[Record]] = defaultdict(list)
    for told in seen.decisions:
        if told.record["run_id"]:
            runs[told.record["run_id"]].append(told.record)
    for run_id, decisions in runs.items():
        yield from _run(seen, run_id, decisions)
    for told in seen.actions:
        if told.record["run_id"] not in runs:
            yield f"action {told.record['action_id']} is of no run that was entered"
    yield from _together(seen, runs)


def _run(seen: Seen, run_id: str, decisions: list[Record]) -> Iterator[str]:
    entries = [one for one in decisions if one["kind"] == "entry"]
    ends = [one for one in decisions if one["kind"] == "end"]
    if len(entries) != 1 or len(ends) != 1:
        yield f"run {run_id} was entered {len(entries)} times and ended {len(ends)} times"
        return
    (entry,), (end,) = entries, ends
    if decisions[0] is not entry:
        yield f"run {run_id} did something before it was entered"
    longest_ms = ms(seen.journey(entry)["run"])
    for one in decisions:
        lasted_ms = one["decided_at"] - entry["decided_at"]
        spare_ms = seen.bound_ms if one["reason"] in _AT_ONCE else 0
        if one["kind"] not in _AFTER_THE_END and lasted_ms > longest_ms + spare_ms:
            yield f"run {run_id}: {one['kind']} {one['reason']} after {lasted_ms} ms, it may last {longest_ms}"
    if len({one["journey_version"] for one in decisions}) > 1:
        yield f"run {run_id} changed its version"
    for one in decisions[decisions.index(end) + 1 :]:
        if one["kind"] not in _AFTER_THE_END:
            yield f"run {run_id} ended, and then came {one['kind']} {one['reason']}"
    for one in decisions:
        if one["decided_at"] < entry["decided_at"]:
            yield f"run {run_id}: {one['kind']} {one['reason']} is dated before the entry"
        if one["kind"] not in (*_AFTER_THE_END, "end") and one["decided_at"] > end["decided_at"]:
            yield f"run {run_id}: {one['kind']} {one['reason']} is dated after the end"
    if sum(one["kind"] == "goal" for one in decisions) > 1:
        yield f"run {run_id} reached its goal twice"
    goals = [number for number, one in enumerate(decisions) if one["kind"] == "goal"]
    if goals and any(one["reason"] == "sent" for one in decisions[goals[0] :]):
        yield f"run {run_id} sent something after its goal was reached"


def _together(seen: Seen, runs: dict[str, list[Record]]) -> Iterator[str]:
    """No more runs of a customer are open at once than the workspace allows; shadows are counted for themselves."""
    most = seen.workspace["limits"]["open_runs"]
    open_: dict[tuple[str, bool], set[str]] = defaultdict(set)
    for told in seen.decisions:
        one = told.record
        who = one["customer_id"], one["mode"] == "shadow"
        if one["reason"] == "entered":
            open_[who].add(one["run_id"])
            if len(open_[who]) > most:
                yield f"{who[0]} has {len(open_[who])} open runs, at most {most} are allowed"
        elif one["kind"] == "end":
            open_[who].discard(one["run_id"])
        elif one["reason"] == "too_many_runs" and len(open_[who]) < most:
            yield f"{who[0]} has {len(open_[who])} open runs, and was refused one for having too many"
