"""What `cjo plan` and `cjo apply` say: lines for people, one object for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from cjo.client.words import iso
from cjo.engine.halts import STOP
from cjo.engine.ids import MILLION
from cjo.engine.inputs import inputs_of
from cjo.insight.words import listed
from cjo.spec.durations import in_words
from cjo.submission.apply import Publication
from cjo.submission.changes import CHANGED, REMOVED, Change
from cjo.submission.inflight import Standing
from cjo.submission.running import Running
from cjo.submission.warming import Need, Replay

_SHOWN = 8


def percent(share: int) -> str:
    """`5 %`, of millionths."""
    return f"{share * 100 / MILLION:g} %"


def lines(found: Publication, runs: Counter[Standing]) -> Iterator[str]:
    """The plan for people."""
    changed = found.changes
    needs = found.replay.needs if found.replay else []
    for one in changed.definitions:
        yield f"{one.what:<8} {one.kind} {one.name}{_versions(one)}{_share(one)}"
        if one.kind == "signal" and (used := _changed_inputs(one, found)):
            yield f"{'':<9}it uses {listed(used)}: its moments are made of what changes there"
        yield from (f"{'':<9}{_memory(need)}" for need in needs if one.kind == "signal" and need.signal == one.name)
        if one.kind == "journey":
            yield from (f"{'':<9}{line}" for line in _runs(one, runs))
    for name in changed.settings:
        yield f"{CHANGED:<8} workspace: {name}"
    if changed.is_empty:
        yield "nothing to publish: what runs is this workspace"
    yield from halted(found.running)
    yield from (f"problem  {problem}" for problem in changed.problems)
    if not changed.is_empty and not changed.problems:
        if found.replay and found.job:
            yield _replay(found.replay)
        yield _way(found)


def as_json(found: Publication, runs: Counter[Standing]) -> dict[str, Any]:
    """The plan for programs."""
    return {
        "changes": [asdict(one) for one in found.changes.definitions],
        "settings": found.changes.settings,
        "problems": found.changes.problems,
        "runs": [{**place._asdict(), "count": count} for place, count in sorted(runs.items())],
        "halts": {
            name: {"kind": halt.kind, "effective_at": iso(halt.since_ms)} for name, halt in found.running.held.items()
        },
        "held_back": found.changes.held_back,
        "by_control_record": found.changes.by_record,
        "warm_up": found.replay and _warm_up_json(found.replay),
        "job": found.job,
        "log_time": iso(found.log_ms),
    }


def _changed_inputs(one: Change, found: Publication) -> list[str]:
    """The signals that a signal uses, directly or not, and that are changed, added or removed as well."""
    touched = {change.name for change in found.changes.definitions if change.kind == "signal"}
    return [name for name in inputs_of(found.plan["signals"], one.name) if name in touched]


def _memory(need: Need) -> str:
    """How far back a signal remembers, and from when on it remembers all of that."""
    if need.since_ms is None:
        return "memory: all of the log, for what it gives hangs on all that was before"
    complete_ms = need.complete_from_ms
    whole = "" if complete_ms is None else f"; the log begins later, complete from {iso(complete_ms)}"
    return f"memory: {in_words(need.reach_ms or 0)} back, from {iso(need.since_ms)}{whole}"


def _replay(replay: Replay) -> str:
    since = "its beginning" if replay.begin_ms is None else iso(replay.begin_ms)
    return (
        f"warm-up: {replay.records:,} records of the log are read, from {since}, by a job of its own; until then "
        "signals go on as they are"
    )


def _warm_up_json(replay: Replay) -> dict[str, Any]:
    signals = [
        {
            "signal": need.signal,
            "place": need.place,
            "reach_ms": need.reach_ms,
            "since": None if need.since_ms is None else iso(need.since_ms),
            "complete_from": None if need.complete_from_ms is None else iso(need.complete_from_ms),
        }
        for need in replay.needs
    ]
    begin = None if replay.begin_ms is None else iso(replay.begin_ms)
    return {"signals": signals, "from": begin, "records": replay.records}


def _versions(one: Change) -> str:
    if one.version_before is None or one.version is None or one.version == one.version_before:
        return f", version {one.version or one.version_before}"
    return f", version {one.version_before} -> {one.version}"


def _share(one: Change) -> str:
    if one.what == REMOVED or one.share == one.share_before == MILLION:
        return ""
    before = f"{percent(one.share_before)} -> " if one.version == one.version_before else ""
    return f", entered by {before}{percent(one.share)} of the customers"


def _runs(one: Change, runs: Counter[Standing]) -> Iterator[str]:
    """What becomes of the runs in flight, by version and step."""
    mine = sorted((place, count) for place, count in runs.items() if place.journey == one.name)
    if one.what != REMOVED and not any(place.version != one.version for place, _ in mine):
        return
    for place, count in mine[:_SHOWN]:
        yield f"{_counted(count)} of version {place.version} at {place.step or 'the entry'}: {_fate(one, place)}"
    if len(mine) > _SHOWN:
        yield f"and {_counted(sum(count for _, count in mine[_SHOWN:]))} at {len(mine) - _SHOWN} other places"


def _fate(one: Change, place: Standing) -> str:
    if one.what == REMOVED:
        return "end, journey_removed"
    if place.version == one.version:
        return "stay"
    target = (one.migrate or {}).get("steps", {}).get(place.step)
    if target is None:
        return "stay in their version"
    whose = "" if one.share == MILLION else " where the customer is in the share"
    kept = one.migrate is not None and one.migrate["wakes"] == "keep"
    return f"move to {target}{whose}, wake-ups {'kept' if kept else 'recomputed'}"


def halted(now: Running) -> Iterator[str]:
    """A line for each pause and stop."""
    for name, halt in sorted(now.held.items()):
        if halt.kind != "resume":
            who = "every journey" if name == "*" else f"journey {name}"
            word = "stopped" if halt.kind == STOP else "paused"
            yield f"{word:<8} {who}, from {iso(halt.since_ms)} of the log's time"


def _way(found: Publication) -> str:
    if found.job is None:
        return "no job runs: `cjo submit` starts one with this workspace"
    if found.changes.by_record:
        return "the running filter covers this: `cjo apply` publishes it by control record, and the job goes on"
    if found.running.submission is None:
        why = "no job was submitted that told what it reads"
    elif found.running.needs is None:
        why = f"the job {found.job} has not told what it reads"
    elif found.changes.settings:
        why = "settings of the workspace reach a job when it starts"
    elif found.changes.other_cjo:
        why = f"the running job has the code of another cjo ({found.changes.other_cjo}), which may not know all of this"
    else:
        why = f"the running filter may hold back {', '.join(found.changes.held_back or ())}"
    return f"{why}: `cjo apply` stops the job with a savepoint and resumes it"


def _counted(count: int) -> str:
    return f"{count:,} run{'' if count == 1 else 's'}"
