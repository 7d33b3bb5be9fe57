"""Nothing comes twice: no action, no decision, no moment, no dead letter; and none of these is lost (F1, D3, S3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.system.seen import Seen, Told


def check(seen: Seen) -> Iterator[str]:
    names = {
        "action": Counter((told.record["kind"], told.record["action_id"]) for told in seen.actions),
        "decision": Counter(told.record["decision_id"] for told in seen.decisions),
        "dead record": Counter((one["partition"], one["offset"]) for one in seen.dead),
        "moment": Counter(told.record["moment_id"] for told in _within_the_horizon(seen)),
    }
    for what, counts in names.items():
        for name, count in counts.items():
            if count > 1:
                yield f"{what} {name} came {count} times"
    dead = sum(line.row is None and line.data is not None for line in seen.ready.lines)
    if dead != len(seen.dead):
        yield f"{dead} records could not be read, {len(seen.dead)} dead letters"


def _within_the_horizon(seen: Seen) -> Iterator[Told]:
    """Without those of an event that was repeated after the horizon for repeats, which counts again (S5).

    A moment and its repeat have one time, so what lies between the two is by how much more the second is late.
    """
    horizon_ms = seen.ready.plan["workspace"]["dedup_horizon_ms"]
    latest: dict[str, int] = {}
    for told in sorted(seen.moments, key=lambda told: int(told.record["late_ms"])):
        name, late_ms = told.record["moment_id"], int(told.record["late_ms"])
        if name not in latest or late_ms - latest[name] <= horizon_ms:
            yield told
        latest[name] = late_ms
