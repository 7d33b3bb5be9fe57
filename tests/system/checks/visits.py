"""One visit of a step has one outcome (D1): a send is accepted, refused, or left because its run moved on or ended."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from tests.system.seen import Record, Seen


def check(seen: Seen) -> Iterator[str]:
    visits: dict[tuple[str, str, int], list[Record]] = defaultdict(list)
    ends: dict[str, Record] = {}
    for told in seen.decisions:
        one = told.record
        if one["kind"] == "end":
            ends[one["run_id"]] = one
        elif one["kind"] in ("send", "emit", "hold", "move"):
            visits[one["run_id"], one["step"], one["visit"]].append(one)
    for (run_id, step, visit), decisions in visits.items():
        yield from _visit(f"run {run_id}, step {step}, visit {visit}", decisions, ends.get(run_id))
    numbers: dict[tuple[str, str], set[int]] = defaultdict(set)
    for run_id, step, visit in visits:
        numbers[run_id, step].add(visit)
    for (run_id, step), found in numbers.items():
        if found != set(range(1, len(found) + 1)):
            yield f"run {run_id}, step {step}: visits {sorted(found)}"


def _visit(who: str, decisions: list[Record], end: Record | None) -> Iterator[str]:
    kinds = Counter(one["kind"] for one in decisions)
    finals = kinds["send"] + kinds["emit"]
    held = kinds["hold"] > 0
    moves = [one["reason"] for one in decisions if one["kind"] == "move"]
    if finals > 1:
        yield f"{who} has {finals} outcomes: {[one['reason'] for one in decisions]}"
    where = (decisions[0]["step"], decisions[0]["visit"])
    left = moves == ["wait_event"] or (end is not None and (end["step"], end["visit"]) == where)
    if held and not finals and not left:
        yield f"{who} was held, and nothing came of it"
    if finals and moves:
        yield f"{who} has an outcome and moves {moves}"
    if not held and not finals:
        began = moves.count("waiting")
        rest = [reason for reason in moves if reason != "waiting"]
        if began > 1 or len(rest) > 1:
            yield f"{who} moved more than once: {moves}"
