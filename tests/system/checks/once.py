"""Nothing comes twice: no action, no decision, no moment, no dead letter; and none of these is lost (F1, D3, S3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.system.seen import Seen


def check(seen: Seen) -> Iterator[str]:
    names = {
        "action": Counter((told.record["kind"], told.record["action_id"]) for told in seen.actions),
        "decision": Counter(told.record["decision_id"] for told in seen.decisions),
        "dead record": Counter((one["partition"], one["offset"]) for one in seen.dead),
        "moment": Counter(told.record["moment_id"] for told in seen.moments),
    }
    for what, counts in names.items():
        for name, count in counts.items():
            if count > 1:
                yield f"{what} {name} came {count} times"
    dead = sum(line.row is None and line.text is not None for line in seen.ready.lines)
    if dead != len(seen.dead):
        yield f"{dead} records could not be read, {len(seen.dead)} dead letters"
