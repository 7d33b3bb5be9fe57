"""Of a group one goes at a time, and then none for its spacing (D7); who loses is told to a winner that went."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise

from tests.system.lengths import ms
from tests.system.seen import Record, Seen


def check(seen: Seen) -> Iterator[str]:
    sends = {told.record["action_id"]: told.record for told in seen.sends()}
    for name, group in seen.policies.get("arbitration", {}).items():
        went: dict[tuple[str, bool], list[int]] = defaultdict(list)
        for one in sends.values():
            if _belongs(seen, group, one):
                went[one["customer_id"], one["mode"] == "shadow"].append(one["decided_at"])
        for who, times in went.items():
            times.sort()
            for before_ms, then_ms in pairwise(times):
                if then_ms == before_ms or then_ms - before_ms < ms(group["spacing"]):
                    yield f"{who}: two of the group {name} within {then_ms - before_ms} ms"
    for told in seen.decisions:
        one = told.record
        if one["reason"].startswith("arbitration_") and one["kind"] == "send":
            winner = sends.get(one["inputs"]["winner"])
            if winner is None or winner["customer_id"] != one["customer_id"]:
                yield f"{one['customer_id']} lost against {one['inputs']['winner']}, which never went"
            elif one["reason"] == "arbitration_lost" and winner["decided_at"] != one["decided_at"]:
                yield f"{one['customer_id']} lost against {winner['action_id']}, which went at another time"


def _belongs(seen: Seen, group: Record, one: Record) -> bool:
    purpose = seen.journey(one)["purpose"]
    if purpose == "transactional":
        return False
    return one["journey"] in group.get("journeys", [one["journey"]]) and purpose in group.get("purposes", [purpose])
